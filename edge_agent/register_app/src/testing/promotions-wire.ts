/** Promotions as protocol/vectors and the agent write them, to and from the rules' own. */
import type { PromotedBasket, PromotedLine, Reductions } from "../rules/promotions/promoted.ts";
import type { GoodsSelector, Promotion, PromotionKind } from "../rules/promotions/promotion.ts";

interface WireGoods {
  everything?: boolean;
  product_ids?: string[];
  categories?: string[];
}

export interface WirePromotion {
  promotion_id: string;
  names: Record<string, string>;
  kind: PromotionKind;
  currency: string;
  starts_on: string;
  ends_on: string;
  goods?: WireGoods;
  happy_hour?: { from_minute?: number; to_minute?: number; weekdays?: number[] } | null;
  coupon?: string | null;
  price_lists?: string[];
  stacks?: boolean;
  percent_ppm?: number | null;
  amount_minor?: number | null;
  buy?: number | null;
  pay?: number | null;
  parts?: { goods: WireGoods; count: number }[];
  price_minor?: number | null;
  min_spend_minor?: number;
  most?: number | null;
}

interface WirePromotedLine {
  line_no: number;
  product_id: string;
  category: string | null;
  quantity: string;
  unit: string;
  unit_price_minor: number;
  tax_rate_ppm: number;
  barred?: boolean;
}

export interface WirePromotedBasket {
  currency: string;
  business_date: string;
  minute: number;
  prices_include_tax: boolean;
  lines: WirePromotedLine[];
  coupons?: string[];
  price_lists?: string[];
}

export function promotionOf(promotion: WirePromotion): Promotion {
  const { happy_hour: hour } = promotion;
  return {
    promotionId: promotion.promotion_id,
    names: promotion.names,
    kind: promotion.kind,
    currency: promotion.currency,
    startsOn: promotion.starts_on,
    endsOn: promotion.ends_on,
    goods: promotion.goods ? goodsOf(promotion.goods) : goodsOf({ everything: true }),
    happyHour: hour
      ? {
          fromMinute: hour.from_minute ?? 0,
          toMinute: hour.to_minute ?? 0,
          weekdays: hour.weekdays ?? [],
        }
      : null,
    coupon: promotion.coupon ?? null,
    priceLists: promotion.price_lists ?? [],
    stacks: promotion.stacks ?? false,
    percentPpm: amountOf(promotion.percent_ppm),
    amount: amountOf(promotion.amount_minor),
    buy: promotion.buy ?? null,
    pay: promotion.pay ?? null,
    parts: (promotion.parts ?? []).map(({ goods, count }) => ({ goods: goodsOf(goods), count })),
    price: amountOf(promotion.price_minor),
    minSpend: BigInt(promotion.min_spend_minor ?? 0),
    most: promotion.most ?? null,
  };
}

export function promotedBasketOf(basket: WirePromotedBasket): PromotedBasket {
  return {
    currency: basket.currency,
    businessDate: basket.business_date,
    minute: basket.minute,
    pricesIncludeTax: basket.prices_include_tax,
    lines: basket.lines.map(promotedLineOf),
    coupons: basket.coupons ?? [],
    priceLists: basket.price_lists ?? [],
  };
}

export function reductionsFigures({ shares, outcomes, coupons, cut }: Reductions): object {
  return {
    shares: Object.fromEntries(
      [...shares].map(([lineNo, each]) => [
        lineNo,
        each.map((share) => ({
          promotion_id: share.promotionId,
          amount_minor: Number(share.amount),
        })),
      ]),
    ),
    outcomes: outcomes.map((outcome) => ({
      promotion_id: outcome.promotionId,
      state: outcome.state,
      amount_minor: Number(outcome.amount),
    })),
    coupons: coupons.map(({ code, state }) => ({ code, state })),
    cut,
  };
}

function promotedLineOf(line: WirePromotedLine): PromotedLine {
  return {
    lineNo: line.line_no,
    productId: line.product_id,
    category: line.category,
    quantity: line.quantity,
    unit: line.unit,
    unitPrice: BigInt(line.unit_price_minor),
    taxRatePpm: BigInt(line.tax_rate_ppm),
    barred: line.barred ?? false,
  };
}

function goodsOf({ everything = false, product_ids = [], categories = [] }: WireGoods): GoodsSelector {
  return { everything, productIds: product_ids, categories };
}

function amountOf(amount: number | null | undefined): bigint | null {
  return amount == null ? null : BigInt(amount);
}
