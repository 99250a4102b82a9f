import { useApp } from "../context.ts";
import { exponentOf } from "../rules/currencies.ts";
import { pressed, typedDecimal } from "../typing.ts";
import { currencySymbol, decimalText, MANNERS } from "../words/languages.ts";
import { useFocus } from "./focus.ts";
import { Keypad } from "./keypad.tsx";

/**
 * An amount in the currency's major unit, typed or tapped. `text` is plain decimal text. Enter leads
 * to the form's button and does not press it: a stray scan, which ends with Enter, confirms nothing.
 */
export function AmountField({
  id,
  label,
  text,
  currency,
  onText,
}: {
  id: string;
  label: string;
  text: string;
  currency: string;
  onText: (text: string) => void;
}) {
  const { language } = useApp().state;
  const input = useFocus<HTMLInputElement>();
  const decimals = exponentOf(currency);
  const type = (typed: string): void => onText(typedDecimal(text, typed, decimals));
  const shown = decimalText(text, language);
  return (
    <div class="amount-field">
      <label for={id}>{label}</label>
      <div class="amount-input" dir="ltr">
        <input
          ref={input}
          id={id}
          type="text"
          inputMode="none"
          autocomplete="off"
          placeholder="0"
          value={shown}
          onInput={(event) => {
            type(event.currentTarget.value);
            event.currentTarget.value = shown;
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            event.currentTarget.form?.querySelector<HTMLElement>("[type=submit]")?.focus();
          }}
        />
        <span class="currency" aria-hidden="true">
          {currencySymbol(currency, language)}
        </span>
      </div>
      <Keypad
        {...(decimals > 0 && { extra: ".", extraLabel: MANNERS[language].point })}
        onKey={(key) => type(pressed(text, key))}
      />
    </div>
  );
}
