/** Which promotions may touch which lines, by the basket before any reduction alone. */
import { parseDecimal } from "../decimal.ts";
import { Fault } from "../fault.ts";
import { MAX_AMOUNT_MINOR, type Minor, multiply, sum } from "../money.ts";
import { compareText } from "../text.ts";
import type { PromotedBasket, PromotedLine, PromotionState } from "./promoted.ts";
import {
  checkPromotion,
  type GoodsSelector,
  type HappyHour,
  MINUTES_A_DAY,
  type Promotion,
} from "./promotion.ts";

/**
 * A promotion that may count, and where, by indexes of the open lines. `selected`: what its goods
 * name. `parts`: of a bundle, for each part the lines of pieces that serve it; an N for M is one.
 */
export interface Candidate {
  readonly promotion: Promotion;
  readonly selected: readonly number[];
  readonly parts: readonly (readonly number[])[];
}

/** `lines`: those open to promotions, by number. `refused`: why the others do not count. */
export interface Eligible {
  readonly lines: readonly PromotedLine[];
  readonly candidates: readonly Candidate[];
  readonly refused: ReadonlyMap<string, PromotionState>;
}

/** Promotions by id, each either a candidate or refused. */
export function eligible(basket: PromotedBasket, promotions: readonly Promotion[]): Eligible {
  const everything = [...basket.lines].sort((a, b) => a.lineNo - b.lineNo);
  const gross = everything.map((line) => multiply(line.quantity, line.unitPrice));
  const lines = everything.filter(isOpen);
  const spent = new Shelf(everything);
  const onOffer = new Shelf(lines);
  const candidates: Candidate[] = [];
  const refused = new Map<string, PromotionState>();
  for (const promotion of inOrder(promotions)) {
    const state = termFault(promotion, basket);
    const candidate = state ? null : candidateOf(promotion, onOffer);
    if (!candidate) refused.set(promotion.promotionId, state ?? "no-goods");
    else if (!isSpent(promotion, spent, gross)) {
      refused.set(promotion.promotionId, "below-minimum");
    } else candidates.push(candidate);
  }
  return { lines, candidates, refused };
}

/** One per id, by the id; of two of one id the later in the list. */
export function inOrder(promotions: readonly Promotion[]): Promotion[] {
  const byId = new Map(promotions.map((promotion) => [promotion.promotionId, promotion]));
  return [...byId.values()].sort((a, b) => compareText(a.promotionId, b.promotionId));
}

/** How many pieces groups can be made of; 0 for what is weighed or measured. */
export function piecesOf(line: PromotedLine): number {
  const quantity = parseDecimal(line.quantity);
  return line.unit === "piece" && quantity?.scale === 0 ? Number(quantity.digits) : 0;
}

function isOpen(line: PromotedLine): boolean {
  const isPriced = line.unitPrice >= 0n && line.unitPrice <= MAX_AMOUNT_MINOR;
  return !line.barred && (parseDecimal(line.quantity)?.digits ?? 0n) > 0n && isPriced;
}

function termFault(promotion: Promotion, basket: PromotedBasket): PromotionState | null {
  try {
    checkPromotion(promotion);
  } catch (error) {
    if (error instanceof Fault) return "malformed";
    throw error;
  }
  const { businessDate: on, coupons, priceLists } = basket;
  const { startsOn, endsOn, happyHour: hour } = promotion;
  if (promotion.currency !== basket.currency) return "malformed";
  if (on < startsOn || on > endsOn) return "not-today";
  if (hour?.weekdays.length && !hour.weekdays.includes(weekdayOf(on))) return "not-today";
  if (hour && !isNow(hour, basket.minute)) return "not-now";
  if (promotion.coupon !== null && !coupons.includes(promotion.coupon)) return "no-coupon";
  if (promotion.priceLists.length && !promotion.priceLists.some((id) => priceLists.includes(id))) {
    return "not-for-this-customer";
  }
  return null;
}

/** 0 = Monday. */
function weekdayOf(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

function isNow({ fromMinute, toMinute }: HappyHour, sinceMidnight: number): boolean {
  const minute = ((sinceMidnight % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY;
  if (fromMinute < toMinute) return minute >= fromMinute && minute < toMinute;
  return minute >= fromMinute || minute < toMinute;
}

/** Lines by what selects them. */
class Shelf {
  readonly pieces: readonly number[];
  readonly #products = new Map<string, number[]>();
  readonly #categories = new Map<string, number[]>();

  constructor(lines: readonly PromotedLine[]) {
    this.pieces = lines.map(piecesOf);
    lines.forEach(({ productId, category }, index) => {
      put(this.#products, productId, index);
      if (category !== null) put(this.#categories, category, index);
    });
  }

  /** The indexes of the lines that these goods name, rising. */
  select({ everything, productIds, categories }: GoodsSelector): number[] {
    if (everything) return this.pieces.map((_, index) => index);
    const products = productIds.flatMap((each) => this.#products.get(each) ?? []);
    const others = categories.flatMap((each) => this.#categories.get(each) ?? []);
    return [...new Set([...products, ...others])].sort((a, b) => a - b);
  }
}

function put(lines: Map<string, number[]>, key: string, index: number): void {
  const indexes = lines.get(key);
  if (indexes) indexes.push(index);
  else lines.set(key, [index]);
}

/** null where the goods do not suffice for it once. */
function candidateOf(promotion: Promotion, shelf: Shelf): Candidate | null {
  const wanted =
    promotion.kind === "n_for_m"
      ? [{ goods: promotion.goods, count: promotion.buy! }]
      : promotion.parts;
  const parts: number[][] = [];
  for (const { goods, count } of wanted) {
    const serving = shelf.select(goods).filter((index) => shelf.pieces[index]);
    if (serving.reduce((total, index) => total + shelf.pieces[index]!, 0) < count) return null;
    parts.push(serving);
  }
  const selected = shelf.select(promotion.goods);
  return selected.length ? { promotion, selected, parts } : null;
}

/** Whether the goods come to the minimum before any reduction, what is barred included. */
function isSpent(promotion: Promotion, shelf: Shelf, gross: readonly Minor[]): boolean {
  if (!promotion.minSpend) return true;
  return sum(shelf.select(promotion.goods).map((index) => gross[index]!)) >= promotion.minSpend;
}
