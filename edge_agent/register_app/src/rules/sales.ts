/** A sale from its basket: goods, then settlement, and what is shown before money is given. */
import { cashDuty, type CashDutyTariff } from "./duty.ts";
import type { Basket, Goods, Quote, Settlement, Tender } from "./figures.ts";
import type { Minor } from "./money.ts";
import { priceGoods } from "./pricing.ts";
import { cashRounding, type Duty, type Rounding, settle } from "./settlement.ts";

/** The shop's cash step, and the tariffs of the duty on cash where it owes any. */
export interface CashRules {
  readonly cashStep: Minor;
  readonly tariffs?: readonly CashDutyTariff[];
}

export interface Sale {
  readonly goods: Goods;
  readonly settlement: Settlement;
}

/** All figures of a paid sale. */
export function priceBasket(basket: Basket, tenders: readonly Tender[], rules: CashRules): Sale {
  const goods = priceGoods(basket);
  const duty = dutyOf(basket, rules.tariffs);
  return { goods, settlement: settle(goods.due, tenders, { cashStep: rules.cashStep, duty }) };
}

/** What is to pay, without cash and all in cash. */
export function quote(basket: Basket, rules: CashRules): Quote {
  const rounding: Rounding = (cash) => cashRounding(cash, rules.cashStep);
  return quoteOf(priceGoods(basket), { duty: dutyOf(basket, rules.tariffs), rounding });
}

/** The quote of priced goods, sold or coming back. */
export function quoteOf(
  goods: Goods,
  { duty, rounding }: { readonly duty: Duty; readonly rounding: Rounding },
): Quote {
  const owed = duty(goods.due);
  const rounded = rounding(goods.due + owed);
  return {
    goods,
    cashDuty: owed,
    cashRounding: rounded,
    cashPayable: goods.due + owed + rounded,
  };
}

export function dutyOf(
  ticket: Pick<Basket, "currency" | "businessDate" | "paper">,
  tariffs: readonly CashDutyTariff[] = [],
): Duty {
  return (cash) => cashDuty(cash, ticket, tariffs);
}
