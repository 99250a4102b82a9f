"""Values of this slice that others read."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class ShiftPlace(Struct, frozen=True, kw_only=True):
    """A shift's end in its device's journal: tickets after (epoch, seq) are not in its Z."""

    store_id: UUID
    shift_id: UUID
    business_date: date
    currency: str
    device_id: UUID
    epoch: int
    seq: int


class TaxHeld(Struct, frozen=True, kw_only=True):
    """One tax, returns subtracted. `count`: tickets that bore it."""

    base_minor: int
    tax_minor: int
    count: int


class ShiftTotals(Struct, frozen=True, kw_only=True):
    """What the tickets held of a shift come to; addenda left out. Amounts are minor units.

    `tenders`: kind → (how often, net amount, returns subtracted). `taxes`: by (tax_id, rate,
    treatment). `duty_count`: tickets that bore it.
    """

    sales_count: int
    returns_count: int
    gross_minor: int
    returns_minor: int
    tenders: dict[str, tuple[int, int]]
    taxes: dict[tuple[str, int, str], TaxHeld]
    duty_minor: int = 0
    duty_count: int = 0
