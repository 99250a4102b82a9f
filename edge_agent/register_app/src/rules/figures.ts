/** What goes into the arithmetic and what comes out, as of `protocol.checkout.basket`. */
import type { Minor } from "./money.ts";

export const CASH = "cash";
export const PPM = 1_000_000n;

/** Off a line or off the whole ticket; exactly one of the two forms is set. */
export interface Discount {
  readonly percentPpm?: bigint;
  readonly amount?: Minor;
}

/** `lineNo` is unique in the basket and decides ties, not the list's order. */
export interface Line {
  readonly lineNo: number;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: Minor;
  readonly taxId: string;
  readonly taxRatePpm: bigint;
  readonly discount?: Discount;
}

/** Every kind but cash is exact: no rounding, no change. */
export interface Tender {
  readonly kind: string;
  readonly amount: Minor;
}

export interface Basket {
  readonly currency: string;
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly Line[];
  readonly ticketDiscounts: readonly Discount[];
}

/** amount = gross − line discount − share of the ticket discounts. */
export interface LineFigures {
  readonly lineNo: number;
  readonly gross: Minor;
  readonly lineDiscount: Minor;
  readonly ticketDiscount: Minor;
  readonly amount: Minor;
}

/** The tax of one (tax id, rate) on the sum of its lines: base + tax = gross. */
export interface TaxFigures {
  readonly taxId: string;
  readonly ratePpm: bigint;
  readonly base: Minor;
  readonly tax: Minor;
  readonly gross: Minor;
}

/** Lines by number, taxes by id and rate; `due` is to pay where no cash is used. */
export interface Goods {
  readonly lines: readonly LineFigures[];
  readonly ticketDiscounts: readonly Minor[];
  readonly taxLines: readonly TaxFigures[];
  readonly linesTotal: Minor;
  readonly addedTax: Minor;
  readonly due: Minor;
}

/** payable = due + cash rounding = tendered − change. */
export interface Settlement {
  readonly cashRounding: Minor;
  readonly payable: Minor;
  readonly tendered: Minor;
  readonly change: Minor;
}
