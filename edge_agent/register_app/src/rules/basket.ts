/** The basket of the sale at hand: what is in it, what it costs, and the request it becomes. */
import type { Product, QuoteRequest, SaleRequest } from "../agent/wire.ts";
import { cashStepMinor } from "./currencies.ts";
import {
  CASH,
  type Goods,
  type Line,
  type Quote as FullQuote,
  type Settlement,
  type Tender,
} from "./figures.ts";
import { MAX_AMOUNT_MINOR, type Minor } from "./money.ts";
import { addQuantity, parseQuantity } from "./quantity.ts";
import { quote as quoteOf } from "./sales.ts";

/** A product with price and tax: what can be sold. */
export interface Offer {
  readonly productId: string;
  readonly name: string;
  readonly names: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly unitPriceMinor: number;
  readonly taxId: string;
  readonly taxRatePpm: number;
  readonly pricesIncludeTax: boolean;
}

/** `code` is what was scanned, if it was scanned. */
export interface BasketLine {
  readonly lineNo: number;
  readonly offer: Offer;
  readonly quantity: string;
  readonly code?: string;
}

export type BasketLines = readonly BasketLine[];

/** Of the figures those that the agent and the tablet both give. */
export type Quote = Omit<FullQuote, "goods"> & {
  readonly goods: Pick<Goods, "lines" | "addedTax" | "due">;
};

export type Settled = Pick<Settlement, "payable" | "change">;

export const EMPTY: BasketLines = [];

/** The offer of a product, or null while it is withdrawn or has no price or tax in this shop. */
export function offerOf(product: Product): Offer | null {
  const { active, unit_price_minor, tax_id, tax_rate_ppm } = product;
  if (!active) return null;
  if (unit_price_minor === null || tax_id === null || tax_rate_ppm === null) return null;
  return {
    productId: product.id,
    name: product.name,
    names: product.names,
    unit: product.unit,
    unitPriceMinor: unit_price_minor,
    taxId: tax_id,
    taxRatePpm: tax_rate_ppm,
    pricesIncludeTax: product.prices_include_tax,
  };
}

/** One more of the offer: on its line if there is one at this price, else on a new line. */
export function add(lines: BasketLines, offer: Offer, code?: string): BasketLines {
  const same = lines.find(
    (line) =>
      line.offer.productId === offer.productId && line.offer.unitPriceMinor === offer.unitPriceMinor,
  );
  if (same) return step(lines, same.lineNo, 1n);
  const lineNo = Math.max(0, ...lines.map((line) => line.lineNo)) + 1;
  return [...lines, { lineNo, offer, quantity: "1", ...(code && { code }) }];
}

/** One more or one less; a line that comes to nothing leaves. */
export function step(lines: BasketLines, lineNo: number, by: 1n | -1n): BasketLines {
  return change(lines, lineNo, (line) => addQuantity(line.quantity, by));
}

/** As typed; a comma is a point. Throws a Fault for what is no quantity of the line's unit. */
export function setQuantity(lines: BasketLines, lineNo: number, text: string): BasketLines {
  return change(lines, lineNo, (line) =>
    parseQuantity(text.trim().replace(",", "."), line.offer.unit),
  );
}

export function remove(lines: BasketLines, lineNo: number): BasketLines {
  return lines.filter((line) => line.lineNo !== lineNo);
}

/** The same lines at the offers of today; a product that is no longer offered leaves. */
export function reprice(lines: BasketLines, offers: ReadonlyMap<string, Offer>): BasketLines {
  return lines.flatMap((line) => {
    const offer = offers.get(line.offer.productId);
    return offer ? [{ ...line, offer }] : [];
  });
}

/** What the basket comes to on a business date; null while it is empty. */
export function quote(
  lines: BasketLines,
  currency: string,
  on: string,
): Quote | null {
  if (lines.length === 0) return null;
  const basket = {
    currency,
    pricesIncludeTax: lines[0]!.offer.pricesIncludeTax,
    businessDate: on,
    lines: lines.map(toLine),
    ticketDiscounts: [],
  };
  return quoteOf(basket, { cashStep: cashStepMinor(currency, on) });
}

/** How the tender settles the quote, or null: a card to the unit, cash with change. */
export function settlement(one: Quote, { kind, amount }: Tender): Settled | null {
  const owed = payable(one, kind);
  const suffices = kind === CASH ? amount >= owed : amount === owed;
  if (!suffices || amount > MAX_AMOUNT_MINOR) return null;
  return { payable: owed, change: amount - owed };
}

/** What has to be given: all of it by card, the rounded amount in cash. */
export function payable(one: Quote, kind: string): Minor {
  return kind === CASH ? one.cashPayable : one.goods.due;
}

/** What the agent is asked about a basket. */
export function quoteRequest(
  lines: BasketLines,
  shift: { readonly id: string; readonly currency: string },
  rungAt: string,
): QuoteRequest {
  return {
    shift_id: shift.id,
    currency: shift.currency,
    rung_at: rungAt,
    lines: lines.map((line) => ({
      line_no: line.lineNo,
      product_id: line.offer.productId,
      quantity: line.quantity,
    })),
  };
}

/** The request of a paid basket. It is built once and sent as it is, however often. */
export function saleRequest(
  lines: BasketLines,
  sale: {
    readonly id: string;
    readonly shiftId: string;
    readonly currency: string;
    readonly rungAt: string;
    readonly quote: Quote;
    readonly tender: Tender;
    readonly settlement: Settled;
    /** By line, where they are not the offers'. */
    readonly unitPrices?: ReadonlyMap<number, number>;
  },
): SaleRequest {
  const amounts = new Map(sale.quote.goods.lines.map((line) => [line.lineNo, line.amount]));
  return {
    id: sale.id,
    mode: "live",
    shift_id: sale.shiftId,
    currency: sale.currency,
    rung_at: sale.rungAt,
    lines: lines.map((line) => ({
      line_no: line.lineNo,
      product_id: line.offer.productId,
      ...(line.code && { code: line.code }),
      quantity: line.quantity,
      unit_price_minor: sale.unitPrices?.get(line.lineNo) ?? line.offer.unitPriceMinor,
      amount_minor: Number(amounts.get(line.lineNo)),
    })),
    tenders: [{ kind: sale.tender.kind, amount_minor: Number(sale.tender.amount) }],
    totals: {
      payable_minor: Number(sale.settlement.payable),
      change_minor: Number(sale.settlement.change),
    },
  };
}

function change(
  lines: BasketLines,
  lineNo: number,
  quantityOf: (line: BasketLine) => string,
): BasketLines {
  return lines.flatMap((line) => {
    if (line.lineNo !== lineNo) return [line];
    const quantity = parseQuantity(quantityOf(line), line.offer.unit);
    return quantity === "0" || quantity.startsWith("-") ? [] : [{ ...line, quantity }];
  });
}

function toLine(line: BasketLine): Line {
  return {
    lineNo: line.lineNo,
    quantity: line.quantity,
    unit: line.offer.unit,
    unitPrice: BigInt(line.offer.unitPriceMinor),
    taxId: line.offer.taxId,
    taxRatePpm: BigInt(line.offer.taxRatePpm),
  };
}
