/**
 * What the rules say to a question in the form of protocol/vectors: figures, or the fault.
 *
 * The vectors' tests ask it, and so does the comparison with Python over random baskets.
 */
import { Fault } from "../rules/fault.ts";
import { priceReturn, priceReturnWithoutTicket, quoteReturn } from "../rules/returns.ts";
import { priceBasket, quote } from "../rules/sales.ts";
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
  | { of: "return-without-ticket"; basket: WireBasket; cash_step_minor: number };

/** The figures, or `{error: {code, fields}}`. */
export function answer(question: Question): object {
  try {
    return figures(question);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { error: { code: error.code, fields: [...error.fields].sort() } };
  }
}

function figures(question: Question): object {
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
