/** Promotions that change the price of a unit, rounded once: percent and amount. */
import { PPM } from "../figures.ts";
import { type Minor, multiply, roundHalfAway } from "../money.ts";
import type { Candidate } from "./eligibility.ts";
import type { PromotedLine } from "./promoted.ts";
import type { Promotion } from "./promotion.ts";

/** One step of a unit's price down. */
export interface Stacked {
  readonly promotionId: string;
  readonly before: Minor;
  readonly after: Minor;
}

/** `price`: after those that stack. `alone`: the best that stands alone, and what it leaves. */
export interface UnitPrice {
  readonly line: PromotedLine;
  readonly stacked: readonly Stacked[];
  readonly price: Minor;
  readonly alone: { readonly promotionId: string; readonly price: Minor } | null;
}

/** What the best that stands alone takes off one unit. */
export function aloneOff({ price, alone }: UnitPrice): Minor {
  return alone ? price - alone.price : 0n;
}

/** One per line; candidates of other kinds are passed over. */
export function unitPrices(
  lines: readonly PromotedLine[],
  candidates: readonly Candidate[],
): UnitPrice[] {
  const stacking: Promotion[][] = lines.map(() => []);
  const standing: Promotion[][] = lines.map(() => []);
  for (const { promotion, selected } of candidates) {
    if (promotion.kind !== "percent" && promotion.kind !== "amount") continue;
    const lists = promotion.stacks ? stacking : standing;
    for (const index of selected) lists[index]!.push(promotion);
  }
  return lines.map((line, index) => unitPrice(line, stacking[index]!, standing[index]!));
}

/** Those that stack as they come off, percents before amounts: best for the customer. */
export function inTurn(promotions: readonly Promotion[]): Promotion[] {
  const [percents, amounts] = [true, false].map((isPercent) =>
    promotions.filter((each) => (each.percentPpm !== null) === isPercent),
  );
  return [...percents!, ...amounts!];
}

/** What a percent or an amount leaves of a unit's price, or of a ticket's sum. */
export function reduced(promotion: Promotion, amount: Minor): Minor {
  if (promotion.percentPpm !== null) {
    return amount - roundHalfAway(amount * promotion.percentPpm, PPM);
  }
  const left = amount - promotion.amount!;
  return left > 0n ? left : 0n;
}

/** Whether it takes anything off these lines by itself. */
export function wouldSave(promotion: Promotion, prices: readonly UnitPrice[]): boolean {
  return prices.some(
    ({ line: { quantity, unitPrice } }) =>
      multiply(quantity, unitPrice) > multiply(quantity, reduced(promotion, unitPrice)),
  );
}

function unitPrice(
  line: PromotedLine,
  stacking: readonly Promotion[],
  standing: readonly Promotion[],
): UnitPrice {
  let price = line.unitPrice;
  const stacked = inTurn(stacking).map((promotion) => {
    const before = price;
    price = reduced(promotion, before);
    return { promotionId: promotion.promotionId, before, after: price };
  });
  let alone: UnitPrice["alone"] = null;
  for (const promotion of standing) {
    const left = reduced(promotion, price);
    if (left < (alone?.price ?? price)) alone = { promotionId: promotion.promotionId, price: left };
  }
  return { line, stacked, price, alone };
}
