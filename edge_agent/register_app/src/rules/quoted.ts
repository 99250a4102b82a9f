/** What a basket comes to: as the agent says, or as the tablet reckons while the agent is away. */
import type { QuoteState } from "../agent/wire.ts";
import type { BasketLines, Quote } from "./basket.ts";
import type { Minor } from "./money.ts";

/** What one promotion took off a line. */
export interface Reduction {
  readonly id: string;
  readonly names: Readonly<Record<string, string>>;
  readonly amount: Minor;
}

/** `of` is the very basket that was reckoned; null once it has to be asked for anew. */
export interface Figures {
  readonly of: BasketLines | null;
  /** When the agent was asked; its prices are those of that moment. Null: the tablet's own. */
  readonly rungAt: string | null;
  readonly quote: Quote;
  readonly unitPrices: ReadonlyMap<number, number>;
  readonly reductions: ReadonlyMap<number, readonly Reduction[]>;
}

/** What is shown. Only figures of the current basket may be paid. */
export interface ShownFigures extends Figures {
  readonly isCurrent: boolean;
}

export function ownFigures(of: BasketLines | null, quote: Quote): Figures {
  return { of, rungAt: null, quote, unitPrices: new Map(), reductions: new Map() };
}

export function agentFigures(of: BasketLines, rungAt: string, answer: QuoteState): Figures {
  const names = new Map(answer.promotions.map((each) => [each.promotion_id, each.names]));
  const lines = answer.lines.map((line) => ({
    lineNo: line.line_no,
    gross: BigInt(line.gross_minor),
    promotion: BigInt(line.promotion_minor ?? 0),
    lineDiscount: BigInt(line.line_discount_minor ?? 0),
    ticketDiscount: BigInt(line.ticket_discount_minor ?? 0),
    amount: BigInt(line.amount_minor),
  }));
  return {
    of,
    rungAt,
    quote: {
      goods: { lines, addedTax: BigInt(answer.added_tax_minor), due: BigInt(answer.due_minor) },
      cashDuty: BigInt(answer.cash.duty_minor),
      cashRounding: BigInt(answer.cash.rounding_minor),
      cashPayable: BigInt(answer.cash.payable_minor),
    },
    unitPrices: new Map(answer.lines.map((line) => [line.line_no, line.unit_price_minor])),
    reductions: new Map(
      answer.lines.map((line) => [
        line.line_no,
        (line.promotions ?? []).map(({ promotion_id: id, amount_minor: amount }) => ({
          id,
          names: names.get(id) ?? {},
          amount: BigInt(amount),
        })),
      ]),
    ),
  };
}
