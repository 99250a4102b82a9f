/**
 * Money: exact integers of a currency's minor unit, in BigInt, never a float (promise M).
 *
 * One rounding, half away from zero. `protocol/vectors/money.json` holds for this file too.
 */
import { Fault } from "./fault.ts";
import { parseDecimal } from "./decimal.ts";

export type Minor = bigint;

export const MAX_AMOUNT_MINOR: Minor = 10n ** 12n;

/** The amount itself, if it is within the bound. */
export function checked(amount: Minor): Minor {
  if (magnitude(amount) > MAX_AMOUNT_MINOR) throw new Fault("amount-too-large");
  return amount;
}

/** numerator ÷ denominator to the nearest integer, halves away from zero. */
export function roundHalfAway(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new Fault("denominator-not-positive");
  const rounded = (2n * magnitude(numerator) + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}

/** quantity × unit price, rounded to the minor unit; the quantity is plain decimal text. */
export function multiply(quantity: string, unitPrice: Minor): Minor {
  const decimal = parseDecimal(quantity);
  if (!decimal) throw new Fault("quantity-not-a-number");
  return checked(roundHalfAway(decimal.digits * unitPrice, 10n ** BigInt(decimal.scale)));
}

/**
 * Split the total over the weights by largest remainder, ties to the lower index. A zero weight
 * gets nothing, unless all are zero: then all count the same.
 */
export function allocate(total: Minor, weights: readonly bigint[]): Minor[] {
  if (weights.some((weight) => weight < 0n)) throw new Fault("weight-negative");
  if (weights.length === 0) {
    if (total !== 0n) throw new Fault("nothing-to-allocate-over");
    return [];
  }
  if (total < 0n) return allocate(-total, weights).map((part) => -part);
  const shares = weights.some((weight) => weight > 0n) ? weights : weights.map(() => 1n);
  const whole = sum(shares);
  const parts = shares.map((share) => ({
    amount: (total * share) / whole,
    remainder: (total * share) % whole,
  }));
  let left = total - sum(parts.map((part) => part.amount));
  // The sort is stable, so equal remainders keep the order of their index.
  for (const part of [...parts].sort((a, b) => compare(b.remainder, a.remainder))) {
    if (left === 0n) break;
    part.amount += 1n;
    left -= 1n;
  }
  return parts.map((part) => part.amount);
}

export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

export function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
