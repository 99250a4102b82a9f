/**
 * Pieces for groups: which are alike, which promotions share them, and what one group takes.
 *
 * Pools stand in falling price, then rising weight, then by their first line. Savings are weighted:
 * by 1 where prices include tax, else by PPM + rate, for the tax that they save.
 */
import { PPM } from "../figures.ts";
import { compare, type Minor } from "../money.ts";
import { type Candidate, piecesOf } from "./eligibility.ts";
import { aloneOff, type UnitPrice } from "./unit-prices.ts";

/** So many pieces of a line, by its index, or of a pool, by its. */
export type Count = readonly [at: number, pieces: number];

/**
 * Pieces that nothing tells apart. `alone`: what a piece loses by taking part in a group. `wants`:
 * who wants them, as "candidate:part".
 */
export interface Pool {
  readonly price: Minor;
  readonly alone: Minor;
  readonly weight: bigint;
  readonly lines: readonly Count[];
  readonly wants: ReadonlySet<string>;
  readonly pieces: number;
}

/** Of a group: so many pieces of a pool, and what comes off each. */
export interface Slot {
  readonly pool: number;
  readonly pieces: number;
  readonly off: Minor;
}

/** What one application of a candidate takes; `gain` is weighted, beyond what stands alone. */
export interface Pattern {
  readonly candidate: number;
  readonly takes: readonly Count[];
  readonly slots: readonly Slot[];
  readonly gain: bigint;
  readonly size: number;
}

/** Candidates (indexes, rising) that share pieces, and those pieces. */
export interface Component {
  readonly candidates: readonly number[];
  readonly pools: readonly Pool[];
}

/** So often a pattern is applied. */
export type Groups = { readonly pattern: Pattern; readonly times: number }[];

/** The group candidates, split where no piece is shared; in order of their first candidate. */
export function components(
  prices: readonly UnitPrice[],
  candidates: readonly Candidate[],
  included: boolean,
): Component[] {
  const wants: Set<string>[] = prices.map(() => new Set());
  candidates.forEach(({ parts }, number) =>
    parts.forEach((lines, part) => lines.forEach((line) => wants[line]!.add(`${number}:${part}`))),
  );
  const pools = poolsOf(prices, wants, included);
  let sets: Set<number>[] = [];
  for (const pool of pools) {
    const numbers = candidatesOf(pool);
    const joined = sets.filter((each) => numbers.some((number) => each.has(number)));
    const apart = sets.filter((each) => !joined.includes(each));
    sets = [...apart, new Set([...numbers, ...joined.flatMap((each) => [...each])])];
  }
  return sets
    .map((each) => [...each].sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!)
    .map((numbers) => ({
      candidates: numbers,
      pools: pools.filter((pool) => candidatesOf(pool).some((number) => numbers.includes(number))),
    }));
}

/** The pattern of slots that stand in the order of pools. */
export function patternOf(
  candidate: number,
  slots: readonly Slot[],
  pools: readonly Pool[],
): Pattern {
  const taken = new Map<number, number>();
  for (const { pool, pieces } of slots) taken.set(pool, (taken.get(pool) ?? 0) + pieces);
  const takes = [...taken];
  let gain = 0n;
  for (const { pool, pieces, off } of slots) gain += BigInt(pieces) * off * pools[pool]!.weight;
  for (const [pool, pieces] of takes) {
    gain -= BigInt(pieces) * pools[pool]!.alone * pools[pool]!.weight;
  }
  const size = takes.reduce((total, [, pieces]) => total + pieces, 0);
  return { candidate, takes, slots, gain, size };
}

/** Of pieces in the order of pools the first `pay` are paid, the rest is free. */
export function nForMSlots(takes: readonly Count[], pay: number, pools: readonly Pool[]): Slot[] {
  let toPay = pay;
  return takes.flatMap(([pool, count]) => {
    const paid = Math.min(count, toPay);
    toPay -= paid;
    return [
      ...(paid ? [{ pool, pieces: paid, off: 0n }] : []),
      ...(count > paid ? [{ pool, pieces: count - paid, off: pools[pool]!.price }] : []),
    ];
  });
}

function candidatesOf(pool: Pool): number[] {
  return [...pool.wants].map((want) => Number.parseInt(want, 10));
}

function poolsOf(
  prices: readonly UnitPrice[],
  wants: readonly ReadonlySet<string>[],
  included: boolean,
): Pool[] {
  const alike = new Map<string, { price: UnitPrice; weight: bigint; lines: Count[] }>();
  const wantsOf = (index: number) => wants[index]!;
  prices.forEach((price, index) => {
    if (wantsOf(index).size === 0) return;
    const rate = price.line.taxRatePpm;
    const weight = included ? 1n : PPM + (rate > 0n ? rate : 0n);
    const who = [...wantsOf(index)].sort().join(" ");
    const key = `${price.price} ${aloneOff(price)} ${weight} ${who}`;
    const pool = alike.get(key) ?? { price, weight, lines: [] };
    alike.set(key, pool);
    pool.lines.push([index, piecesOf(price.line)]);
  });
  return [...alike.values()]
    .map(({ price, weight, lines }) => ({
      price: price.price,
      alone: aloneOff(price),
      weight,
      lines,
      wants: wantsOf(lines[0]![0]),
      pieces: lines.reduce((total, [, pieces]) => total + pieces, 0),
    }))
    .sort(
      (a, b) =>
        compare(b.price, a.price) || compare(a.weight, b.weight) || a.lines[0]![0] - b.lines[0]![0],
    );
}
