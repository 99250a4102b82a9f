/** What goes into the arithmetic and what comes out, as of `protocol.checkout.basket`. */
import type { Minor } from "./money.ts";

export const CASH = "cash";
export const PPM = 1_000_000n;

/** "exempt" is no rate of 0 %: it has a ground. "outside": of a regime that charges no tax. */
export type TaxTreatment = "taxed" | "exempt" | "outside";
export type Paper = "ticket" | "invoice";

/** Off a line or off the whole ticket; exactly one of the two forms is set. */
export interface Discount {
  readonly percentPpm?: bigint;
  readonly amount?: Minor;
}

/** What one promotion takes off a line. */
export interface PromotionShare {
  readonly promotionId: string;
  readonly amount: Minor;
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
  readonly promotions?: readonly PromotionShare[];
  readonly taxTreatment?: TaxTreatment;
}

/** Every kind but cash is exact: no rounding, no change. */
export interface Tender {
  readonly kind: string;
  readonly amount: Minor;
}

/** `businessDate` as ISO date; without `paper` it is the till's ticket. */
export interface Basket {
  readonly currency: string;
  readonly pricesIncludeTax: boolean;
  readonly businessDate: string;
  readonly lines: readonly Line[];
  readonly ticketDiscounts: readonly Discount[];
  readonly paper?: Paper;
}

/** amount = gross − promotions − line discount − share of the ticket discounts. */
export interface LineFigures {
  readonly lineNo: number;
  readonly gross: Minor;
  readonly promotion: Minor;
  readonly lineDiscount: Minor;
  readonly ticketDiscount: Minor;
  readonly amount: Minor;
}

/** What the sums of tax go by. */
export interface TaxKey {
  readonly taxId: string;
  readonly ratePpm: bigint;
  readonly treatment: TaxTreatment;
}

/** The tax of one key on the sum of its lines: base + tax = gross. */
export interface TaxFigures extends TaxKey {
  readonly base: Minor;
  readonly tax: Minor;
  readonly gross: Minor;
}

/** Lines by number, taxes by their keys; `due` is to pay where no cash is used. */
export interface Goods {
  readonly lines: readonly LineFigures[];
  readonly ticketDiscounts: readonly Minor[];
  readonly taxLines: readonly TaxFigures[];
  readonly linesTotal: Minor;
  readonly addedTax: Minor;
  readonly due: Minor;
}

/** payable = due (goods and duty) + cash rounding = tendered − change. */
export interface Settlement {
  readonly duty: Minor;
  readonly due: Minor;
  readonly cashRounding: Minor;
  readonly payable: Minor;
  readonly tendered: Minor;
  readonly change: Minor;
}

/** What is to pay: without cash `goods.due`, all in cash with duty and rounding `cashPayable`. */
export interface Quote {
  readonly goods: Goods;
  readonly cashDuty: Minor;
  readonly cashRounding: Minor;
  readonly cashPayable: Minor;
}
