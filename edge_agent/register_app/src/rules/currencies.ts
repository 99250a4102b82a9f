/**
 * Currencies as data: minor units, cash steps by date, notes in circulation.
 *
 * `currencies.json` is the agent's own table (protocol/vocabulary/currencies.py); a test compares.
 */
import { inForce } from "./dated.ts";
import { parseDecimal, withPoint } from "./decimal.ts";
import { Fault } from "./fault.ts";
import { checked, compare, type Minor } from "./money.ts";
import table from "./currencies.json";

const EXPONENTS: Readonly<Record<string, number>> = table.exponents;
const NOTES: ReadonlyMap<string, readonly Minor[]> = new Map(
  Object.entries(table.notes_minor).map(([currency, notes]) => [currency, notes.map(BigInt)]),
);
// In the major unit, where no notes are listed: 1-2-5 steps serve.
const ANY_NOTES: readonly bigint[] = [5n, 10n, 20n, 50n, 100n, 200n, 500n, 1000n];
const MAX_SUGGESTIONS = 4;
// Nobody hands over so much more than is due; a barcode scanned into the amount does.
const ABSURD_CHANGE_NOTES = 10n;
const ANY_ABSURD_CHANGE = 1_000_000n;

/** From a day (ISO date) on, cash in this currency is paid in multiples of `step`. */
export interface CashStep {
  readonly currency: string;
  readonly validFrom: string;
  readonly step: Minor;
}

const CASH_STEPS: readonly CashStep[] = table.cash_steps.map((row) => ({
  currency: row.currency,
  validFrom: row.valid_from,
  step: BigInt(row.step_minor),
}));

/** How many decimals the minor unit has. */
export function exponentOf(currency: string): number {
  const exponent = Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined;
  if (exponent === undefined) throw new Fault("unknown-currency", ["currency"]);
  return exponent;
}

/** The smallest amount payable in cash on a day (ISO date); 1 where no row says more. */
export function cashStepMinor(
  currency: string,
  on: string,
  rows: readonly CashStep[] = CASH_STEPS,
): Minor {
  exponentOf(currency);
  const ours = rows.filter((row) => row.currency === currency);
  return inForce(ours, on)?.step ?? 1n;
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
  const largest = NOTES.get(currency)?.at(-1);
  const absurd = largest ? largest * ABSURD_CHANGE_NOTES : ANY_ABSURD_CHANGE * unitOf(currency);
  return change < absurd;
}

/** What a customer is likely to hand over for `payable`: rising, above it, without repetition. */
export function cashSuggestions(payable: Minor, currency: string): Minor[] {
  const notes = NOTES.get(currency) ?? ANY_NOTES.map((note) => note * unitOf(currency));
  const amounts = new Set(notes.map((note) => ((payable + note - 1n) / note) * note));
  return [...amounts].filter((amount) => amount > payable).sort(compare).slice(0, MAX_SUGGESTIONS);
}

/** One of the major unit, in minor units. */
function unitOf(currency: string): Minor {
  return 10n ** BigInt(exponentOf(currency));
}
