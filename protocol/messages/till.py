"""Shifts and cash of a register. A Z is written once, with the shift's close, and never again.

Amounts are integer minor units. `over_short_minor` = counted − expected: negative is short.
"""

from typing import Literal

from msgspec import Struct

from protocol.checkout.basket import TaxTreatment

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


class TaxSum(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base and tax of one rate over the shift; returns subtract. `count`: tickets that bore it."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    count: int = 0
    treatment: TaxTreatment = "taxed"


class Perpetual(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a register has sold since ever, this Z and all addenda so far included.

    `year_*`: the same since the first business date of `year`. Never set back, not by a new epoch.
    """

    sales_minor: int
    returns_minor: int
    sales_count: int
    returns_count: int
    duty_minor: int
    year: int
    year_sales_minor: int
    year_returns_minor: int


class Addenda(Struct, frozen=True, kw_only=True):
    """Tickets that came after the close of an older Z, since the Z before this one."""

    z_number: int
    sales_count: int
    sales_minor: int
    returns_count: int
    returns_minor: int


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
    """The Z report. Counts and sums per tender let the hub prove that it has every ticket.

    `chain_hash`: the journal's head at the close. `signature`: by the key of the device's
    certificate over this Z without it (`codec.signatures`); a device without a key signs nothing.
    """

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
    duty_minor: int = 0
    duty_count: int = 0
    perpetual: Perpetual | None = None
    addenda: list[Addenda] = []
    chain_hash: bytes = b""
    signature: bytes = b""


class CashMoved(Struct, frozen=True, kw_only=True):
    """Cash put into or taken out of the drawer outside a ticket."""

    kind: CashMovementKind
    currency: str
    amount_minor: int
    reason: str
