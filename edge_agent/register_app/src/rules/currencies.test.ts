import { expect, test } from "vitest";
import vectors from "../../../../protocol/vectors/amounts.json";
import {
  cashStepMinor,
  cashSuggestions,
  formatAmount,
  isPlausibleChange,
  parseAmount,
} from "./currencies.ts";
import { holds } from "../testing/vectors.ts";

holds<{ text: string; currency: string }>("parse_amount", vectors.parse_amount, (input) =>
  Number(parseAmount(input.text, input.currency)) + 0,
);
holds<{ amount_minor: number; currency: string }>("format_amount", vectors.format_amount, (input) =>
  formatAmount(BigInt(input.amount_minor), input.currency),
);
holds<{ currency: string; on: string }>("cash_step_minor", vectors.cash_step_minor, (input) =>
  Number(cashStepMinor(input.currency, input.on)),
);

test("customers hand over notes, the exact amount is offered apart", () => {
  expect(cashSuggestions(38_500n, "DZD")).toEqual([40_000n, 50_000n, 100_000n, 200_000n]);
  expect(cashSuggestions(200_000n, "DZD")).toEqual([]);
  expect(cashSuggestions(210_000n, "DZD")).toEqual([220_000n, 250_000n, 300_000n, 400_000n]);
  expect(cashSuggestions(1_234n, "GBP")).toEqual([1_500n, 2_000n, 5_000n]);
  expect(cashSuggestions(315n, "JPY")).toEqual([1_000n, 2_000n, 5_000n, 10_000n]);
  expect(cashSuggestions(315n, "VND")).toEqual([320n, 350n, 400n, 500n]);
});

test("a barcode is no amount of cash", () => {
  expect(isPlausibleChange(199_500n, "DZD")).toBe(true);
  expect(isPlausibleChange(2_000_000n, "DZD")).toBe(false);
  expect(isPlausibleChange(parseAmount("20000022", "DZD"), "DZD")).toBe(false);
  expect(isPlausibleChange(500_000n, "VND")).toBe(true);
  expect(isPlausibleChange(20_000_022n, "VND")).toBe(false);
});

test("a shop's own rows of the cash step stand in for the table", () => {
  const rows = [
    { currency: "DZD", validFrom: "2026-01-01", step: 500n },
    { currency: "DZD", validFrom: "2026-01-01", step: 1_000n },
    { currency: "EUR", validFrom: "2026-01-01", step: 5n },
  ];
  expect(cashStepMinor("DZD", "2026-01-01", rows)).toBe(1_000n);
  expect(cashStepMinor("DZD", "2025-12-31", rows)).toBe(1n);
});
