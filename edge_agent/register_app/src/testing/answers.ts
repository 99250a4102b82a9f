/**
 * What the rules say to a question in the form of protocol/vectors: figures, or the fault.
 *
 * The vectors' tests ask it, and so does the comparison with Python over random baskets.
 */
import { cashStepMinor } from "../rules/currencies.ts";
import { Fault } from "../rules/fault.ts";
import { listsInForce, priceInForce } from "../rules/prices.ts";
import { reduceBasket } from "../rules/promotions/reductions.ts";
import { priceReturn, priceReturnWithoutTicket, quoteReturn } from "../rules/returns.ts";
import { priceBasket, quote } from "../rules/sales.ts";
import { lineTax, type RegimeKind, regimeOn, withoutTax } from "../rules/tax.ts";
import {
  promotedBasketOf,
  promotionOf,
  reductionsFigures,
  type WirePromotedBasket,
  type WirePromotion,
} from "./promotions-wire.ts";
import {
  basketOf,
  quoteFigures,
  returnOf,
  saleFigures,
  tariffOf,
  tendersOf,
  type WireBasket,
  type WireReturn,
  type WireTariff,
} from "./wire.ts";

export type Question =
  | { of: "sale"; basket: WireBasket; cash_step_minor: number; tariffs?: WireTariff[] }
  | { of: "quote"; basket: WireBasket; cash_step_minor: number; tariffs?: WireTariff[] }
  | { of: "return"; return: WireReturn; cash_step_minor: number }
  | { of: "return-quote"; return: WireReturn; cash_step_minor: number }
  | { of: "return-without-ticket"; basket: WireBasket; cash_step_minor: number }
  | ReduceQuestion
  | PromotedQuestion
  | CashStepQuestion
  | PriceQuestion
  | ListsQuestion
  | TaxQuestion;

interface ReduceQuestion {
  of: "reduce";
  basket: WirePromotedBasket;
  promotions: WirePromotion[];
}

interface PromotedQuestion extends Omit<ReduceQuestion, "of"> {
  of: "promoted";
  cash_step_minor: number;
}

interface CashStepQuestion {
  of: "cash-step";
  currency: string;
  on: string;
  rows?: { currency: string; valid_from: string; step_minor: number }[];
}

interface PriceQuestion {
  of: "price";
  points: {
    unit_price_minor: number;
    effective_at?: string | null;
    price_list_id?: string | null;
    min_quantity?: string | null;
  }[];
  at: string;
  quantity: string;
  price_lists?: string[];
}

interface ListsQuestion {
  of: "price-lists";
  lists: {
    price_list_id: string;
    everybody?: boolean;
    customer_ids?: string[];
    valid_from?: string | null;
    valid_until?: string | null;
  }[];
  customer_id: string | null;
  on: string;
}

interface TaxQuestion {
  of: "tax";
  tax_id: string;
  schedule: { valid_from: string; rate_ppm: number; exempt?: boolean }[];
  regimes: { valid_from: string; kind: RegimeKind }[];
  on: string;
  exempt_customer: boolean;
  unit_price_minor: number;
}

/** The figures (or null, or one alone), or `{error: {code, fields}}`. */
export function answer(question: Question): object | number | null {
  try {
    return figures(question);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { error: { code: error.code, fields: [...error.fields].sort() } };
  }
}

function figures(question: Question): object | number | null {
  if (question.of === "reduce") {
    const { basket, promotions } = question;
    return reductionsFigures(reduceBasket(promotedBasketOf(basket), promotions.map(promotionOf)));
  }
  if (question.of === "promoted") return promoted(question);
  if (question.of === "cash-step") return cashStepOf(question);
  if (question.of === "price") return price(question);
  if (question.of === "price-lists") return priceLists(question);
  if (question.of === "tax") return tax(question);
  const cashStep = BigInt(question.cash_step_minor);
  switch (question.of) {
    case "sale": {
      const { basket, tariffs = [] } = question;
      const rules = { cashStep, tariffs: tariffs.map(tariffOf) };
      return saleFigures(priceBasket(basketOf(basket), tendersOf(basket.tenders), rules));
    }
    case "quote": {
      const { basket, tariffs = [] } = question;
      return quoteFigures(quote(basketOf(basket), { cashStep, tariffs: tariffs.map(tariffOf) }));
    }
    case "return": {
      const { return: coming } = question;
      return saleFigures(priceReturn(returnOf(coming), tendersOf(coming.tenders), cashStep));
    }
    case "return-quote":
      return quoteFigures(quoteReturn(returnOf(question.return), cashStep));
    case "return-without-ticket": {
      const { basket } = question;
      const tenders = tendersOf(basket.tenders);
      return saleFigures(priceReturnWithoutTicket(basketOf(basket), tenders, cashStep));
    }
  }
}

/** What a basket costs with what promotions take off it. */
function promoted(asked: PromotedQuestion): object {
  const basket = promotedBasketOf(asked.basket);
  const { shares } = reduceBasket(basket, asked.promotions.map(promotionOf));
  const lines = basket.lines.map(({ lineNo, quantity, unit, unitPrice, taxRatePpm }) => ({
    ...{ lineNo, quantity, unit, unitPrice, taxRatePpm },
    taxId: "tva",
    promotions: shares.get(lineNo) ?? [],
  }));
  const cashStep = BigInt(asked.cash_step_minor);
  return quoteFigures(quote({ ...basket, lines, ticketDiscounts: [] }, { cashStep }));
}

function cashStepOf({ currency, on, rows }: CashStepQuestion): number {
  const ours = rows?.map((row) => ({
    currency: row.currency,
    validFrom: row.valid_from,
    step: BigInt(row.step_minor),
  }));
  return Number(cashStepMinor(currency, on, ours));
}

function price(asked: PriceQuestion): object | null {
  const points = asked.points.map((point) => ({
    unitPrice: BigInt(point.unit_price_minor),
    effectiveAt: point.effective_at ?? null,
    priceListId: point.price_list_id ?? null,
    minQuantity: point.min_quantity ?? null,
  }));
  const { at, quantity, price_lists = [] } = asked;
  const found = priceInForce(points, { at, quantity, priceLists: price_lists });
  return (
    found && { unit_price_minor: Number(found.unitPrice), price_list_id: found.priceListId }
  );
}

function priceLists({ lists, customer_id, on }: ListsQuestion): string[] {
  const terms = lists.map((list) => ({
    priceListId: list.price_list_id,
    everybody: list.everybody ?? false,
    customerIds: list.customer_ids ?? [],
    validFrom: list.valid_from ?? null,
    validUntil: list.valid_until ?? null,
  }));
  return listsInForce(terms, customer_id, on);
}

function tax(asked: TaxQuestion): object {
  const regimes = asked.regimes.map((row) => ({ validFrom: row.valid_from, kind: row.kind }));
  const schedule = asked.schedule.map((row) => ({
    validFrom: row.valid_from,
    ratePpm: BigInt(row.rate_ppm),
    exempt: row.exempt ?? false,
  }));
  const { on, exempt_customer: exemptCustomer } = asked;
  const regime = regimeOn(regimes, on);
  const found = lineTax(asked.tax_id, schedule, { on, regime, exemptCustomer });
  return {
    regime,
    tax: { tax_id: found.taxId, rate_ppm: Number(found.ratePpm), treatment: found.treatment },
    without_tax_minor: Number(withoutTax(BigInt(asked.unit_price_minor), found.ratePpm)),
  };
}
