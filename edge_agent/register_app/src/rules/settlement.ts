/** Duty, cash rounding, change: the second half of the fixed order (promise M). */
import { Fault } from "./fault.ts";
import { CASH, type Settlement, type Tender } from "./figures.ts";
import { checked, type Minor, roundHalfAway, sum } from "./money.ts";
import { checkCashStep, checkTenders } from "./validation.ts";

/** What is due in cash → the duty on it. */
export type Duty = (cash: Minor) => Minor;

export const noDuty: Duty = () => 0n;

/** How the goods are paid. Faults: `overpaid`, `short-tender`. */
export function settle(
  goodsDue: Minor,
  tenders: readonly Tender[],
  { cashStep, duty }: { readonly cashStep: Minor; readonly duty: Duty },
): Settlement {
  checkTenders(tenders);
  checkCashStep(cashStep);
  const cash = tenders.filter((tender) => tender.kind === CASH).map((tender) => tender.amount);
  const exact = sum(tenders.filter((tender) => tender.kind !== CASH).map((tender) => tender.amount));
  if (exact > goodsDue) throw new Fault("overpaid", ["tenders"]);
  const owed = cash.length ? duty(goodsDue - exact) : 0n;
  const due = checked(goodsDue + owed);
  const rounding = cash.length ? cashRounding(due - exact, cashStep) : 0n;
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

/** As `settle`, but no duty comes back, and a refund gives no change (`overpaid`). */
export function settleRefund(
  goodsDue: Minor,
  tenders: readonly Tender[],
  cashStep: Minor,
): Settlement {
  const settlement = settle(goodsDue, tenders, { cashStep, duty: noDuty });
  if (settlement.change) throw new Fault("overpaid", ["tenders"]);
  return settlement;
}

/** What brings an amount due in cash to the nearest multiple of the step, halves away. */
export function cashRounding(cashDue: Minor, cashStep: Minor): Minor {
  checkCashStep(cashStep);
  return roundHalfAway(cashDue, cashStep) * cashStep - cashDue;
}
