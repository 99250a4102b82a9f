import { describe, expect, test } from "vitest";
import shared from "../../../../protocol/vectors/checkout_sales.json";
import { cashRounding, priceGoods, settle } from "./checkout.ts";
import type { Basket, Discount, Goods, Settlement } from "./figures.ts";
import { faultOf } from "../testing/vectors.ts";

interface WireDiscount {
  percent_ppm?: number;
  amount_minor?: number;
}

interface SaleVector {
  name: string;
  cash_step_minor: number;
  basket: {
    currency: string;
    prices_include_tax: boolean;
    lines: {
      line_no: number;
      quantity: string;
      unit: string;
      unit_price_minor: number;
      tax_id: string;
      tax_rate_ppm: number;
      discount?: WireDiscount;
    }[];
    ticket_discounts?: WireDiscount[];
    tenders?: { kind: string; amount_minor: number }[];
  };
  figures?: object;
  quote?: object;
  error?: { code: string; fields?: string[] };
}

const vectors = shared.vectors as unknown as SaleVector[];

describe.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
  const tenders = (vector.basket.tenders ?? []).map((tender) => ({
    kind: tender.kind,
    amount: BigInt(tender.amount_minor),
  }));
  const step = BigInt(vector.cash_step_minor);

  test("figures", () => {
    const paid = () => {
      const goods = priceGoods(basketOf(vector));
      return figuresOf(goods, settle(goods.due, tenders, step));
    };
    if (vector.error) {
      const fault = faultOf(paid);
      expect(fault.code).toBe(vector.error.code);
      const ours = vector.error.fields;
      if (fault.code === "malformed-basket") expect([...fault.fields].sort()).toEqual(ours?.sort());
    } else {
      expect(paid()).toEqual(vector.figures);
    }
  });

  if (vector.quote) {
    test("quote", () => expect(quoteOf(priceGoods(basketOf(vector)), step)).toEqual(vector.quote));
  }
});

function basketOf({ basket }: SaleVector): Basket {
  return {
    currency: basket.currency,
    pricesIncludeTax: basket.prices_include_tax,
    lines: basket.lines.map((line) => ({
      lineNo: line.line_no,
      quantity: line.quantity,
      unit: line.unit,
      unitPrice: BigInt(line.unit_price_minor),
      taxId: line.tax_id,
      taxRatePpm: BigInt(line.tax_rate_ppm),
      ...(line.discount && { discount: discountOf(line.discount) }),
    })),
    ticketDiscounts: (basket.ticket_discounts ?? []).map(discountOf),
  };
}

function discountOf({ percent_ppm, amount_minor }: WireDiscount): Discount {
  return {
    ...(percent_ppm !== undefined && { percentPpm: BigInt(percent_ppm) }),
    ...(amount_minor !== undefined && { amount: BigInt(amount_minor) }),
  };
}

function goodsFigures(goods: Goods): object {
  return {
    lines: goods.lines.map((line) => ({
      line_no: line.lineNo,
      gross_minor: Number(line.gross),
      line_discount_minor: Number(line.lineDiscount),
      ticket_discount_minor: Number(line.ticketDiscount),
      amount_minor: Number(line.amount),
    })),
    ticket_discounts_minor: goods.ticketDiscounts.map(Number),
    tax_lines: goods.taxLines.map((tax) => ({
      tax_id: tax.taxId,
      rate_ppm: Number(tax.ratePpm),
      base_minor: Number(tax.base),
      tax_minor: Number(tax.tax),
      gross_minor: Number(tax.gross),
    })),
    lines_minor: Number(goods.linesTotal),
    added_tax_minor: Number(goods.addedTax),
  };
}

function figuresOf(goods: Goods, settlement: Settlement): object {
  return {
    ...goodsFigures(goods),
    duty_minor: 0,
    due_minor: Number(goods.due),
    cash_rounding_minor: Number(settlement.cashRounding),
    payable_minor: Number(settlement.payable),
    tendered_minor: Number(settlement.tendered),
    change_minor: Number(settlement.change),
  };
}

function quoteOf(goods: Goods, step: bigint): object {
  const rounding = cashRounding(goods.due, step);
  return {
    due_minor: Number(goods.due),
    cash_duty_minor: 0,
    cash_rounding_minor: Number(rounding),
    cash_payable_minor: Number(goods.due + rounding),
  };
}
