/** Which price a product has: the lowest that holds for a customer, moment and quantity. */
import { compareDecimals, parseDecimal } from "./decimal.ts";
import { instantOf } from "./instant.ts";
import { compare, type Minor } from "./money.ts";
import { compareText } from "./text.ts";

/** One price from an instant (ISO text) on; null everywhere: ever, the shop's own list, any. */
export interface PricePoint {
  readonly unitPrice: Minor;
  readonly effectiveAt: string | null;
  readonly priceListId: string | null;
  readonly minQuantity: string | null;
}

export interface PriceChoice {
  readonly unitPrice: Minor;
  readonly priceListId: string | null;
}

/** For whom and when a list holds; both ends are inclusive, null is open. */
export interface PriceListTerms {
  readonly priceListId: string;
  readonly everybody: boolean;
  readonly customerIds: readonly string[];
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

interface Asked {
  readonly at: string;
  readonly quantity: string;
  readonly priceLists: readonly string[];
}

/**
 * The lowest price that holds, or null. `quantity` is the product's on the whole ticket. Of two
 * points of one instant the later in the list holds; a price below zero is none.
 */
export function priceInForce(points: readonly PricePoint[], asked: Asked): PriceChoice | null {
  const holding = new Map<string, PricePoint>();
  for (const point of points) {
    if (!counts(point, asked)) continue;
    const key = `${point.priceListId ?? ""} ${canonical(point.minQuantity)}`;
    const before = holding.get(key);
    if (!before || beginOf(before) <= beginOf(point)) holding.set(key, point);
  }
  const [lowest] = [...holding.values()]
    .filter((point) => point.unitPrice >= 0n)
    .sort(
      (a, b) =>
        compare(a.unitPrice, b.unitPrice) || compareText(a.priceListId ?? "", b.priceListId ?? ""),
    );
  return lowest ? { unitPrice: lowest.unitPrice, priceListId: lowest.priceListId } : null;
}

/** The price lists that hold for a customer (null: nobody known) on a day, by id. */
export function listsInForce(
  lists: readonly PriceListTerms[],
  customerId: string | null,
  on: string,
): string[] {
  return lists
    .filter(
      (terms) =>
        (terms.everybody || (customerId !== null && terms.customerIds.includes(customerId))) &&
        (terms.validFrom === null || terms.validFrom <= on) &&
        (terms.validUntil === null || on <= terms.validUntil),
    )
    .map((terms) => terms.priceListId)
    .sort(compareText);
}

function counts(point: PricePoint, { at, quantity, priceLists }: Asked): boolean {
  return (
    (point.effectiveAt === null || instantOf(point.effectiveAt) <= instantOf(at)) &&
    (point.priceListId === null || priceLists.includes(point.priceListId)) &&
    (point.minQuantity === null || atMost(point.minQuantity, quantity))
  );
}

function atMost(least: string, quantity: string): boolean {
  const [low, high] = [parseDecimal(least), parseDecimal(quantity)];
  return low !== null && high !== null && compareDecimals(low, high) <= 0;
}

/** "1" and "1.0" are one least quantity; none is another than zero. */
function canonical(quantity: string | null): string {
  const decimal = quantity === null ? null : parseDecimal(quantity);
  return decimal ? `${decimal.digits}/${decimal.scale}` : "";
}

function beginOf(point: PricePoint): bigint {
  return point.effectiveAt === null ? -(2n ** 63n) : instantOf(point.effectiveAt);
}
