/** Whether a basket makes sense at all: every fault is named with the path of its field. */
import {
  type Basket,
  CASH,
  type Discount,
  type Line,
  PPM,
  type PromotionShare,
  type Tender,
} from "./figures.ts";
import { exponentOf } from "./currencies.ts";
import { Fault } from "./fault.ts";
import { MAX_AMOUNT_MINOR, type Minor } from "./money.ts";
import { parseQuantity, UNIT_SCALES } from "./quantity.ts";

const MAX_LINES = 2000;
const MAX_DISCOUNTS = 100;
const MAX_TENDERS = 100;
export const MAX_LINE_PROMOTIONS = 1000;
const MAX_RATE_PPM = 10n * PPM;

export function checkBasket(basket: Basket): void {
  exponentOf(basket.currency);
  const { lines, ticketDiscounts } = basket;
  refuse([
    ...(lines.length < 1 || lines.length > MAX_LINES ? ["lines"] : []),
    ...(ticketDiscounts.length > MAX_DISCOUNTS ? ["ticket_discounts"] : []),
    ...lineNumberFaults(lines.map((line) => line.lineNo)),
    ...lines.flatMap((line, index) => lineFaults(line).map((field) => `lines.${index}.${field}`)),
    ...ticketDiscounts.flatMap((discount, index) =>
      isDiscount(discount) ? [] : [`ticket_discounts.${index}`],
    ),
  ]);
}

export function checkTenders(tenders: readonly Tender[]): void {
  refuse([
    ...(tenders.length > MAX_TENDERS ? ["tenders"] : []),
    ...tenders.flatMap((tender, index) => [
      ...(tender.kind ? [] : [`tenders.${index}.kind`]),
      ...(within(tender.amount, tender.kind === CASH ? 0n : 1n, MAX_AMOUNT_MINOR)
        ? []
        : [`tenders.${index}.amount_minor`]),
    ]),
  ]);
}

export function checkCashStep(cashStep: Minor): void {
  if (cashStep < 1n) throw new Fault("cash-step-not-positive");
}

/** Line numbers below one, and those used before. */
export function lineNumberFaults(numbers: readonly number[]): string[] {
  const seen = new Set<number>();
  return numbers.flatMap((number, index) => {
    const isWrong = number < 1 || seen.has(number);
    seen.add(number);
    return isWrong ? [`lines.${index}.line_no`] : [];
  });
}

function lineFaults(line: Line): string[] {
  const faults = [];
  if (!Object.hasOwn(UNIT_SCALES, line.unit)) faults.push("unit");
  else if (!isAboveZero(line.quantity, line.unit)) faults.push("quantity");
  if (!within(line.unitPrice, 0n, MAX_AMOUNT_MINOR)) faults.push("unit_price_minor");
  if (!line.taxId) faults.push("tax_id");
  const { taxTreatment = "taxed", promotions = [] } = line;
  const isUntaxed = taxTreatment !== "taxed";
  if (!within(line.taxRatePpm, 0n, isUntaxed ? 0n : MAX_RATE_PPM)) faults.push("tax_rate_ppm");
  faults.push(...promotionFaults(promotions));
  if (line.discount && !isDiscount(line.discount)) faults.push("discount");
  return faults;
}

function promotionFaults(shares: readonly PromotionShare[]): string[] {
  const seen = new Set<string>();
  const faults = shares.flatMap(({ promotionId, amount }, index) => {
    const isTwice = seen.has(promotionId);
    seen.add(promotionId);
    return [
      ...(within(amount, 1n, MAX_AMOUNT_MINOR) ? [] : [`promotions.${index}.amount_minor`]),
      ...(isTwice ? [`promotions.${index}.promotion_id`] : []),
    ];
  });
  return shares.length > MAX_LINE_PROMOTIONS ? ["promotions", ...faults] : faults;
}

/** Whether the text is a quantity of the unit, and more than nothing. */
export function isAboveZero(quantity: string, unit: string): boolean {
  try {
    const canonical = parseQuantity(quantity, unit);
    return canonical !== "0" && !canonical.startsWith("-");
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function isDiscount({ percentPpm, amount }: Discount): boolean {
  if ((percentPpm === undefined) === (amount === undefined)) return false;
  if (percentPpm !== undefined) return within(percentPpm, 0n, PPM);
  return within(amount ?? 0n, 0n, MAX_AMOUNT_MINOR);
}

function within(value: bigint, least: bigint, most: bigint): boolean {
  return value >= least && value <= most;
}

function refuse(fields: string[]): void {
  if (fields.length) throw new Fault("malformed-basket", fields);
}
