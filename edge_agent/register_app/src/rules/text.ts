/** The order of text by code points, as the agent has it; JavaScript's own goes by UTF-16 units. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    if (a[at] !== b[at]) return a.codePointAt(at)! - b.codePointAt(at)!;
  }
  return a.length - b.length;
}
