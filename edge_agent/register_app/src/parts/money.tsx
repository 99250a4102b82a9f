import { useApp } from "../context.ts";
import { amountDigits, currencySymbol } from "../words/languages.ts";

/** An amount with its currency. The digits run left to right in every language. */
export function Money({ amount, currency }: { amount: bigint | number; currency: string }) {
  const { language } = useApp().state;
  return (
    <bdi class="money">
      <span dir="ltr">{amountDigits(BigInt(amount), currency, language)}</span>
      {"\u00a0"}
      <span class="currency">{currencySymbol(currency, language)}</span>
    </bdi>
  );
}
