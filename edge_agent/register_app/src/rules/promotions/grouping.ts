/**
 * The groups of one component: which promotions of several pieces are applied to what.
 *
 * As `protocol.checkout.grouping`: exact where it can be, else the better of the search that was cut
 * and of one promotion after another.
 */
import { bestBlocks } from "./blocks.ts";
import type { Candidate } from "./eligibility.ts";
import { pack } from "./packing.ts";
import { patternsOf } from "./patterns.ts";
import type { Component, Groups, Pattern } from "./pools.ts";

const MAX_PATTERNS = 1_000;
const MAX_TURNS = 8;

interface Found {
  readonly groups: Groups;
  readonly exact: boolean;
}

/** The applications in their order, and whether nothing is better. */
export function bestGroups(component: Component, candidates: readonly Candidate[]): Found {
  return new Grouping(component, candidates).best();
}

/** One component on its way to its groups. */
class Grouping {
  readonly #component: Component;
  readonly #candidates: readonly Candidate[];
  readonly #limit: number;

  constructor(component: Component, candidates: readonly Candidate[]) {
    this.#component = component;
    this.#candidates = candidates;
    this.#limit = Math.max(1, Math.floor(MAX_PATTERNS / component.candidates.length));
  }

  best(): Found {
    const counts = this.#component.pools.map((pool) => pool.pieces);
    const numbers = this.#component.candidates;
    if (numbers.length === 1) {
      const alone = this.#alone(numbers[0]!, counts);
      if (alone.exact || this.#promotion(numbers[0]!).kind === "bundle") return alone;
    }
    const packed = this.#packed(numbers, counts);
    if (packed.exact) return packed;
    const stepwise = this.#stepwise(counts);
    const isBetter = gainOf(stepwise) > gainOf(packed.groups);
    return { groups: isBetter ? stepwise : packed.groups, exact: false };
  }

  #promotion(number: number): Candidate["promotion"] {
    return this.#candidates[number]!.promotion;
  }

  #alone(number: number, counts: readonly number[]): Found {
    const { kind, buy, pay, most } = this.#promotion(number);
    if (kind !== "n_for_m") return this.#packed([number], counts);
    const { pools } = this.#component;
    const want = `${number}:0`;
    const wanted = counts.map((count, pool) => (pools[pool]!.wants.has(want) ? count : 0));
    return bestBlocks({ number, buy: buy!, pay: pay!, most }, pools, wanted);
  }

  /** Once over all patterns; where those are too many, again on what is left. */
  #packed(numbers: readonly number[], counts: readonly number[]): Found {
    const left = [...counts];
    const limits = numbers.map((number) => [number, this.#promotion(number).most] as const);
    const most = new Map(limits.flatMap(([number, limit]) => (limit ? [[number, limit]] : [])));
    const groups: Groups = [];
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const { patterns, whole } = this.#patterns(numbers, left);
      const found = pack(patterns, left, most);
      groups.push(...found.groups);
      if (whole || found.groups.length === 0) {
        return { groups, exact: whole && found.exact && turn === 0 };
      }
      useUp(left, found.groups);
      for (const { pattern, times } of found.groups) {
        const limit = most.get(pattern.candidate);
        if (limit !== undefined) most.set(pattern.candidate, limit - times);
      }
    }
    return { groups, exact: false };
  }

  #patterns(
    numbers: readonly number[],
    counts: readonly number[],
  ): { patterns: Pattern[]; whole: boolean } {
    const all = numbers.map((number) =>
      patternsOf(this.#candidates[number]!, {
        number,
        pools: this.#component.pools,
        counts,
        limit: this.#limit,
      }),
    );
    return {
      patterns: all.flatMap((each) => each.patterns),
      whole: all.every((each) => each.whole),
    };
  }

  /** Each promotion by itself on what is left, the one that gains most alone first. */
  #stepwise(counts: readonly number[]): Groups {
    const alone = this.#component.candidates.map((number) => ({
      number,
      gain: gainOf(this.#alone(number, counts).groups),
    }));
    alone.sort((a, b) => (a.gain === b.gain ? a.number - b.number : a.gain > b.gain ? -1 : 1));
    const left = [...counts];
    return alone.flatMap(({ number }) => {
      const { groups } = this.#alone(number, left);
      useUp(left, groups);
      return groups;
    });
  }
}

function useUp(left: number[], groups: Groups): void {
  for (const { pattern, times } of groups) {
    for (const [pool, count] of pattern.takes) left[pool]! -= times * count;
  }
}

function gainOf(groups: Groups): bigint {
  return groups.reduce((total, { pattern, times }) => total + pattern.gain * BigInt(times), 0n);
}
