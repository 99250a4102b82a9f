/** Promotions as data, as `protocol.checkout.promotions` has them; ADR 17 says what each does. */
import { exponentOf } from "../currencies.ts";
import { Fault } from "../fault.ts";
import { PPM } from "../figures.ts";
import { MAX_AMOUNT_MINOR, type Minor } from "../money.ts";
import { isPadded, lengthOf } from "../text.ts";

export type PromotionKind =
  | "percent"
  | "amount"
  | "n_for_m"
  | "bundle"
  | "ticket_percent"
  | "ticket_amount";

export const MAX_GROUP_PIECES = 20;
export const MINUTES_A_DAY = 1440;
const MAX_PARTS = 10;
const MAX_SELECTED = 5000;
const MAX_PRICE_LISTS = 1000;
const MAX_MOST = 10_000;
const MAX_TEXT = 200;

/** All goods, or these products and those of these category codes. */
export interface GoodsSelector {
  readonly everything: boolean;
  readonly productIds: readonly string[];
  readonly categories: readonly string[];
}

/** Minutes since local midnight, from inclusive to exclusive; 0 = Monday, none = every day. */
export interface HappyHour {
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly weekdays: readonly number[];
}

export interface BundlePart {
  readonly goods: GoodsSelector;
  readonly count: number;
}

/** null where the kind has no such term; dates are ISO dates. */
export interface Promotion {
  readonly promotionId: string;
  readonly names: Readonly<Record<string, string>>;
  readonly kind: PromotionKind;
  readonly currency: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly goods: GoodsSelector;
  readonly happyHour: HappyHour | null;
  readonly coupon: string | null;
  readonly priceLists: readonly string[];
  readonly stacks: boolean;
  readonly percentPpm: bigint | null;
  readonly amount: Minor | null;
  readonly buy: number | null;
  readonly pay: number | null;
  readonly parts: readonly BundlePart[];
  readonly price: Minor | null;
  readonly minSpend: Minor;
  readonly most: number | null;
}

/** Fault `malformed-promotion` naming every offending field. */
export function checkPromotion(promotion: Promotion): void {
  const fields = new Set([
    ...faultsOfTerms(promotion),
    ...faultsOfKind(promotion),
    ...faultsOfAmounts(promotion),
    ...faultsOfGroups(promotion),
  ]);
  if (fields.size) throw new Fault("malformed-promotion", [...fields]);
}

/** When, for whom, on what. */
function* faultsOfTerms(promotion: Promotion): Generator<string> {
  const names = Object.values(promotion.names);
  if (names.length === 0 || !names.every(isText)) yield "names";
  if (!isSupported(promotion.currency)) yield "currency";
  if (promotion.endsOn < promotion.startsOn) yield "ends_on";
  if (promotion.coupon !== null && !isText(promotion.coupon)) yield "coupon";
  if (promotion.priceLists.length > MAX_PRICE_LISTS) yield "price_lists";
  yield* faultsOfGoods("goods", promotion.goods);
  if (!promotion.happyHour) return;
  const { fromMinute, toMinute, weekdays } = promotion.happyHour;
  if (!within(fromMinute, 0, MINUTES_A_DAY - 1)) yield "happy_hour.from_minute";
  if (!within(toMinute, 0, MINUTES_A_DAY - 1)) yield "happy_hour.to_minute";
  const isSet = new Set(weekdays).size === weekdays.length;
  if (!isSet || !weekdays.every((day) => within(day, 0, 6))) yield "happy_hour.weekdays";
}

function* faultsOfKind(promotion: Promotion): Generator<string> {
  const { kind } = promotion;
  const isGroup = kind === "n_for_m" || kind === "bundle";
  const terms: [string, boolean, readonly PromotionKind[]][] = [
    ["percent_ppm", promotion.percentPpm !== null, ["percent", "ticket_percent"]],
    ["amount_minor", promotion.amount !== null, ["amount", "ticket_amount"]],
    ["buy", promotion.buy !== null, ["n_for_m"]],
    ["pay", promotion.pay !== null, ["n_for_m"]],
    ["parts", promotion.parts.length > 0, ["bundle"]],
    ["price_minor", promotion.price !== null, ["bundle"]],
  ];
  for (const [name, isGiven, kinds] of terms) {
    if (isGiven !== kinds.includes(kind)) yield name;
  }
  const isOfAll = kind === "bundle" || kind === "ticket_percent" || kind === "ticket_amount";
  if (isOfAll && !promotion.goods.everything) yield "goods";
  if (isGroup && promotion.stacks) yield "stacks";
  if (!isGroup && promotion.most !== null) yield "most";
}

function* faultsOfAmounts(promotion: Promotion): Generator<string> {
  const figures: [string, bigint | number | null, bigint | number, bigint | number][] = [
    ["percent_ppm", promotion.percentPpm, 1n, PPM],
    ["amount_minor", promotion.amount, 1n, MAX_AMOUNT_MINOR],
    ["price_minor", promotion.price, 1n, MAX_AMOUNT_MINOR],
    ["min_spend_minor", promotion.minSpend, 0n, MAX_AMOUNT_MINOR],
    ["buy", promotion.buy, 2, MAX_GROUP_PIECES],
    ["most", promotion.most, 1, MAX_MOST],
  ];
  for (const [name, figure, least, greatest] of figures) {
    if (figure !== null && !within(figure, least, greatest)) yield name;
  }
}

function* faultsOfGroups({ buy, pay, parts }: Promotion): Generator<string> {
  if (buy !== null && pay !== null && !within(pay, 1, buy - 1)) yield "pay";
  if (parts.length === 0) return;
  if (parts.length > MAX_PARTS) yield "parts";
  for (const [index, part] of parts.entries()) {
    if (!within(part.count, 1, MAX_GROUP_PIECES)) yield `parts.${index}.count`;
    yield* faultsOfGoods(`parts.${index}.goods`, part.goods);
  }
  const pieces = parts.reduce((total, part) => total + part.count, 0);
  if (!within(pieces, 2, MAX_GROUP_PIECES)) yield "parts";
}

function* faultsOfGoods(path: string, goods: GoodsSelector): Generator<string> {
  const named = goods.productIds.length + goods.categories.length;
  if (goods.everything ? named > 0 : !within(named, 1, MAX_SELECTED)) yield path;
  if (!goods.categories.every((code) => code)) yield `${path}.categories`;
}

function isSupported(currency: string): boolean {
  try {
    exponentOf(currency);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function isText(text: string): boolean {
  return within(lengthOf(text), 1, MAX_TEXT) && !isPadded(text);
}

function within<Figure extends bigint | number>(
  figure: Figure,
  least: Figure,
  greatest: Figure,
): boolean {
  return figure >= least && figure <= greatest;
}
