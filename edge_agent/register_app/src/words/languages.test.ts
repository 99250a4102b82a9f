import { expect, test } from "vitest";
import {
  amountDigits,
  currencySymbol,
  LANGUAGES,
  MANNERS,
  nameIn,
  percentText,
  preferredLanguage,
  unitName,
} from "./languages.ts";

test("amounts are grouped in each language's way, in Latin digits", () => {
  expect(amountDigits(1_250_000n, "DZD", "fr")).toBe("12\u202f500,00");
  expect(amountDigits(1_250_000n, "DZD", "ar")).toBe("12.500,00");
  expect(amountDigits(123_456_789n, "GBP", "en")).toBe("1,234,567.89");
  expect(amountDigits(-5n, "DZD", "fr")).toBe("−0,05");
  expect(amountDigits(1_234n, "JPY", "en")).toBe("1,234");
  expect(amountDigits(10n ** 12n, "TND", "en")).toBe("1,000,000,000.000");
});

test("symbols, units and names fall back to what is known", () => {
  expect(currencySymbol("DZD", "ar")).toBe("دج");
  expect(currencySymbol("XOF", "fr")).toBe("XOF");
  expect(unitName("kg", "ar")).toBe("كغ");
  expect(unitName("kg", "fr")).toBe("kg");
  expect(nameIn({ name: "Lait", names: { fr: "Lait", ar: "حليب" } }, "ar")).toBe("حليب");
  expect(nameIn({ name: "Lait", names: { fr: "Lait" } }, "en")).toBe("Lait");
});

test("rates are percent", () => {
  expect(percentText(190_000, "fr")).toBe("19");
  expect(percentText(0, "fr")).toBe("0");
  expect(percentText(55_000, "fr")).toBe("5,5");
  expect(percentText(1, "en")).toBe("0.0001");
});

test("the browser's first known language is spoken, else French", () => {
  expect(preferredLanguage(["de-DE", "ar-DZ", "en"])).toBe("ar");
  expect(preferredLanguage(["de"])).toBe("fr");
  expect(preferredLanguage([])).toBe("fr");
});

test("no language lacks a word", () => {
  for (const language of LANGUAGES) {
    for (const [key, words] of Object.entries(MANNERS[language].messages)) {
      const text = typeof words === "string" ? words : String((words as (...x: unknown[]) => string)(2, "x"));
      expect(text.trim(), `${language} ${key}`).not.toBe("");
    }
  }
});
