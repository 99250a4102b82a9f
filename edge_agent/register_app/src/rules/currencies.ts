/**
 * Currencies as data: minor units, cash steps by date, notes that customers give.
 *
 * `currencies.json` is the agent's own table (protocol/vocabulary/currencies.py); a test compares.
 */
import { parseDecimal, withPoint } from "./decimal.ts";
import { Fault } from "./fault.ts";
import { checked, compare, type Minor } from "./money.ts";
import table from "./currencies.json";

const EXPONENTS: Readonly<Record<string, number>> = table.exponents;
// In the currency's major unit; where none are listed, 1-2-5 steps serve.
const NOTES: Readonly<Record<string, readonly bigint[]>> = {
  DZD: [200n, 500n, 1000n, 2000n],
  EUR: [5n, 10n, 20n, 50n, 100n],
  GBP: [5n, 10n, 20n, 50n],
  MAD: [20n, 50n, 100n, 200n],
  TND: [5n, 10n, 20n, 50n],
};
const ANY_NOTES: readonly bigint[] = [5n, 10n, 20n, 50n, 100n, 200n, 500n, 1000n];
const MAX_SUGGESTIONS = 4;
// Nobody hands over so much more than is due; a barcode scanned into the amount does.
const ABSURD_CHANGE_NOTES = 10n;
const ANY_ABSURD_CHANGE = 1_000_000n;

/** How many decimals the minor unit has. */
export function exponentOf(currency: string): number {
  const exponent = Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined;
  if (exponent === undefined) throw new Fault("unknown-currency", ["currency"]);
  return exponent;
}

/** The smallest amount payable in cash on a day (ISO date); 1 where no row says more. */
export function cashStepMinor(currency: string, on: string): Minor {
  exponentOf(currency);
  const row = table.cash_steps
    .filter((each) => each.currency === currency && each.valid_from <= on)
    .sort((a, b) => (a.valid_from < b.valid_from ? 1 : -1))[0];
  return BigInt(row?.step_minor ?? 1);
}

/** `parseAmount("12.50", "GBP") === 1250n`; a Fault for any other notation. */
export function parseAmount(text: string, currency: string): Minor {
  const exponent = exponentOf(currency);
  const decimal = parseDecimal(text);
  if (!decimal) throw new Fault("amount-not-a-number");
  if (decimal.scale > exponent) throw new Fault("amount-too-fine");
  return checked(decimal.digits * 10n ** BigInt(exponent - decimal.scale));
}

/** Plain decimal text with all the currency's decimals. */
export function formatAmount(amount: Minor, currency: string): string {
  return withPoint(amount, exponentOf(currency));
}

/** Whether so much change can be meant, rather than a slip of the finger or of the scanner. */
export function isPlausibleChange(change: Minor, currency: string): boolean {
  const largest = NOTES[currency]?.at(-1);
  const absurd = largest ? largest * ABSURD_CHANGE_NOTES : ANY_ABSURD_CHANGE;
  return change < absurd * 10n ** BigInt(exponentOf(currency));
}

/** What a customer is likely to hand over for `payable`: rising, above it, without repetition. */
export function cashSuggestions(payable: Minor, currency: string): Minor[] {
  const unit = 10n ** BigInt(exponentOf(currency));
  const up = (note: bigint): Minor => ((payable + note * unit - 1n) / (note * unit)) * note * unit;
  const amounts = new Set((NOTES[currency] ?? ANY_NOTES).map(up));
  return [...amounts].filter((amount) => amount > payable).sort(compare).slice(0, MAX_SUGGESTIONS);
}
