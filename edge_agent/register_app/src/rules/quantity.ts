/** Quantities: exact decimal text whose finest step belongs to the unit (vectors/quantity.json). */
import { formatDecimal, parseDecimal } from "./decimal.ts";
import { Fault } from "./fault.ts";

export const UNIT_SCALES: Readonly<Record<string, number>> = {
  piece: 0,
  kg: 3,
  g: 0,
  l: 3,
  cl: 0,
  ml: 0,
  m: 2,
  cm: 0,
  m2: 2,
  hour: 2,
};

const MAX_QUANTITY = 10n ** 9n;

/** How many decimals a quantity of this unit may have. */
export function unitScale(unit: string): number {
  const scale = Object.hasOwn(UNIT_SCALES, unit) ? UNIT_SCALES[unit] : undefined;
  if (scale === undefined) throw new Fault("unknown-unit");
  return scale;
}

/** The canonical text of a quantity, signed. */
export function parseQuantity(text: string, unit: string): string {
  const scale = unitScale(unit);
  const decimal = parseDecimal(text);
  if (!decimal) throw new Fault("quantity-not-a-number");
  if (decimal.scale > scale) throw new Fault("quantity-too-fine");
  const bound = MAX_QUANTITY * 10n ** BigInt(decimal.scale);
  if (decimal.digits > bound || decimal.digits < -bound) throw new Fault("quantity-too-large");
  return formatDecimal(decimal);
}

/** The quantity and `step` more; both canonical, of one unit. */
export function addQuantity(quantity: string, step: bigint): string {
  const decimal = parseDecimal(quantity);
  if (!decimal) throw new Fault("quantity-not-a-number");
  const digits = decimal.digits + step * 10n ** BigInt(decimal.scale);
  return formatDecimal({ digits, scale: decimal.scale });
}
