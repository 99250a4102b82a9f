/** What people type, by keyboard, keypad or scanner, brought into the form the rules read. */

export const ERASE = "erase";

// 10¹² minor units are the bound of every amount.
const MAX_DIGITS = 12;

const FOREIGN_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** Arabic and Persian digits as Latin ones; anything else stays. */
export function latinDigits(text: string): string {
  return text.replace(FOREIGN_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/** The text of an amount or quantity while it is typed; `before` where the change makes no sense. */
export function typedDecimal(before: string, typed: string, decimals: number): string {
  const text = latinDigits(typed).trim().replace(/[,\u066b]/, ".");
  const whole = `\\d{0,${MAX_DIGITS - decimals}}`;
  const shape = new RegExp(decimals > 0 ? `^${whole}(\\.\\d{0,${decimals}})?$` : `^${whole}$`);
  if (!shape.test(text)) return before;
  return text.replace(/^0+(?=\d)/, "").replace(/^\./, "0.");
}

/** The same for a PIN. */
export function typedPin(before: string, typed: string): string {
  const text = latinDigits(typed);
  return /^\d{0,12}$/.test(text) ? text : before;
}

/** The text after a key of the keypad. */
export function pressed(text: string, key: string): string {
  return key === ERASE ? text.slice(0, -1) : text + key;
}

/** Plain decimal text out of what `typedDecimal` let stand: "12." is 12, nothing is nothing. */
export function finishedDecimal(text: string): string | null {
  return text === "" ? null : text.replace(/\.$/, "");
}
