/** Stamp duty on what is paid in cash: dated tariffs, as `protocol.checkout.duty` reckons them. */
import { inForce } from "./dated.ts";
import { Fault } from "./fault.ts";
import type { Paper } from "./figures.ts";
import { checked, MAX_AMOUNT_MINOR, type Minor, sum } from "./money.ts";

const MAX_BRACKETS = 50;

/** Of cash above `above`: `duty` for each started `tranche`. */
export interface DutyBracket {
  readonly above: Minor;
  readonly tranche: Minor;
  readonly duty: Minor;
}

/** What holds for cash in a currency from a day (ISO date) until the currency's next tariff. */
export interface CashDutyTariff {
  readonly currency: string;
  readonly validFrom: string;
  readonly brackets: readonly DutyBracket[];
  readonly mode: "whole" | "marginal";
  readonly scope: "invoices" | "tickets";
  readonly exemptUpTo: Minor;
  readonly minimum: Minor;
  readonly maximum: Minor | null;
}

/** The duty on an amount due in cash. Faults: `malformed-tariff`, `amount-too-large`. */
export function cashDuty(
  cash: Minor,
  ticket: { readonly currency: string; readonly businessDate: string; readonly paper?: Paper },
  tariffs: readonly CashDutyTariff[],
): Minor {
  const ours = tariffs.filter((each) => each.currency === ticket.currency);
  const tariff = inForce(ours, ticket.businessDate);
  const isSpared = tariff?.scope === "invoices" && (ticket.paper ?? "ticket") === "ticket";
  return tariff && !isSpared ? dutyBy(tariff, cash) : 0n;
}

function dutyBy(tariff: CashDutyTariff, cash: Minor): Minor {
  checkTariff(tariff);
  if (cash <= tariff.exemptUpTo) return 0n;
  const parts = tariff.mode === "marginal" ? marginal(tariff, cash) : whole(tariff, cash);
  const owed = larger(tariff.minimum, sum(parts));
  return checked(tariff.maximum === null ? owed : smaller(owed, tariff.maximum));
}

/** Every fault by its field; brackets ascend and leave no gap above what is exempt. */
export function checkTariff(tariff: CashDutyTariff): void {
  const { brackets, exemptUpTo, minimum, maximum } = tariff;
  const fields = new Set<string>();
  if (brackets.length < 1 || brackets.length > MAX_BRACKETS) fields.add("brackets");
  else if (brackets[0]!.above > exemptUpTo) fields.add("brackets.0.above_minor");
  brackets.forEach((bracket, index) => {
    if (!within(bracket.above, 0n)) fields.add(`brackets.${index}.above_minor`);
    if (!within(bracket.tranche, 1n)) fields.add(`brackets.${index}.tranche_minor`);
    if (!within(bracket.duty, 0n)) fields.add(`brackets.${index}.duty_minor`);
    const before = brackets[index - 1];
    if (before && bracket.above <= before.above) fields.add(`brackets.${index}.above_minor`);
  });
  if (!within(exemptUpTo, 0n)) fields.add("exempt_up_to_minor");
  if (!within(minimum, 0n)) fields.add("minimum_minor");
  if (maximum !== null && (!within(maximum, 0n) || maximum < minimum)) fields.add("maximum_minor");
  if (fields.size) throw new Fault("malformed-tariff", [...fields]);
}

function whole({ brackets }: CashDutyTariff, cash: Minor): Minor[] {
  const reached = brackets.filter((bracket) => bracket.above < cash).at(-1);
  return reached ? [started(cash, reached)] : [];
}

function marginal({ brackets }: CashDutyTariff, cash: Minor): Minor[] {
  return brackets.map((bracket, index) => {
    const end = brackets[index + 1]?.above ?? cash;
    return started(larger(0n, smaller(cash, end) - bracket.above), bracket);
  });
}

function started(part: Minor, { tranche, duty }: DutyBracket): Minor {
  return ((part + tranche - 1n) / tranche) * duty;
}

function within(value: Minor, least: Minor): boolean {
  return value >= least && value <= MAX_AMOUNT_MINOR;
}

function larger(a: Minor, b: Minor): Minor {
  return a > b ? a : b;
}

function smaller(a: Minor, b: Minor): Minor {
  return a < b ? a : b;
}
