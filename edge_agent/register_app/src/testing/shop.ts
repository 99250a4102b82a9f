/** Products and answers of a small shop, for the tests. */
import type { Product, QuoteState, Shift, Ticket } from "../agent/wire.ts";
import { type Offer, offerOf } from "../rules/basket.ts";

export const SHIFT: Shift = {
  id: "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02",
  status: "open",
  business_date: "2026-11-23",
  currency: "DZD",
  opened_at: "2026-11-23T08:00:00Z",
  float_minor: 0,
};

export const MILK = product("019a7c10-0000-7000-8000-000000000001", { unit_price_minor: 12_030 });
export const DATES = product("019a7c10-0000-7000-8000-000000000002", {
  unit: "kg",
  unit_price_minor: 75_000,
});

export function product(id: string, more: Partial<Product> = {}): Product {
  return {
    id,
    sku: id.slice(-4),
    codes: ["6130093011426"],
    name: "Lait",
    names: { fr: "Lait", ar: "حليب" },
    unit: "piece",
    active: true,
    unit_price_minor: 100,
    currency: "DZD",
    tax_id: "tva9",
    tax_rate_ppm: 90_000,
    prices_include_tax: true,
    ...more,
  };
}

export function offer(of: Product): Offer {
  const found = offerOf(of);
  if (!found) throw new Error("not on offer");
  return found;
}

export function ticket(id: string): Ticket {
  return {
    id,
    receipt: { text: "R1-1-000001" },
    finalised_at: "2026-11-23T09:00:00Z",
    currency: "DZD",
    lines: [],
    tax_lines: [],
    totals: {
      lines_minor: 12_030,
      added_tax_minor: 0,
      duty_minor: 0,
      due_minor: 12_030,
      cash_rounding_minor: -30,
      payable_minor: 12_000,
      tendered_minor: 20_000,
      change_minor: 8_000,
    },
    tenders: [],
  };
}

/** The agent's quote of milk: so many pieces on line 1, less a promotion, plus duty in cash. */
export function quoteOf({
  unitPrice,
  pieces = 1,
  promotion = 0,
  duty = 0,
}: {
  unitPrice: number;
  pieces?: number;
  promotion?: number;
  duty?: number;
}): QuoteState {
  const gross = unitPrice * pieces;
  const due = gross - promotion;
  const share = [{ promotion_id: "p1", amount_minor: promotion }];
  return {
    lines: [
      {
        line_no: 1,
        unit_price_minor: unitPrice,
        gross_minor: gross,
        ...(promotion && { promotions: share, promotion_minor: promotion }),
        amount_minor: due,
      },
    ],
    lines_minor: due,
    added_tax_minor: 0,
    due_minor: due,
    cash: { duty_minor: duty, rounding_minor: 0, payable_minor: due + duty },
    promotions: promotion ? [{ promotion_id: "p1", names: { fr: "Lait en fête" } }] : [],
  };
}
