import { useState } from "preact/hooks";
import { useApp } from "../context.ts";
import type { BasketLine } from "../rules/basket.ts";
import type { Reduction } from "../rules/quoted.ts";
import { unitScale } from "../rules/quantity.ts";
import { finishedDecimal, typedDecimal } from "../typing.ts";
import { decimalText, nameIn, unitName } from "../words/languages.ts";
import { Icon } from "./icon.tsx";
import { Money } from "./money.tsx";

export function LineRow({
  line,
  amount,
  unitPrice = line.offer.unitPriceMinor,
  reductions = [],
  currency,
}: {
  line: BasketLine;
  /** Undefined until the line is reckoned. */
  amount: bigint | undefined;
  unitPrice: number | undefined;
  reductions: readonly Reduction[] | undefined;
  currency: string;
}) {
  const { state, register, messages } = useApp();
  const { lineNo, offer } = line;
  const touched = state.touched === lineNo;
  return (
    <li class={touched ? "line touched" : "line"} data-testid="line">
      <span class="line-name" dir="auto">
        {nameIn(offer, state.language)}
      </span>
      <strong class="line-amount">
        {amount === undefined ? "…" : <Money amount={amount} currency={currency} />}
      </strong>
      <span class="stepper">
        <button type="button" aria-label={messages.less} onClick={() => register.step(lineNo, -1n)}>
          <Icon name="minus" />
        </button>
        <QuantityField line={line} />
        <button type="button" aria-label={messages.more} onClick={() => register.step(lineNo, 1n)}>
          <Icon name="plus" />
        </button>
      </span>
      <span class="line-unit">
        <Money amount={unitPrice} currency={currency} />
        {offer.unit !== "piece" && <small> / {unitName(offer.unit, state.language)}</small>}
      </span>
      <button
        type="button"
        class="bare line-remove"
        aria-label={messages.remove}
        onClick={() => register.remove(lineNo)}
      >
        <Icon name="cross" />
      </button>
      {reductions.map(({ id, names, amount: off }) => (
        <span key={id} class="line-reduction" data-testid="reduction">
          <span dir="auto">{nameIn({ name: messages.promotion, names }, state.language)}</span>
          <Money amount={-off} currency={currency} />
        </span>
      ))}
    </li>
  );
}

/** The quantity, to be typed over; it counts on Enter or on leaving. */
function QuantityField({ line }: { line: BasketLine }) {
  const { state, register, messages } = useApp();
  const [typing, setTyping] = useState<string | null>(null);
  const shown = decimalText(typing ?? line.quantity, state.language);

  const finish = (): void => {
    if (typing === null) return;
    setTyping(null);
    const text = finishedDecimal(typing);
    if (text !== null && text !== line.quantity) register.setQuantity(line.lineNo, text);
  };

  return (
    <input
      class="quantity"
      type="text"
      dir="ltr"
      inputMode="decimal"
      autocomplete="off"
      aria-label={messages.quantity}
      value={shown}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => {
        const before = typing ?? line.quantity;
        setTyping(typedDecimal(before, event.currentTarget.value, unitScale(line.offer.unit)));
        event.currentTarget.value = shown;
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
      onBlur={finish}
    />
  );
}
