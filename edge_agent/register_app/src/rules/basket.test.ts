import { expect, test } from "vitest";
import { DATES, MILK, offer, product } from "../testing/shop.ts";
import { faultOf } from "../testing/vectors.ts";
import {
  add,
  EMPTY,
  offerOf,
  payable,
  quote,
  remove,
  reprice,
  saleRequest,
  setQuantity,
  settlement,
  step,
} from "./basket.ts";

const ON = "2026-11-23";
const milk = offer(MILK);
const dates = offer(DATES);

test("the same product at the same price shares a line", () => {
  const dearer = { ...milk, unitPriceMinor: 13_000 };
  const lines = add(add(add(EMPTY, milk, "6130093011426"), milk), dearer);
  expect(lines.map((line) => [line.lineNo, line.quantity, line.code])).toEqual([
    [1, "2", "6130093011426"],
    [2, "1", undefined],
  ]);
});

test("a line number is never given twice, even after a removal in the middle", () => {
  const lines = add(remove(add(add(EMPTY, milk), dates), 1), milk);
  expect(lines.map((line) => line.lineNo)).toEqual([2, 3]);
});

test("a line that comes to nothing leaves", () => {
  const lines = add(EMPTY, milk);
  expect(step(lines, 1, -1n)).toEqual([]);
  expect(setQuantity(lines, 1, "0")).toEqual([]);
  expect(step(setQuantity(add(EMPTY, dates), 1, "0.25"), 1, -1n)).toEqual([]);
});

test("a quantity is one of the product's unit, comma or point", () => {
  expect(setQuantity(add(EMPTY, dates), 1, " 0,750 ")[0]?.quantity).toBe("0.75");
  expect(faultOf(() => setQuantity(add(EMPTY, milk), 1, "0.5")).code).toBe("quantity-too-fine");
  // What happens when a scanner fires into the quantity.
  expect(faultOf(() => setQuantity(add(EMPTY, milk), 1, "6130093011426")).code).toBe(
    "quantity-too-large",
  );
});

test("what is withdrawn, or has no price or no tax, is not on offer", () => {
  for (const missing of [
    { active: false },
    { unit_price_minor: null },
    { tax_id: null },
    { tax_rate_ppm: null },
  ]) {
    expect(offerOf(product(MILK.id, missing))).toBeNull();
  }
});

test("cash is rounded to the step, a card is not", () => {
  expect(quote(EMPTY, "DZD", ON)).toBeNull();
  const asked = quote(setQuantity(add(add(EMPTY, milk), dates), 2, "0.755"), "DZD", ON)!;
  expect(asked.goods.due).toBe(12_030n + 56_625n);
  expect(asked.cashRounding).toBe(-155n);
  expect(payable(asked, "cash")).toBe(68_500n);
  expect(payable(asked, "card")).toBe(68_655n);
});

test("a tender settles or does not", () => {
  const asked = quote(add(EMPTY, milk), "DZD", ON)!;
  const pay = (kind: string, amount: bigint) => settlement(asked, { kind, amount });
  expect(pay("cash", 20_000n)?.change).toBe(8_000n);
  expect(pay("cash", 11_999n)).toBeNull();
  expect(pay("card", 12_030n)?.change).toBe(0n);
  expect(pay("card", 12_031n)).toBeNull();
});

test("the request says what the screen showed", () => {
  const lines = add(add(EMPTY, milk, "6130093011426"), milk);
  const asked = quote(lines, "DZD", ON)!;
  const tender = { kind: "cash", amount: 50_000n };
  const request = saleRequest(lines, {
    id: "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05",
    shiftId: "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02",
    currency: "DZD",
    rungAt: "2026-11-23T09:14:07.000Z",
    quote: asked,
    tender,
    settlement: settlement(asked, tender)!,
  });
  expect(request).toEqual({
    id: "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05",
    mode: "live",
    shift_id: "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02",
    currency: "DZD",
    rung_at: "2026-11-23T09:14:07.000Z",
    lines: [
      {
        line_no: 1,
        product_id: MILK.id,
        code: "6130093011426",
        quantity: "2",
        unit_price_minor: 12_030,
        amount_minor: 24_060,
      },
    ],
    tenders: [{ kind: "cash", amount_minor: 50_000 }],
    totals: { payable_minor: 24_000, change_minor: 26_000 },
  });
});

test("at new prices the quantities stay, and what is gone leaves", () => {
  const lines = add(add(add(EMPTY, milk), milk), dates);
  const dearer = { ...milk, unitPriceMinor: 13_000 };
  const today = reprice(lines, new Map([[milk.productId, dearer]]));
  expect(today).toEqual([{ ...lines[0], offer: dearer }]);
});
