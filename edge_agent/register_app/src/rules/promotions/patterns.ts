/**
 * Which groups are possible: every choice of pieces that one application could take.
 *
 * Part by part each choice so far is continued by every choice for the next part, dearest pools
 * first; at each part at most `limit` choices are looked at, in the same order as the agent does.
 */
import { allocate, sum } from "../money.ts";
import type { Candidate } from "./eligibility.ts";
import { type Count, nForMSlots, type Pattern, patternOf, type Pool, type Slot } from "./pools.ts";

type Takes = readonly Count[];

/** The patterns that gain something, and whether they are all there are. */
export function patternsOf(
  candidate: Candidate,
  among: {
    readonly number: number;
    readonly pools: readonly Pool[];
    /** How many pieces of each pool there are. */
    readonly counts: readonly number[];
    readonly limit: number;
  },
): { patterns: Pattern[]; whole: boolean } {
  const { number, pools, counts, limit } = among;
  const { kind, buy, parts } = candidate.promotion;
  const sizes = kind === "n_for_m" ? [buy!] : parts.map((part) => part.count);
  let choices: Takes[] = [[]];
  let whole = true;
  sizes.forEach((size, part) => {
    const want = `${number}:${part}`;
    const serving = pools.flatMap((pool, index) =>
      pool.wants.has(want) ? [[index, counts[index]!] as const] : [],
    );
    const next = continued(choices, size, serving, limit);
    choices = next.choices;
    whole = whole && next.complete;
  });
  const patterns = choices
    .map((takes) => patternOf(number, slotsOf(candidate, takes, pools), pools))
    .filter((pattern) => pattern.gain > 0n);
  return { patterns, whole };
}

function slotsOf({ promotion }: Candidate, takes: Takes, pools: readonly Pool[]): Slot[] {
  if (promotion.kind === "n_for_m") return nForMSlots(takes, promotion.pay!, pools);
  return bundleSlots(takes, promotion.price!, pools);
}

/** What the bundle saves, by largest remainder over its pieces; nothing where it is dearer. */
function bundleSlots(takes: Takes, bundlePrice: bigint, pools: readonly Pool[]): Slot[] {
  const pieces = takes.flatMap(([pool, count]) => Array.from({ length: count }, () => pool));
  const prices = pieces.map((pool) => pools[pool]!.price);
  const saved = sum(prices) - bundlePrice;
  const shares = allocate(saved > 0n ? saved : 0n, prices);
  const slots: Slot[] = [];
  pieces.forEach((pool, index) => {
    const off = shares[index]!;
    const last = slots.at(-1);
    if (last && last.pool === pool && last.off === off) {
      slots[slots.length - 1] = { pool, pieces: last.pieces + 1, off };
    } else slots.push({ pool, pieces: 1, off });
  });
  return slots;
}

/** Each choice with every choice of `size` more pieces of those pools; complete unless cut short. */
function continued(
  choices: readonly Takes[],
  size: number,
  serving: readonly Count[],
  limit: number,
): { choices: Takes[]; complete: boolean } {
  const found = new Map<string, Takes>();
  let lookedAt = 0;
  for (const takes of choices) {
    const taken = new Map(takes);
    const left = serving.map(([pool, count]) => count - (taken.get(pool) ?? 0));
    for (const picked of picks(left, size)) {
      lookedAt += 1;
      if (lookedAt > limit) return { choices: [...found.values()], complete: false };
      const both = new Map(taken);
      for (const position of picked) {
        const [pool] = serving[position]!;
        both.set(pool, (both.get(pool) ?? 0) + 1);
      }
      const choice = [...both].sort((a, b) => a[0] - b[0]);
      const key = choice.join(" ");
      if (!found.has(key)) found.set(key, choice);
    }
  }
  return { choices: [...found.values()], complete: true };
}

/** Every way to pick so many from heaps of these sizes: rising positions, the lowest first. */
function* picks(left: number[], count: number, start = 0): Generator<readonly number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  let ahead = left.slice(start).reduce((total, heap) => total + heap, 0);
  for (let position = start; position < left.length; position += 1) {
    if (ahead < count) return;
    ahead -= left[position]!;
    if (left[position]) {
      left[position]! -= 1;
      for (const more of picks(left, count - 1, position)) yield [position, ...more];
      left[position]! += 1;
    }
  }
}
