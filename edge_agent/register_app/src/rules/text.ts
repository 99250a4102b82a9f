/** The order of text by code points, as the agent has it; JavaScript's own goes by UTF-16 units. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    if (a[at] !== b[at]) return a.codePointAt(at)! - b.codePointAt(at)!;
  }
  return a.length - b.length;
}

/** How many characters, a character outside the basic plane counted once. */
export function lengthOf(text: string): number {
  return [...text].length;
}

// What Python's `str.strip` takes off; JavaScript's `trim` differs in \x1c-\x1f, \x85 and \ufeff.
const EDGE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const PADDED = new RegExp(`^${EDGE}|${EDGE}$`);

/** Whether the text begins or ends with space. */
export function isPadded(text: string): boolean {
  return PADDED.test(text);
}
