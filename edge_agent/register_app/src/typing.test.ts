import { expect, test } from "vitest";
import { ERASE, finishedDecimal, latinDigits, pressed, typedDecimal, typedPin } from "./typing.ts";

test("digits of any keyboard become Latin", () => {
  expect(latinDigits("١٢٣ ۴۵ 67")).toBe("123 45 67");
  expect(typedPin("24", "24٦٨")).toBe("2468");
  expect(typedDecimal("", "١٢٫٥", 2)).toBe("12.5");
});

test("an amount is typed with comma or point, and what makes no sense does not show", () => {
  expect(typedDecimal("12", "12,", 2)).toBe("12.");
  expect(typedDecimal("12.5", "12.55", 2)).toBe("12.55");
  expect(typedDecimal("12.55", "12.555", 2)).toBe("12.55");
  expect(typedDecimal("", ".", 2)).toBe("0.");
  expect(typedDecimal("0", "05", 2)).toBe("5");
  expect(typedDecimal("3", "3.", 0)).toBe("3");
  expect(typedDecimal("1", "1a", 2)).toBe("1");
  expect(typedDecimal("9999999999", "99999999999", 2)).toBe("9999999999");
  expect(typedPin("1", "1x")).toBe("1");
});

test("keys add and erase", () => {
  expect(pressed("12", "3")).toBe("123");
  expect(pressed("12", ERASE)).toBe("1");
  expect(pressed("", ERASE)).toBe("");
});

test("a hanging point is no fault", () => {
  expect(finishedDecimal("")).toBeNull();
  expect(finishedDecimal("12.")).toBe("12");
  expect(finishedDecimal("12.5")).toBe("12.5");
});
