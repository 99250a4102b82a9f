/** Duty, cash rounding, change: the second half of the fixed order (promise M). */
import { Fault } from "./fault.ts";
import { CASH, type Settlement, type Tender } from "./figures.ts";
import { checked, type Minor, roundHalfAway, sum } from "./money.ts";
import { checkCashStep, checkTenders } from "./validation.ts";

/** What is due in cash → the duty on it. */
export type Duty = (cash: Minor) => Minor;

/** What is due in cash → what rounds it. */
export type Rounding = (cash: Minor) => Minor;

export const noDuty: Duty = () => 0n;

/** How the goods are paid. Faults: `overpaid`, `short-tender`. */
export function settle(
  goodsDue: Minor,
  tenders: readonly Tender[],
  { cashStep, duty }: { readonly cashStep: Minor; readonly duty: Duty },
): Settlement {
  checkTenders(tenders);
  checkCashStep(cashStep);
  return settleBy(goodsDue, tenders, { duty, rounding: (cash) => cashRounding(cash, cashStep) });
}

function settleBy(
  goodsDue: Minor,
  tenders: readonly Tender[],
  { duty, rounding: roundingOf }: { readonly duty: Duty; readonly rounding: Rounding },
): Settlement {
  const cash = tenders.filter((tender) => tender.kind === CASH).map((tender) => tender.amount);
  const exact = sum(tenders.filter((tender) => tender.kind !== CASH).map((tender) => tender.amount));
  if (exact > goodsDue) throw new Fault("overpaid", ["tenders"]);
  const owed = cash.length ? duty(goodsDue - exact) : 0n;
  const due = checked(goodsDue + owed);
  const rounding = cash.length ? roundingOf(due - exact) : 0n;
  const change = sum(cash) - (due - exact + rounding);
  if (change < 0n) throw new Fault("short-tender", ["tenders"]);
  return {
    duty: owed,
    due,
    cashRounding: rounding,
    payable: due + rounding,
    tendered: checked(exact + sum(cash)),
    change,
  };
}

/**
 * As `settle`, but no duty comes back, and a refund gives no change (`overpaid`).
 *
 * `roundedBefore`: the cash rounding of the sale's earlier returns, which is made up for.
 */
export function settleRefund(
  goodsDue: Minor,
  tenders: readonly Tender[],
  { cashStep, roundedBefore }: { readonly cashStep: Minor; readonly roundedBefore: Minor },
): Settlement {
  checkTenders(tenders);
  checkCashStep(cashStep);
  const rounding: Rounding = (cash) => refundRounding(cash, cashStep, roundedBefore);
  const settlement = settleBy(goodsDue, tenders, { duty: noDuty, rounding });
  if (settlement.change) throw new Fault("overpaid", ["tenders"]);
  return settlement;
}

/** What brings an amount due in cash to the nearest multiple of the step, halves away. */
export function cashRounding(cashDue: Minor, cashStep: Minor): Minor {
  checkCashStep(cashStep);
  return roundHalfAway(cashDue, cashStep) * cashStep - cashDue;
}

/** As `cashRounding`, of all that a sale's returns have refunded in cash together. */
export function refundRounding(cashDue: Minor, cashStep: Minor, roundedBefore: Minor): Minor {
  const open = cashDue - roundedBefore;
  const payable = open + cashRounding(open, cashStep);
  return (payable > 0n ? payable : 0n) - cashDue;
}
