import { expect, test } from "vitest";
import vectors from "../../../../protocol/vectors/quantity.json";
import { addQuantity, parseQuantity } from "./quantity.ts";
import { holds } from "../testing/vectors.ts";

holds<{ quantity: string; unit: string }>(
  "parse_quantity",
  vectors.parse_quantity,
  ({ quantity, unit }) => parseQuantity(quantity, unit),
);

test("a step is exact", () => {
  expect(addQuantity("0.1", 1n)).toBe("1.1");
  expect(addQuantity("1.25", -1n)).toBe("0.25");
  expect(addQuantity("1", -1n)).toBe("0");
});
