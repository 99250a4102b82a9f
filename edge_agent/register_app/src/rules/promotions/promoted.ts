/** What promotions are looked for on, and what is found; as of `protocol.checkout.promoted`. */
import type { PromotionShare } from "../figures.ts";
import type { Minor } from "../money.ts";

export type PromotionState =
  | "applied"
  | "not-today"
  | "not-now"
  | "no-coupon"
  | "not-for-this-customer"
  | "no-goods"
  | "below-minimum"
  | "another-saves-more"
  | "malformed";

export type CouponState = "used" | "twice" | "unknown" | "nothing-to-take-off";

/** One line with its price in force. `barred`: no promotion touches it (price overridden). */
export interface PromotedLine {
  readonly lineNo: number;
  readonly productId: string;
  readonly category: string | null;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: Minor;
  readonly taxRatePpm: bigint;
  readonly barred: boolean;
}

/** The ticket before any reduction; `minute` since local midnight. */
export interface PromotedBasket {
  readonly currency: string;
  readonly businessDate: string;
  readonly minute: number;
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly PromotedLine[];
  readonly coupons: readonly string[];
  readonly priceLists: readonly string[];
}

export interface PromotionOutcome {
  readonly promotionId: string;
  readonly state: PromotionState;
  readonly amount: Minor;
}

export interface CouponOutcome {
  readonly code: string;
  readonly state: CouponState;
}

/** `shares` by line number, in the order in which they came off; `cut`: ended before the best. */
export interface Reductions {
  readonly shares: ReadonlyMap<number, readonly PromotionShare[]>;
  readonly outcomes: readonly PromotionOutcome[];
  readonly coupons: readonly CouponOutcome[];
  readonly cut: boolean;
}
