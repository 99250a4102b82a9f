"""Duty, cash rounding, change: the second half of the fixed order (promise M).

5. Duty on the part due in cash, where any cash is given.
6. Cash rounding of the part due in cash (due − other tenders) to the currency's step, half away
   from zero. Without a cash tender nothing is rounded and the tenders must meet the due exactly.
7. Change: cash given beyond the rounded part. Only cash gives change.

The file's law: what is paid, less what is handed back, equals what is payable, to the minor unit.
"""

from collections.abc import Callable, Sequence
from functools import partial

from protocol.checkout.basket import CASH, Settlement, TenderInput
from protocol.checkout.validation import check_cash_step, check_tenders
from protocol.errors import Refused
from protocol.vocabulary.money import checked, round_half_away

# Minor units due in cash → the duty on them.
Duty = Callable[[int], int]
# Minor units due in cash → what rounds them.
Rounding = Callable[[int], int]


def settle(
    goods_minor: int, tenders: Sequence[TenderInput], *, cash_step_minor: int, duty: Duty
) -> Settlement:
    """Steps 5 to 7 of a sale.

    Refused: `short-tender`; `overpaid` (other tenders than cash exceed the due). Malformed:
    `malformed-basket`, `cash-step-not-positive`, `amount-too-large`.
    """
    check_tenders(tenders)
    check_cash_step(cash_step_minor)
    rounding = partial(cash_rounding, cash_step_minor=cash_step_minor)
    return _settle(goods_minor, tenders, duty=duty, rounding=rounding)


def _settle(
    goods_minor: int, tenders: Sequence[TenderInput], *, duty: Duty, rounding: Rounding
) -> Settlement:
    cash = [tender.amount_minor for tender in tenders if tender.kind == CASH]
    exact_minor = sum(tender.amount_minor for tender in tenders if tender.kind != CASH)
    if exact_minor > goods_minor:
        raise Refused(
            "overpaid",
            "Only cash gives change: lower the other tenders to the amount due.",
            fields={"tenders": f"{exact_minor - goods_minor} too much"},
        )
    duty_minor = duty(goods_minor - exact_minor) if cash else 0
    due_minor = checked(goods_minor + duty_minor)
    cash_due_minor = due_minor - exact_minor
    rounding_minor = rounding(cash_due_minor) if cash else 0
    change_minor = sum(cash) - (cash_due_minor + rounding_minor)
    if change_minor < 0:
        raise Refused(
            "short-tender",
            "Ask for the rest of the amount due.",
            fields={"tenders": f"{-change_minor} short"},
        )
    settlement = Settlement(
        duty_minor=duty_minor,
        due_minor=due_minor,
        cash_rounding_minor=rounding_minor,
        payable_minor=due_minor + rounding_minor,
        tendered_minor=checked(exact_minor + sum(cash)),
        change_minor=change_minor,
    )
    assert settlement.payable_minor == settlement.tendered_minor - settlement.change_minor
    return settlement


def settle_refund(
    goods_minor: int,
    tenders: Sequence[TenderInput],
    *,
    cash_step_minor: int,
    rounded_before_minor: int = 0,
) -> Settlement:
    """Steps 6 and 7 of a return: as `settle`, but no duty, and a refund gives no change.

    `rounded_before_minor`: the cash rounding of the sale's earlier returns, which is made up for.
    Refused besides: `overpaid` if the cash refunded exceeds the rounded part due in cash.
    """
    check_tenders(tenders)
    check_cash_step(cash_step_minor)
    settlement = _settle(
        goods_minor,
        tenders,
        duty=lambda _: 0,
        rounding=partial(
            refund_rounding,
            cash_step_minor=cash_step_minor,
            rounded_before_minor=rounded_before_minor,
        ),
    )
    if settlement.change_minor:
        raise Refused(
            "overpaid",
            "Refund exactly what is due, cash rounding included.",
            fields={"tenders": f"{settlement.change_minor} too much"},
        )
    return settlement


def cash_rounding(cash_due_minor: int, cash_step_minor: int) -> int:
    """What brings an amount due in cash to the nearest multiple of the step, halves away.

    Malformed `cash-step-not-positive`.
    """
    check_cash_step(cash_step_minor)
    steps = round_half_away(cash_due_minor, cash_step_minor)
    return steps * cash_step_minor - cash_due_minor


def refund_rounding(
    cash_due_minor: int, cash_step_minor: int, *, rounded_before_minor: int = 0
) -> int:
    """As `cash_rounding`, of all that a sale's returns have refunded in cash together.

    So a hundred returns of one piece give back what one return of a hundred pieces does.
    """
    open_minor = cash_due_minor - rounded_before_minor
    payable_minor = max(0, open_minor + cash_rounding(open_minor, cash_step_minor))
    return payable_minor - cash_due_minor
