/** The open lines on their way down: what is left of each, and which promotion took what off. */
import { addDecimals, formatDecimal, parseDecimal } from "../decimal.ts";
import type { PromotionShare } from "../figures.ts";
import { allocate, type Minor, multiply, sum } from "../money.ts";
import type { Candidate } from "./eligibility.ts";
import type { Component, Groups } from "./pools.ts";
import type { Promotion } from "./promotion.ts";
import { inTurn, reduced, type UnitPrice } from "./unit-prices.ts";

export class Bill {
  readonly #prices: readonly UnitPrice[];
  readonly #shares: Map<string, Minor>[];
  readonly #grouped: number[];
  readonly #left: Minor[];

  constructor(prices: readonly UnitPrice[]) {
    this.#prices = prices;
    this.#shares = prices.map(() => new Map());
    this.#grouped = prices.map(() => 0);
    this.#left = prices.map(({ line }) => multiply(line.quantity, line.unitPrice));
  }

  get left(): Minor {
    return sum(this.#left);
  }

  takeStacked(): void {
    this.#prices.forEach(({ line, stacked }, index) => {
      for (const { promotionId, before, after } of stacked) {
        this.#take(index, promotionId, difference(line.quantity, before, after));
      }
    });
  }

  /** Pieces go into groups line by line. */
  takeGroups(groups: Groups, { pools }: Component, candidates: readonly Candidate[]): void {
    const heaps = pools.map((pool) => pool.lines.map(([index, pieces]) => ({ index, pieces })));
    for (const { pattern, times } of groups) {
      const { promotionId } = candidates[pattern.candidate]!.promotion;
      for (const slot of pattern.slots) {
        const heap = heaps[slot.pool]!;
        for (let wanted = slot.pieces * times; wanted; ) {
          const first = heap[0]!;
          const taken = Math.min(wanted, first.pieces);
          wanted -= taken;
          first.pieces -= taken;
          if (!first.pieces) heap.shift();
          this.#grouped[first.index]! += taken;
          this.#take(first.index, promotionId, BigInt(taken) * slot.off);
        }
      }
    }
  }

  /** What stands alone, on the units that are in no group. */
  takeAlone(): void {
    this.#prices.forEach(({ line, price, alone }, index) => {
      if (!alone) return;
      const rest = without(line.quantity, this.#grouped[index]!);
      this.#take(index, alone.promotionId, difference(rest, price, alone.price));
    });
  }

  /** All that stack, or the best one that stands alone, whichever saves more. */
  takeTicket(promotions: readonly Promotion[]): void {
    const total = this.left;
    let chosen = inTurn(promotions.filter((each) => each.stacks));
    let least = chosen.reduce((amount, promotion) => reduced(promotion, amount), total);
    for (const promotion of promotions) {
      if (promotion.stacks || reduced(promotion, total) >= least) continue;
      chosen = [promotion];
      least = reduced(promotion, total);
    }
    for (const promotion of chosen) {
      const before = this.left;
      const shares = allocate(before - reduced(promotion, before), this.#left);
      shares.forEach((share, index) => this.#take(index, promotion.promotionId, share));
    }
  }

  /** What each promotion took off all lines; those that took nothing are absent. */
  taken(): Map<string, Minor> {
    const sums = new Map<string, Minor>();
    for (const shares of this.#shares) {
      for (const [promotionId, off] of shares) {
        sums.set(promotionId, (sums.get(promotionId) ?? 0n) + off);
      }
    }
    return sums;
  }

  sharesByLine(): Map<number, readonly PromotionShare[]> {
    return new Map(
      this.#prices.flatMap(({ line }, index) => {
        const shares = [...this.#shares[index]!].map(([promotionId, amount]) => ({
          promotionId,
          amount,
        }));
        return shares.length ? [[line.lineNo, shares] as const] : [];
      }),
    );
  }

  #take(index: number, promotionId: string, off: Minor): void {
    if (!off) return;
    const shares = this.#shares[index]!;
    shares.set(promotionId, (shares.get(promotionId) ?? 0n) + off);
    this.#left[index]! -= off;
  }
}

function difference(quantity: string, before: Minor, after: Minor): Minor {
  return multiply(quantity, before) - multiply(quantity, after);
}

/** The quantity without so many whole units; they were counted in it. */
function without(quantity: string, units: number): string {
  const decimal = parseDecimal(quantity);
  if (!decimal || !units) return quantity;
  return formatDecimal(addDecimals(decimal, { digits: BigInt(-units), scale: 0 }));
}
