/**
 * A return's figures, all positive, as `protocol.checkout.returns` reckons them.
 *
 * With ticket each figure of a line is refunded by the cumulative quantity that came back, so that
 * portions never exceed what was charged and together give back exactly it; so does the tax.
 */
import { addDecimals, compareDecimals, type Decimal, negative, parseDecimal } from "./decimal.ts";
import { Fault } from "./fault.ts";
import type {
  Basket,
  Goods,
  LineFigures,
  Quote,
  TaxFigures,
  TaxKey,
  TaxTreatment,
  Tender,
} from "./figures.ts";
import { type Minor, roundHalfAway } from "./money.ts";
import { compareTaxKeys, goodsOf, priceGoods, taxKeyOf, taxOn } from "./pricing.ts";
import { type Sale, quoteOf } from "./sales.ts";
import { noDuty, refundRounding, type Rounding, settleRefund } from "./settlement.ts";
import { isAboveZero, lineNumberFaults } from "./validation.ts";

/** A line as it was sold, and how much of it has come back before. */
export interface OriginalLine {
  readonly lineNo: number;
  readonly quantity: string;
  readonly unit: string;
  readonly taxId: string;
  readonly taxRatePpm: bigint;
  readonly taxTreatment: TaxTreatment;
  readonly promotion: Minor;
  readonly lineDiscount: Minor;
  readonly ticketDiscount: Minor;
  readonly amount: Minor;
  readonly returnedQuantity: string;
}

/** The sale a return refers to, with the figures that were charged. */
export interface OriginalTicket {
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly OriginalLine[];
  readonly taxLines: readonly TaxFigures[];
}

/** So much of one original line comes back; `lineNo` is the return's own. */
export interface ReturnLine {
  readonly lineNo: number;
  readonly originalLineNo: number;
  readonly quantity: string;
}

/** `roundedBefore`: the cash rounding of the sale's earlier returns. */
export interface TicketReturn {
  readonly original: OriginalTicket;
  readonly lines: readonly ReturnLine[];
  readonly roundedBefore: Minor;
}

/** Faults: `malformed-return`, `already-returned`, and those of the tenders. */
export function priceReturn(
  coming: TicketReturn,
  tenders: readonly Tender[],
  cashStep: Minor,
): Sale {
  const goods = goodsComingBack(coming);
  const { roundedBefore } = coming;
  return { goods, settlement: settleRefund(goods.due, tenders, { cashStep, roundedBefore }) };
}

/** What is to refund. */
export function quoteReturn(coming: TicketReturn, cashStep: Minor): Quote {
  const rounding: Rounding = (cash) => refundRounding(cash, cashStep, coming.roundedBefore);
  return quoteOf(goodsComingBack(coming), { duty: noDuty, rounding });
}

/** A return that names no sale: priced like one, paid back exactly. */
export function priceReturnWithoutTicket(
  basket: Basket,
  tenders: readonly Tender[],
  cashStep: Minor,
): Sale {
  const goods = priceGoods(basket);
  return { goods, settlement: settleRefund(goods.due, tenders, { cashStep, roundedBefore: 0n }) };
}

function goodsComingBack({ original, lines }: TicketReturn): Goods {
  const sold = new Map(original.lines.map((line) => [line.lineNo, line]));
  checkLines(lines, sold);
  const figures = [...lines]
    .sort((a, b) => a.lineNo - b.lineNo)
    .map((line) => lineFigures(line, sold.get(line.originalLineNo)!));
  const coming = new Map(lines.map((line) => [line.originalLineNo, decimal(line.quantity)]));
  const keys = new Map(
    lines.map((line) => {
      const key = taxKeyOf(sold.get(line.originalLineNo)!);
      return [`${key.treatment} ${key.ratePpm} ${key.taxId}`, key] as const;
    }),
  );
  return goodsOf(figures, {
    taxLines: [...keys.values()]
      .sort(compareTaxKeys)
      .map((key) => taxComingBack(key, original, coming)),
    ticketDiscounts: [],
    included: original.pricesIncludeTax,
  });
}

function checkLines(
  lines: readonly ReturnLine[],
  sold: ReadonlyMap<number, OriginalLine>,
): void {
  const fields = lineNumberFaults(lines.map((line) => line.lineNo));
  if (lines.length === 0) fields.push("lines");
  lines.forEach((line, index) => {
    const original = sold.get(line.originalLineNo);
    if (!original || lines.findIndex((one) => one.originalLineNo === line.originalLineNo) < index) {
      fields.push(`lines.${index}.original_line_no`);
    } else if (!isAboveZero(line.quantity, original.unit)) {
      fields.push(`lines.${index}.quantity`);
    }
  });
  if (fields.length) throw new Fault("malformed-return", fields);
  lines.forEach((line, index) => {
    const { quantity, returnedQuantity } = sold.get(line.originalLineNo)!;
    const left = addDecimals(decimal(quantity), negative(decimal(returnedQuantity)));
    if (compareDecimals(decimal(line.quantity), left) > 0) {
      throw new Fault("already-returned", [`lines.${index}.quantity`]);
    }
  });
}

function lineFigures(line: ReturnLine, original: OriginalLine): LineFigures {
  const whole = decimal(original.quantity);
  const before = decimal(original.returnedQuantity);
  const after = addDecimals(before, decimal(line.quantity));
  const back = (charged: Minor) => share(charged, after, whole) - share(charged, before, whole);
  const promotion = back(original.promotion);
  const lineDiscount = back(original.lineDiscount);
  const ticketDiscount = back(original.ticketDiscount);
  const amount = back(original.amount);
  const gross = promotion + lineDiscount + ticketDiscount + amount;
  return { lineNo: line.lineNo, gross, promotion, lineDiscount, ticketDiscount, amount };
}

/** charged × quantity ÷ sold, rounded; nothing of a line that sold nothing. */
function share(charged: Minor, quantity: Decimal, sold: Decimal): Minor {
  if (sold.digits <= 0n) return 0n;
  return roundHalfAway(
    charged * quantity.digits * 10n ** BigInt(sold.scale),
    10n ** BigInt(quantity.scale) * sold.digits,
  );
}

function taxComingBack(
  key: TaxKey,
  original: OriginalTicket,
  coming: ReadonlyMap<number, Decimal>,
): TaxFigures {
  let charged = 0n;
  let before = 0n;
  let after = 0n;
  for (const line of original.lines) {
    if (compareTaxKeys(taxKeyOf(line), key) !== 0) continue;
    const sold = decimal(line.quantity);
    const returned = decimal(line.returnedQuantity);
    const now = coming.get(line.lineNo);
    charged += line.amount;
    before += share(line.amount, returned, sold);
    after += share(line.amount, now ? addDecimals(returned, now) : returned, sold);
  }
  const taxCharged = chargedTax(key, original, charged);
  const whole = charged > 1n ? charged : 1n;
  const tax = roundHalfAway(taxCharged * after, whole) - roundHalfAway(taxCharged * before, whole);
  const amount = after - before;
  const base = original.pricesIncludeTax ? amount - tax : amount;
  return { ...key, base, tax, gross: base + tax };
}

/** The tax on the original; reckoned anew where a handed-over ticket's own does not add up. */
function chargedTax(key: TaxKey, original: OriginalTicket, charged: Minor): Minor {
  const included = original.pricesIncludeTax;
  const own = original.taxLines.find(
    (tax) =>
      compareTaxKeys(tax, key) === 0 &&
      (included ? tax.gross : tax.base) === charged &&
      tax.base + tax.tax === tax.gross &&
      tax.tax >= 0n &&
      tax.tax <= tax.gross,
  );
  return (own ?? taxOn(key, charged, included)).tax;
}

function decimal(quantity: string): Decimal {
  const found = parseDecimal(quantity);
  if (!found) throw new Fault("quantity-not-a-number");
  return found;
}
