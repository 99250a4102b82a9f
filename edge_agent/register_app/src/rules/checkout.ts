/**
 * The arithmetic of a sale (promise M): lines, discounts, tax, cash rounding, change.
 *
 * The agent computes the same and refuses what differs; both follow
 * `protocol/vectors/checkout_sales.json` figure by figure. The duty on cash has no tariff yet and
 * is zero. Every rounding is half away from zero, once per figure.
 */
import { Fault } from "./fault.ts";
import {
  type Basket,
  CASH,
  type Discount,
  type Goods,
  type Line,
  type LineFigures,
  PPM,
  type Settlement,
  type TaxFigures,
  type Tender,
} from "./figures.ts";
import { allocate, checked, compare, type Minor, multiply, roundHalfAway, sum } from "./money.ts";
import { checkBasket, checkCashStep, checkTenders } from "./validation.ts";

/** Lines, discounts and tax of a basket; how it is paid comes later. */
export function priceGoods(basket: Basket): Goods {
  checkBasket(basket);
  const lines = [...basket.lines].sort((a, b) => a.lineNo - b.lineNo);
  const gross = lines.map((line) => multiply(line.quantity, line.unitPrice));
  const lineDiscounts = lines.map((line, index) =>
    line.discount ? takenOff(line.discount, gross[index]!) : 0n,
  );
  // What is given away is added up in the books too.
  checked(sum(gross));
  const weights = gross.map((amount, index) => amount - lineDiscounts[index]!);
  const ticketDiscounts = takenInTurn(basket.ticketDiscounts, sum(weights));
  const shares = allocate(sum(ticketDiscounts), weights);
  const figures = lines.map((line, index) => ({
    lineNo: line.lineNo,
    gross: gross[index]!,
    lineDiscount: lineDiscounts[index]!,
    ticketDiscount: shares[index]!,
    amount: weights[index]! - shares[index]!,
  }));
  const taxLines = taxesOf(lines, figures, basket.pricesIncludeTax);
  const linesTotal = sum(figures.map((line) => line.amount));
  const addedTax = basket.pricesIncludeTax ? 0n : sum(taxLines.map((tax) => tax.tax));
  const due = checked(linesTotal + addedTax);
  return { lines: figures, ticketDiscounts, taxLines, linesTotal, addedTax, due };
}

/** Cash rounding and change. Faults: `overpaid`, `short-tender`. */
export function settle(due: Minor, tenders: readonly Tender[], cashStep: Minor): Settlement {
  checkTenders(tenders);
  checkCashStep(cashStep);
  const cash = tenders.filter((tender) => tender.kind === CASH).map((tender) => tender.amount);
  const exact = sum(tenders.filter((tender) => tender.kind !== CASH).map((tender) => tender.amount));
  if (exact > due) throw new Fault("overpaid", ["tenders"]);
  const rounding = cash.length ? cashRounding(due - exact, cashStep) : 0n;
  const change = sum(cash) - (due - exact + rounding);
  if (change < 0n) throw new Fault("short-tender", ["tenders"]);
  return {
    cashRounding: rounding,
    payable: due + rounding,
    tendered: checked(exact + sum(cash)),
    change,
  };
}

/** What brings an amount due in cash to the nearest multiple of the step, halves away. */
export function cashRounding(cashDue: Minor, cashStep: Minor): Minor {
  checkCashStep(cashStep);
  return roundHalfAway(cashDue, cashStep) * cashStep - cashDue;
}

function taxesOf(
  lines: readonly Line[],
  figures: readonly LineFigures[],
  included: boolean,
): TaxFigures[] {
  const sums = new Map<string, { taxId: string; ratePpm: bigint; amount: Minor }>();
  lines.forEach((line, index) => {
    const key = JSON.stringify([line.taxId, line.taxRatePpm.toString()]);
    const one = sums.get(key) ?? { taxId: line.taxId, ratePpm: line.taxRatePpm, amount: 0n };
    sums.set(key, { ...one, amount: one.amount + figures[index]!.amount });
  });
  return [...sums.values()]
    .sort((a, b) => byText(a.taxId, b.taxId) || compare(a.ratePpm, b.ratePpm))
    .map(({ taxId, ratePpm, amount }) => {
      const tax = roundHalfAway(amount * ratePpm, included ? PPM + ratePpm : PPM);
      const base = included ? amount - tax : amount;
      return { taxId, ratePpm, base, tax, gross: checked(base + tax) };
    });
}

/** Each discount takes off what the one before left. */
function takenInTurn(discounts: readonly Discount[], from: Minor): Minor[] {
  let left = from;
  return discounts.map((discount) => {
    const off = takenOff(discount, left);
    left -= off;
    return off;
  });
}

function takenOff(discount: Discount, from: Minor): Minor {
  if (discount.percentPpm !== undefined) return roundHalfAway(from * discount.percentPpm, PPM);
  const amount = discount.amount ?? 0n;
  if (amount > from) throw new Fault("discount-too-large");
  return amount;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
