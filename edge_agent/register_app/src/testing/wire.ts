/** Baskets and figures as protocol/vectors and the agent write them, to and from the rules' own. */
import type { CashDutyTariff } from "../rules/duty.ts";
import type {
  Basket,
  Discount,
  Goods,
  Line,
  Paper,
  Quote,
  TaxFigures,
  TaxTreatment,
  Tender,
} from "../rules/figures.ts";
import type { OriginalTicket, TicketReturn } from "../rules/returns.ts";
import type { Sale } from "../rules/sales.ts";

export interface WireDiscount {
  percent_ppm?: number;
  amount_minor?: number;
}

interface WireLine {
  line_no: number;
  quantity: string;
  unit: string;
  unit_price_minor: number;
  tax_id: string;
  tax_rate_ppm: number;
  discount?: WireDiscount;
  promotions?: { promotion_id: string; amount_minor: number }[];
  tax_treatment?: TaxTreatment;
}

export interface WireTender {
  kind: string;
  amount_minor: number;
}

export interface WireBasket {
  currency: string;
  prices_include_tax: boolean;
  business_date: string;
  lines: WireLine[];
  ticket_discounts?: WireDiscount[];
  tenders?: WireTender[];
  paper?: Paper;
}

export interface WireTariff {
  currency: string;
  valid_from: string;
  brackets: { above_minor: number; tranche_minor: number; duty_minor: number }[];
  mode?: "whole" | "marginal";
  scope?: "invoices" | "tickets";
  exempt_up_to_minor?: number;
  minimum_minor?: number;
  maximum_minor?: number | null;
}

interface WireTax {
  tax_id: string;
  rate_ppm: number;
  base_minor: number;
  tax_minor: number;
  gross_minor: number;
  treatment?: TaxTreatment;
}

export interface WireReturn {
  original: {
    prices_include_tax: boolean;
    lines: {
      line_no: number;
      quantity: string;
      unit: string;
      tax_id: string;
      tax_rate_ppm: number;
      line_discount_minor: number;
      ticket_discount_minor: number;
      amount_minor: number;
      returned_quantity?: string;
      promotion_minor?: number;
      tax_treatment?: TaxTreatment;
    }[];
    tax_lines: WireTax[];
  };
  lines: { line_no: number; original_line_no: number; quantity: string }[];
  tenders?: WireTender[];
  rounded_before_minor?: number;
}

export function basketOf(basket: WireBasket): Basket {
  return {
    currency: basket.currency,
    pricesIncludeTax: basket.prices_include_tax,
    businessDate: basket.business_date,
    lines: basket.lines.map(lineOf),
    ticketDiscounts: (basket.ticket_discounts ?? []).map(discountOf),
    ...(basket.paper && { paper: basket.paper }),
  };
}

export function tendersOf(tenders: readonly WireTender[] = []): Tender[] {
  return tenders.map(({ kind, amount_minor }) => ({ kind, amount: BigInt(amount_minor) }));
}

export function tariffOf(tariff: WireTariff): CashDutyTariff {
  return {
    currency: tariff.currency,
    validFrom: tariff.valid_from,
    brackets: tariff.brackets.map((bracket) => ({
      above: BigInt(bracket.above_minor),
      tranche: BigInt(bracket.tranche_minor),
      duty: BigInt(bracket.duty_minor),
    })),
    mode: tariff.mode ?? "whole",
    scope: tariff.scope ?? "tickets",
    exemptUpTo: BigInt(tariff.exempt_up_to_minor ?? 0),
    minimum: BigInt(tariff.minimum_minor ?? 0),
    maximum: tariff.maximum_minor == null ? null : BigInt(tariff.maximum_minor),
  };
}

export function returnOf({ original, lines, ...rest }: WireReturn): TicketReturn {
  return {
    roundedBefore: BigInt(rest.rounded_before_minor ?? 0),
    original: originalOf(original),
    lines: lines.map((line) => ({
      lineNo: line.line_no,
      originalLineNo: line.original_line_no,
      quantity: line.quantity,
    })),
  };
}

export function saleFigures({ goods, settlement }: Sale): object {
  return {
    ...goodsFigures(goods),
    duty_minor: Number(settlement.duty),
    due_minor: Number(settlement.due),
    cash_rounding_minor: Number(settlement.cashRounding),
    payable_minor: Number(settlement.payable),
    tendered_minor: Number(settlement.tendered),
    change_minor: Number(settlement.change),
  };
}

export function quoteFigures(quote: Quote): object {
  return {
    ...goodsFigures(quote.goods),
    due_minor: Number(quote.goods.due),
    cash_duty_minor: Number(quote.cashDuty),
    cash_rounding_minor: Number(quote.cashRounding),
    cash_payable_minor: Number(quote.cashPayable),
  };
}

/** What is zero or usual is left out, as the agent leaves it out. */
function goodsFigures(goods: Goods): object {
  return {
    lines: goods.lines.map((line) => ({
      line_no: line.lineNo,
      gross_minor: Number(line.gross),
      line_discount_minor: Number(line.lineDiscount),
      ticket_discount_minor: Number(line.ticketDiscount),
      amount_minor: Number(line.amount),
      ...(line.promotion && { promotion_minor: Number(line.promotion) }),
    })),
    ticket_discounts_minor: goods.ticketDiscounts.map(Number),
    tax_lines: goods.taxLines.map((tax) => ({
      tax_id: tax.taxId,
      rate_ppm: Number(tax.ratePpm),
      base_minor: Number(tax.base),
      tax_minor: Number(tax.tax),
      gross_minor: Number(tax.gross),
      ...(tax.treatment !== "taxed" && { treatment: tax.treatment }),
    })),
    lines_minor: Number(goods.linesTotal),
    added_tax_minor: Number(goods.addedTax),
  };
}

function lineOf(line: WireLine): Line {
  return {
    lineNo: line.line_no,
    quantity: line.quantity,
    unit: line.unit,
    unitPrice: BigInt(line.unit_price_minor),
    taxId: line.tax_id,
    taxRatePpm: BigInt(line.tax_rate_ppm),
    ...(line.discount && { discount: discountOf(line.discount) }),
    ...(line.promotions && {
      promotions: line.promotions.map((share) => ({
        promotionId: share.promotion_id,
        amount: BigInt(share.amount_minor),
      })),
    }),
    ...(line.tax_treatment && { taxTreatment: line.tax_treatment }),
  };
}

function discountOf({ percent_ppm, amount_minor }: WireDiscount): Discount {
  return {
    ...(percent_ppm !== undefined && { percentPpm: BigInt(percent_ppm) }),
    ...(amount_minor !== undefined && { amount: BigInt(amount_minor) }),
  };
}

function originalOf(original: WireReturn["original"]): OriginalTicket {
  return {
    pricesIncludeTax: original.prices_include_tax,
    lines: original.lines.map((line) => ({
      lineNo: line.line_no,
      quantity: line.quantity,
      unit: line.unit,
      taxId: line.tax_id,
      taxRatePpm: BigInt(line.tax_rate_ppm),
      taxTreatment: line.tax_treatment ?? "taxed",
      promotion: BigInt(line.promotion_minor ?? 0),
      lineDiscount: BigInt(line.line_discount_minor),
      ticketDiscount: BigInt(line.ticket_discount_minor),
      amount: BigInt(line.amount_minor),
      returnedQuantity: line.returned_quantity ?? "0",
    })),
    taxLines: original.tax_lines.map(taxOf),
  };
}

function taxOf(tax: WireTax): TaxFigures {
  return {
    taxId: tax.tax_id,
    ratePpm: BigInt(tax.rate_ppm),
    treatment: tax.treatment ?? "taxed",
    base: BigInt(tax.base_minor),
    tax: BigInt(tax.tax_minor),
    gross: BigInt(tax.gross_minor),
  };
}
