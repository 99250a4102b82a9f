/** Plain decimal text, exactly: digits ÷ 10^scale, without trailing zeros. No exponents, no "+". */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const PLAIN = /^(-?)([0-9]{1,15})(?:\.([0-9]{1,15}))?$/;

/** The number, or null if the text is written any other way. */
export function parseDecimal(text: string): Decimal | null {
  const match = PLAIN.exec(text);
  if (!match) return null;
  const [, sign, whole = "", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  const digits = BigInt(whole + kept);
  return { digits: sign ? -digits : digits, scale: kept.length };
}

/** Canonical text: no trailing zeros, no "-0". */
export function formatDecimal({ digits, scale }: Decimal): string {
  return withPoint(digits, scale).replace(/(\.[0-9]*?)0+$/, "$1").replace(/\.$/, "");
}

/** digits ÷ 10^scale with all its decimals. */
export function withPoint(digits: bigint, scale: number): string {
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const cut = text.length - scale;
  return sign + text.slice(0, cut) + (scale ? `.${text.slice(cut)}` : "");
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function negative({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const { digits } = addDecimals(a, negative(b));
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

function digitsAt({ digits, scale }: Decimal, finer: number): bigint {
  return digits * 10n ** BigInt(finer - scale);
}
