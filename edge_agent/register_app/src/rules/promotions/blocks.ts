/**
 * One N for M by itself, solved over its pieces in falling price by dynamic programming.
 *
 * As `protocol.checkout.blocks`, which says why this is exact; equals fall the same way here.
 */
import {
  type Count,
  type Groups,
  nForMSlots,
  type Pattern,
  patternOf,
  type Pool,
} from "./pools.ts";

const MAX_STEPS = 200_000;

/** The candidate's number among all, and its terms. */
export interface NForM {
  readonly number: number;
  readonly buy: number;
  readonly pay: number;
  readonly most: number | null;
}

interface Solution {
  readonly groups: Groups;
  readonly exact: boolean;
}

/** One piece: its pool, and the weighted gain as a paid and as a free one. */
interface Piece {
  readonly pool: number;
  readonly paidGain: bigint;
  readonly freeGain: bigint;
}

/** The groups to make of so many pieces of each pool, and whether nothing is better. */
export function bestBlocks(
  terms: NForM,
  pools: readonly Pool[],
  counts: readonly number[],
): Solution {
  const weights = new Set(pools.filter((_, index) => counts[index]).map((pool) => pool.weight));
  const exact = weights.size < 2;
  const { own, rest } = takenOut(terms, pools, counts);
  const groups = [...own, ...grouped(terms, pools, solve(terms, pools, rest, null))];
  const made = groups.reduce((total, { times }) => total + times, 0);
  if (terms.most === null || made <= terms.most) return { groups, exact };
  const reach = terms.most * terms.buy;
  const capped = counts.map((count) => Math.min(count, reach));
  if (capped.reduce((total, count) => total + count, 0) * reach <= MAX_STEPS) {
    return { groups: grouped(terms, pools, solve(terms, pools, capped, terms.most)), exact };
  }
  return { groups: mostGainful(groups, terms.most), exact: false };
}

/** Groups that one pool makes alone, and how many pieces of each remain to be thought about. */
function takenOut(
  terms: NForM,
  pools: readonly Pool[],
  counts: readonly number[],
): { own: Groups; rest: number[] } {
  const own: Groups = [];
  const rest = counts.map((count, index) => {
    const pattern = groupOf(terms, pools, [[index, terms.buy]]);
    if (pattern.gain <= 0n) return Math.min(count, terms.buy - 1);
    const times = Math.max(0, Math.floor(count / terms.buy) - 2);
    if (times) own.push({ pattern, times });
    return count - times * terms.buy;
  });
  return { own, rest };
}

/**
 * The pools of the pieces that take part, in order. Without `most` a state is the pieces in the
 * open group, a full one being empty again; with it, the pieces in all groups.
 */
function solve(
  terms: NForM,
  pools: readonly Pool[],
  counts: readonly number[],
  most: number | null,
): number[] {
  const states = most === null ? terms.buy : most * terms.buy + 1;
  const pieces = piecesIn(pools, counts);
  let best: (bigint | null)[] = [0n, ...Array.from({ length: states - 1 }, () => null)];
  const taken = pieces.map((piece) => {
    const after = [...best];
    const marks = new Uint8Array(states);
    best.forEach((gain, state) => {
      const into = most === null ? (state + 1) % states : state + 1;
      if (gain === null || into === states) return;
      const isFree = state % terms.buy >= terms.pay;
      const reached = gain + (isFree ? piece.freeGain : piece.paidGain);
      const before = after[into] ?? null;
      if (before === null || reached > before) {
        after[into] = reached;
        marks[into] = 1;
      }
    });
    best = after;
    return marks;
  });
  let state = 0;
  for (let whole = 0; whole < states; whole += terms.buy) {
    if ((best[whole] ?? 0n) > (best[state] ?? 0n)) state = whole;
  }
  const chosen: number[] = [];
  for (let at = pieces.length - 1; at >= 0; at -= 1) {
    if (!taken[at]![state]) continue;
    chosen.push(pieces[at]!.pool);
    state = (state - 1 + states) % states;
  }
  return chosen.reverse();
}

function piecesIn(pools: readonly Pool[], counts: readonly number[]): Piece[] {
  return pools.flatMap((pool, index) => {
    const lost = pool.alone * pool.weight;
    const piece = { pool: index, paidGain: -lost, freeGain: pool.price * pool.weight - lost };
    return Array.from({ length: counts[index]! }, () => piece);
  });
}

function grouped(terms: NForM, pools: readonly Pool[], chosen: readonly number[]): Groups {
  const groups: Groups = [];
  for (let start = 0; start < chosen.length; start += terms.buy) {
    const counts = new Map<number, number>();
    for (const pool of chosen.slice(start, start + terms.buy)) {
      counts.set(pool, (counts.get(pool) ?? 0) + 1);
    }
    const takes = [...counts].sort((a, b) => a[0] - b[0]);
    groups.push({ pattern: groupOf(terms, pools, takes), times: 1 });
  }
  return groups;
}

function groupOf(terms: NForM, pools: readonly Pool[], takes: readonly Count[]): Pattern {
  return patternOf(terms.number, nForMSlots(takes, terms.pay, pools), pools);
}

function mostGainful(groups: Groups, most: number): Groups {
  let left = most;
  const kept: Groups = [];
  for (const { pattern, times } of [...groups].sort(byGain)) {
    if (left === 0) break;
    kept.push({ pattern, times: Math.min(times, left) });
    left -= kept.at(-1)!.times;
  }
  return kept;
}

function byGain(a: Groups[number], b: Groups[number]): number {
  const [one, other] = [a.pattern, b.pattern];
  if (one.gain !== other.gain) return one.gain > other.gain ? -1 : 1;
  return compareTakes(one.takes, other.takes);
}

/** As tuples compare in Python: pair by pair, the shorter first. */
export function compareTakes(a: readonly Count[], b: readonly Count[]): number {
  const [one, other] = [a.flat(), b.flat()];
  for (const [index, figure] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    if (figure !== against) return figure - against;
  }
  return one.length - other.length;
}
