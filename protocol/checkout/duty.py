"""Stamp duty on what is paid in cash (droit de timbre): a dated table, one step in the order.

The file's law: the duty is a row of data. It is taken on the part of the ticket due in cash, tax
included and before cash rounding; a ticket without cash pays none, and returns never refund it.
The table has no rows yet, so the duty of every ticket is zero; the step stands in its place.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from protocol.vocabulary.money import checked


class CashDuty(NamedTuple):
    """For cash above `above_minor`: `duty_minor` for each started `tranche_minor` of the whole.

    Rows of one currency and date form one tariff; a later date replaces it wholly.
    """

    currency: str
    valid_from: date
    above_minor: int
    tranche_minor: int
    duty_minor: int
    minimum_minor: int = 0


CASH_DUTIES: tuple[CashDuty, ...] = ()


def cash_duty_minor(
    cash_minor: int, *, currency: str, on: date, duties: Sequence[CashDuty] = CASH_DUTIES
) -> int:
    """The duty on an amount due in cash on that day; zero below the tariff's first threshold."""
    rows = [row for row in duties if row.currency == currency and row.valid_from <= on]
    in_force = max((row.valid_from for row in rows), default=None)
    reached = [row for row in rows if row.valid_from == in_force and row.above_minor < cash_minor]
    if not reached:
        return 0
    row = max(reached, key=lambda each: each.above_minor)
    tranches = -(-cash_minor // row.tranche_minor)
    return checked(max(row.minimum_minor, tranches * row.duty_minor))
