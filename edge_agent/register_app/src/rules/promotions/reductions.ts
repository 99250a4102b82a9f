/**
 * What the promotions take off a ticket: always the best for the customer (ADR 17).
 *
 * As `protocol.checkout.reductions`, step by step; what comes out is input to the arithmetic. The
 * answer depends on line numbers and ids alone, never on the order of a list.
 */
import { exponentOf } from "../currencies.ts";
import { compare, type Minor, sum } from "../money.ts";
import { compareText } from "../text.ts";
import { MAX_LINE_PROMOTIONS } from "../validation.ts";
import { Bill } from "./bill.ts";
import { type Candidate, eligible, piecesOf } from "./eligibility.ts";
import { bestGroups } from "./grouping.ts";
import { components } from "./pools.ts";
import type { CouponOutcome, PromotedBasket, PromotionState, Reductions } from "./promoted.ts";
import type { Promotion } from "./promotion.ts";
import { reduced, type UnitPrice, unitPrices, wouldSave } from "./unit-prices.ts";

/** What each promotion takes off each line, and what became of every promotion and coupon. */
export function reduceBasket(
  basket: PromotedBasket,
  promotions: readonly Promotion[],
): Reductions {
  exponentOf(basket.currency);
  const found = eligible(basket, promotions);
  const candidates = found.candidates.slice(0, MAX_LINE_PROMOTIONS);
  const prices = unitPrices(found.lines, candidates);
  const bill = new Bill(prices);
  bill.takeStacked();
  let whole = found.candidates.length <= MAX_LINE_PROMOTIONS;
  for (const component of components(prices, candidates, basket.pricesIncludeTax)) {
    const { groups, exact } = bestGroups(component, candidates);
    bill.takeGroups(groups, component, candidates);
    whole = whole && exact;
  }
  bill.takeAlone();
  const { left } = bill;
  bill.takeTicket(candidates.map((each) => each.promotion).filter((each) => !isOfGoods(each)));
  const taken = bill.taken();
  const states = new Map(found.refused);
  for (const candidate of found.candidates) {
    const { promotionId } = candidate.promotion;
    states.set(promotionId, stateOf(candidate, taken.has(promotionId), prices, left));
  }
  return {
    shares: bill.sharesByLine(),
    outcomes: [...states]
      .map(([promotionId, state]) => ({
        promotionId,
        state,
        amount: taken.get(promotionId) ?? 0n,
      }))
      .sort((a, b) => compareText(a.promotionId, b.promotionId)),
    coupons: couponOutcomes(basket.coupons, promotions, taken),
    cut: !whole,
  };
}

function isOfGoods({ kind }: Promotion): boolean {
  return kind !== "ticket_percent" && kind !== "ticket_amount";
}

function stateOf(
  candidate: Candidate,
  isTaken: boolean,
  prices: readonly UnitPrice[],
  left: Minor,
): PromotionState {
  if (isTaken) return "applied";
  return savesAlone(candidate, prices, left) ? "another-saves-more" : "no-goods";
}

/** Whether the promotion by itself would take something off. */
function savesAlone(
  { promotion, selected, parts }: Candidate,
  prices: readonly UnitPrice[],
  left: Minor,
): boolean {
  if (!isOfGoods(promotion)) return reduced(promotion, left) < left;
  if (promotion.kind === "n_for_m") {
    return dearest(parts[0]!, prices, promotion.pay! + 1).at(-1)! > 0n;
  }
  if (promotion.kind === "bundle") {
    const pieces = promotion.parts.flatMap((part, at) => dearest(parts[at]!, prices, part.count));
    return sum(pieces) > promotion.price!;
  }
  return wouldSave(
    promotion,
    selected.map((index) => prices[index]!),
  );
}

/** The prices of so many pieces before any reduction, falling. */
function dearest(serving: readonly number[], prices: readonly UnitPrice[], count: number): Minor[] {
  const found: Minor[] = [];
  const lines = serving.map((index) => prices[index]!.line);
  for (const line of lines.sort((a, b) => compare(b.unitPrice, a.unitPrice))) {
    const pieces = Math.min(piecesOf(line), count - found.length);
    for (let piece = 0; piece < pieces; piece += 1) found.push(line.unitPrice);
  }
  return found;
}

function couponOutcomes(
  codes: readonly string[],
  promotions: readonly Promotion[],
  taken: ReadonlyMap<string, Minor>,
): CouponOutcome[] {
  const known = new Set(promotions.map((each) => each.coupon));
  const used = new Set(
    promotions.filter((each) => taken.has(each.promotionId)).map((each) => each.coupon),
  );
  const seen = new Set<string>();
  return codes.map((code) => {
    const isTwice = seen.has(code);
    seen.add(code);
    if (isTwice) return { code, state: "twice" };
    if (!known.has(code)) return { code, state: "unknown" };
    return { code, state: used.has(code) ? "used" : "nothing-to-take-off" };
  });
}
