"""Shifts and cash of a register. A Z is written once, with the shift's close, and never again.

Amounts are integer minor units. `over_short_minor` = counted − expected: negative is short.
"""

from typing import Literal

from msgspec import Struct

CashMovementKind = Literal["paid_in", "paid_out", "pickup", "loan"]


class ShiftOpened(Struct, frozen=True, kw_only=True):
    """A register's shift began with this float; the envelope's shift_id is the shift."""

    currency: str
    float_minor: int


# A Z names so many kinds of tender and so many rates. Tablets have written a card's number as the
# kind; a register with a list of them that fits into no fact could never close.
MOST_SUMS = 500
OTHERS = "others"
"""Sums up those beyond, at the rate 0 where it is a tax."""


class TenderSum(Struct, frozen=True, kw_only=True):
    """How often and how much one kind of tender came in, net of change; returns subtract."""

    kind: str
    count: int
    amount_minor: int


class TaxSum(Struct, frozen=True, kw_only=True):
    """Base and tax of one rate over the shift; returns subtract."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int


class CashCount(Struct, frozen=True, kw_only=True):
    """The drawer: what should be in it, what was counted, and the difference."""

    float_minor: int
    sales_minor: int
    returns_minor: int
    paid_in_minor: int
    paid_out_minor: int
    pickup_minor: int
    loan_minor: int
    expected_minor: int
    counted_minor: int
    over_short_minor: int


class ShiftClosed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The Z report. Counts and sums per tender let the hub prove that it has every ticket."""

    z_number: int
    currency: str
    sales_count: int
    returns_count: int
    gross_minor: int
    returns_minor: int
    net_minor: int
    tenders: list[TenderSum]
    taxes: list[TaxSum]
    cash: CashCount
    handed_over_count: int = 0
    series_epoch: int | None = None
    first_receipt: int | None = None
    last_receipt: int | None = None


class CashMoved(Struct, frozen=True, kw_only=True):
    """Cash put into or taken out of the drawer outside a ticket."""

    kind: CashMovementKind
    currency: str
    amount_minor: int
    reason: str
