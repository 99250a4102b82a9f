/** The three languages: which way they run, and how they write amounts. Digits are Latin ones. */
import { formatAmount } from "../rules/currencies.ts";
import { formatDecimal } from "../rules/decimal.ts";
import type { Minor } from "../rules/money.ts";
import { ar, en, fr, type Messages } from "./messages.ts";

export type Language = "fr" | "ar" | "en";

interface Manner {
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  readonly messages: Messages;
  readonly thousands: string;
  readonly point: string;
}

const NARROW_SPACE = "\u202f";
const SYMBOLS: Readonly<Record<string, Readonly<Partial<Record<Language, string>>>>> = {
  DZD: { fr: "DA", ar: "دج", en: "DA" },
  EUR: { fr: "€", ar: "€", en: "€" },
  GBP: { fr: "£", ar: "£", en: "£" },
  USD: { fr: "$", ar: "$", en: "$" },
};

// Where a language has no word of its own, the unit's symbol serves.
const UNITS: Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>> = {
  ar: { kg: "كغ", g: "غ", l: "ل", cl: "سل", ml: "مل", m: "م", cm: "سم", m2: "م²", hour: "سا" },
  fr: { l: "L", m2: "m²", hour: "h" },
  en: { l: "L", m2: "m²", hour: "h" },
};

export const MANNERS: Readonly<Record<Language, Manner>> = {
  fr: { name: "Français", direction: "ltr", messages: fr, thousands: NARROW_SPACE, point: "," },
  ar: { name: "العربية", direction: "rtl", messages: ar, thousands: ".", point: "," },
  en: { name: "English", direction: "ltr", messages: en, thousands: ",", point: "." },
};
export const LANGUAGES = Object.keys(MANNERS) as Language[];

export function isLanguage(text: unknown): text is Language {
  return typeof text === "string" && Object.hasOwn(MANNERS, text);
}

/** The first of the browser's languages that we speak, else French. */
export function preferredLanguage(tags: readonly string[]): Language {
  return tags.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "fr";
}

/** The digits of an amount, grouped: "12 500,00". A true minus sign keeps to its number. */
export function amountDigits(amount: Minor, currency: string, language: Language): string {
  const { thousands, point } = MANNERS[language];
  const [whole = "", fraction] = formatAmount(amount < 0n ? -amount : amount, currency).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
  return (amount < 0n ? "−" : "") + grouped + (fraction ? point + fraction : "");
}

/** What stands beside the digits. */
export function currencySymbol(currency: string, language: Language): string {
  return SYMBOLS[currency]?.[language] ?? currency;
}

/** A unit of measure, as beside a price. */
export function unitName(unit: string, language: Language): string {
  return UNITS[language]?.[unit] ?? unit;
}

/** A quantity or a percentage, canonical text, in the language's own point. */
export function decimalText(text: string, language: Language): string {
  return text.replace(".", MANNERS[language].point);
}

/** Parts per million as percent: 190000 → "19". */
export function percentText(ppm: number, language: Language): string {
  return decimalText(formatDecimal({ digits: BigInt(ppm), scale: 4 }), language);
}

/** A product's name in the language, else as the shop shows it. */
export function nameIn(
  product: { readonly name: string; readonly names: Readonly<Record<string, string>> },
  language: Language,
): string {
  return product.names[language] || product.name;
}
