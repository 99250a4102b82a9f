/**
 * Lines, promotions, discounts, tax: the first half of the fixed order (promise M).
 *
 * The agent computes the same and refuses what differs; both follow `protocol/vectors/checkout_*`
 * figure by figure. Every rounding is half away from zero, once per figure.
 */
import { Fault } from "./fault.ts";
import {
  type Basket,
  type Discount,
  type Goods,
  type Line,
  type LineFigures,
  PPM,
  type TaxFigures,
  type TaxKey,
} from "./figures.ts";
import { allocate, checked, compare, type Minor, multiply, roundHalfAway, sum } from "./money.ts";
import { compareText } from "./text.ts";
import { checkBasket } from "./validation.ts";

/** All of a basket but how it is paid. */
export function priceGoods(basket: Basket): Goods {
  checkBasket(basket);
  const places = new Map(basket.lines.map((line, index) => [line, `lines.${index}`]));
  const lines = [...basket.lines].sort((a, b) => a.lineNo - b.lineNo);
  const grosses = lines.map((line) => multiply(line.quantity, line.unitPrice));
  const promoted = lines.map((line, index) =>
    promotedOff(line, grosses[index]!, `${places.get(line)}.promotions`),
  );
  const left = grosses.map((gross, index) => gross - promoted[index]!);
  const lineDiscounts = lines.map((line, index) =>
    line.discount ? takenOff(line.discount, left[index]!, `${places.get(line)}.discount`) : 0n,
  );
  // What is given away is added up in the books too.
  checked(sum(grosses));
  const weights = left.map((amount, index) => amount - lineDiscounts[index]!);
  const ticketDiscounts = takenInTurn(basket.ticketDiscounts, sum(weights));
  const shares = allocate(sum(ticketDiscounts), weights);
  const figures = lines.map((line, index) => ({
    lineNo: line.lineNo,
    gross: grosses[index]!,
    promotion: promoted[index]!,
    lineDiscount: lineDiscounts[index]!,
    ticketDiscount: shares[index]!,
    amount: weights[index]! - shares[index]!,
  }));
  const included = basket.pricesIncludeTax;
  const taxLines = sumsByTax(lines, figures).map(({ key, amount }) => taxOn(key, amount, included));
  return goodsOf(figures, { taxLines, ticketDiscounts, included });
}

/** Sum up; the tax lines cover exactly the lines. */
export function goodsOf(
  lines: readonly LineFigures[],
  ticket: {
    readonly taxLines: readonly TaxFigures[];
    readonly ticketDiscounts: readonly Minor[];
    readonly included: boolean;
  },
): Goods {
  const { taxLines, ticketDiscounts, included } = ticket;
  const linesTotal = sum(lines.map((line) => line.amount));
  const addedTax = included ? 0n : sum(taxLines.map((tax) => tax.tax));
  const due = checked(linesTotal + addedTax);
  return { lines, ticketDiscounts, taxLines, linesTotal, addedTax, due };
}

/** The tax of one key on the sum of its line amounts. */
export function taxOn(key: TaxKey, amount: Minor, included: boolean): TaxFigures {
  const tax = roundHalfAway(amount * key.ratePpm, included ? PPM + key.ratePpm : PPM);
  const base = included ? amount - tax : amount;
  return { ...key, base, tax, gross: checked(base + tax) };
}

export function taxKeyOf(line: Pick<Line, "taxId" | "taxRatePpm" | "taxTreatment">): TaxKey {
  const { taxId, taxRatePpm, taxTreatment = "taxed" } = line;
  return { taxId, ratePpm: taxRatePpm, treatment: taxTreatment };
}

export function compareTaxKeys(a: TaxKey, b: TaxKey): number {
  return (
    compareText(a.taxId, b.taxId) ||
    compare(a.ratePpm, b.ratePpm) ||
    compareText(a.treatment, b.treatment)
  );
}

/** What all promotions take off the line. */
function promotedOff({ promotions = [] }: Line, gross: Minor, place: string): Minor {
  return within(sum(promotions.map((share) => share.amount)), gross, place);
}

function sumsByTax(
  lines: readonly Line[],
  figures: readonly LineFigures[],
): { key: TaxKey; amount: Minor }[] {
  const sums = new Map<string, { key: TaxKey; amount: Minor }>();
  lines.forEach((line, index) => {
    const key = taxKeyOf(line);
    const name = `${key.treatment} ${key.ratePpm} ${key.taxId}`;
    const before = sums.get(name)?.amount ?? 0n;
    sums.set(name, { key, amount: before + figures[index]!.amount });
  });
  return [...sums.values()].sort((a, b) => compareTaxKeys(a.key, b.key));
}

/** Each discount takes off what the one before left. */
function takenInTurn(discounts: readonly Discount[], from: Minor): Minor[] {
  let left = from;
  return discounts.map((discount, index) => {
    const off = takenOff(discount, left, `ticket_discounts.${index}`);
    left -= off;
    return off;
  });
}

function takenOff(discount: Discount, from: Minor, place: string): Minor {
  if (discount.percentPpm !== undefined) return roundHalfAway(from * discount.percentPpm, PPM);
  return within(discount.amount ?? 0n, from, place);
}

function within(off: Minor, from: Minor, place: string): Minor {
  if (off > from) throw new Fault("discount-too-large", [place]);
  return off;
}
