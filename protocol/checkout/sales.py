"""A sale's figures from its basket: goods, then settlement, and what the register shows before.

The file's law: one order of steps, in `pricing` and `settlement`; this file only joins them.
"""

from collections.abc import Sequence
from functools import partial

from protocol.checkout.basket import BasketInput, Figures, Goods, Quote, Settlement
from protocol.checkout.duty import NO_DUTY, CashDutyTariff, cash_duty_minor
from protocol.checkout.pricing import price_goods
from protocol.checkout.settlement import Duty, Rounding, cash_rounding, settle


def price_basket(
    basket: BasketInput, *, cash_step_minor: int, tariffs: Sequence[CashDutyTariff] = NO_DUTY
) -> Figures:
    """All figures of a paid sale.

    Malformed: `malformed-basket`, `unknown-currency`, `discount-too-large`, `amount-too-large`,
    `cash-step-not-positive`. Refused: `short-tender`, `overpaid`.
    """
    goods = price_goods(basket)
    settlement = settle(
        goods.goods_minor,
        basket.tenders,
        cash_step_minor=cash_step_minor,
        duty=_duty_of(basket, tariffs),
    )
    return join(goods, settlement)


def quote(
    basket: BasketInput, *, cash_step_minor: int, tariffs: Sequence[CashDutyTariff] = NO_DUTY
) -> Quote:
    """What is to pay, without cash and all in cash; the basket's tenders are not looked at.

    Malformed as `price_basket`.
    """
    goods = price_goods(basket)
    rounding = partial(cash_rounding, cash_step_minor=cash_step_minor)
    return quote_of(goods, duty=_duty_of(basket, tariffs), rounding=rounding)


def quote_of(goods: Goods, *, duty: Duty, rounding: Rounding) -> Quote:
    """The quote of priced goods, sold or coming back."""
    duty_minor = duty(goods.goods_minor)
    cash_due_minor = goods.goods_minor + duty_minor
    rounding_minor = rounding(cash_due_minor)
    return Quote(
        lines=goods.lines,
        ticket_discounts_minor=goods.ticket_discounts_minor,
        tax_lines=goods.tax_lines,
        lines_minor=goods.lines_minor,
        added_tax_minor=goods.added_tax_minor,
        due_minor=goods.goods_minor,
        cash_duty_minor=duty_minor,
        cash_rounding_minor=rounding_minor,
        cash_payable_minor=cash_due_minor + rounding_minor,
    )


def join(goods: Goods, settlement: Settlement) -> Figures:
    """Both halves as one; asserts the equation of promise M."""
    left = goods.lines_minor + goods.added_tax_minor
    left += settlement.duty_minor + settlement.cash_rounding_minor
    assert left == settlement.tendered_minor - settlement.change_minor
    return Figures(
        lines=goods.lines,
        ticket_discounts_minor=goods.ticket_discounts_minor,
        tax_lines=goods.tax_lines,
        lines_minor=goods.lines_minor,
        added_tax_minor=goods.added_tax_minor,
        duty_minor=settlement.duty_minor,
        due_minor=settlement.due_minor,
        cash_rounding_minor=settlement.cash_rounding_minor,
        payable_minor=settlement.payable_minor,
        tendered_minor=settlement.tendered_minor,
        change_minor=settlement.change_minor,
    )


def _duty_of(basket: BasketInput, tariffs: Sequence[CashDutyTariff]) -> Duty:
    return partial(
        cash_duty_minor,
        currency=basket.currency,
        on=basket.business_date,
        paper=basket.paper,
        tariffs=tariffs,
    )
