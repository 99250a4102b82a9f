/**
 * Which patterns to apply how often, where several could use the same pieces: branch and bound.
 *
 * As `protocol.checkout.packing`: same order, same bound, same count of nodes and looks, hence the
 * same end. Of equals the one found first stands.
 */
import { compareTakes } from "./blocks.ts";
import type { Count, Groups, Pattern } from "./pools.ts";
import { MAX_GROUP_PIECES } from "./promotion.ts";

const MAX_NODES = 5_000;
const MAX_LOOKS = 250_000;
const COMMON = leastCommonMultiple(MAX_GROUP_PIECES);

/** The patterns applied so far, last first. */
interface Link {
  readonly at: number;
  readonly times: number;
  readonly before: Link | null;
}

/** Apply pattern `at` so many `times` to what is `left`; `gain` and `chain` are from before. */
interface Node {
  readonly at: number;
  readonly times: number;
  readonly left: readonly number[];
  readonly gain: bigint;
  readonly chain: Link | null;
}

/** The applications that gain most, and whether nothing is better; `most` by candidate. */
export function pack(
  patterns: readonly Pattern[],
  counts: readonly number[],
  most: ReadonlyMap<number, number>,
): { groups: Groups; exact: boolean } {
  return new Search(patterns, counts, most).run();
}

/** Limits are counted down like pools, behind them; only pools hold pieces to gain from. */
class Search {
  readonly #patterns: readonly Pattern[];
  readonly #worths: readonly bigint[];
  readonly #needs: readonly (readonly Count[])[];
  readonly #start: readonly number[];
  /** For each pool the patterns that use it, rising. */
  readonly #users: readonly number[][];
  #best = 0n;
  #chain: Link | null = null;
  #looks = 0;

  constructor(
    patterns: readonly Pattern[],
    counts: readonly number[],
    most: ReadonlyMap<number, number>,
  ) {
    const ranked = patterns.map((pattern) => ({ pattern, worth: worthOf(pattern) })).sort(byWorth);
    this.#patterns = ranked.map(({ pattern }) => pattern);
    this.#worths = ranked.map(({ worth }) => worth);
    const limited = [...most.keys()].sort((a, b) => a - b);
    this.#needs = this.#patterns.map(({ candidate, takes }) =>
      most.has(candidate) ? [...takes, [counts.length + limited.indexOf(candidate), 1]] : takes,
    );
    this.#start = [...counts, ...limited.map((candidate) => most.get(candidate)!)];
    this.#users = counts.map(() => []);
    this.#patterns.forEach(({ takes }, at) => takes.forEach(([pool]) => this.#users[pool]!.push(at)));
  }

  /** Depth first from a stack; the sibling waits below the child. */
  run(): { groups: Groups; exact: boolean } {
    const stack: Node[] = [];
    this.#push(stack, 0, { left: this.#start, gain: 0n, chain: null });
    for (let nodes = 0; stack.length && nodes < MAX_NODES && this.#looks < MAX_LOOKS; nodes += 1) {
      const node = stack.pop()!;
      const left = this.#after(node);
      const gain = node.gain + BigInt(node.times) * this.#patterns[node.at]!.gain;
      if (this.#isHopeless(node.at + 1, left, gain)) continue;
      let { chain } = node;
      if (node.times) {
        chain = { at: node.at, times: node.times, before: chain };
        stack.push({ ...node, times: node.times - 1 });
      }
      if (gain > this.#best) {
        this.#best = gain;
        this.#chain = chain;
      }
      this.#push(stack, node.at + 1, { left, gain, chain });
    }
    return { groups: this.#applied(), exact: stack.length === 0 };
  }

  /** The next pattern that fits, as often as it does; nothing if no more fits. */
  #push(stack: Node[], start: number, from: Pick<Node, "left" | "gain" | "chain">): void {
    for (let at = start; at < this.#patterns.length; at += 1) {
      this.#looks += 1;
      let times = Infinity;
      for (const [index, count] of this.#needs[at]!) {
        times = Math.min(times, Math.floor(from.left[index]! / count));
      }
      if (times) {
        stack.push({ at, times, ...from });
        return;
      }
    }
  }

  #after({ at, times, left }: Node): number[] {
    const after = [...left];
    for (const [index, count] of this.#needs[at]!) after[index]! -= times * count;
    return after;
  }

  /** Whether even the best use of each piece left does not beat the best so far. */
  #isHopeless(start: number, left: readonly number[], gain: bigint): boolean {
    this.#looks += this.#users.length;
    let reach = (gain - this.#best) * COMMON;
    this.#users.forEach((users, pool) => {
      const pieces = left[pool]!;
      const first = users[firstNotBelow(users, start)];
      if (pieces && first !== undefined) reach += BigInt(pieces) * this.#worths[first]!;
    });
    return reach <= 0n;
  }

  #applied(): Groups {
    const groups: Groups = [];
    for (let link = this.#chain; link; link = link.before) {
      groups.push({ pattern: this.#patterns[link.at]!, times: link.times });
    }
    return groups.reverse();
  }
}

/** Gain per piece, over a common multiple of all group sizes. */
function worthOf(pattern: Pattern): bigint {
  return pattern.gain * (COMMON / BigInt(pattern.size));
}

type Ranked = { readonly pattern: Pattern; readonly worth: bigint };

function byWorth(a: Ranked, b: Ranked): number {
  if (a.worth !== b.worth) return a.worth > b.worth ? -1 : 1;
  const [one, other] = [a.pattern, b.pattern];
  return one.candidate - other.candidate || compareTakes(one.takes, other.takes);
}

/** The first index whose number is at least `least`, in rising numbers. */
function firstNotBelow(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function leastCommonMultiple(upTo: number): bigint {
  let multiple = 1n;
  for (let each = 2n; each <= BigInt(upTo); each += 1n) {
    let [a, b] = [multiple, each];
    while (b) [a, b] = [b, a % b];
    multiple = (multiple / a) * each;
  }
  return multiple;
}
