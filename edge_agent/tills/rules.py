"""Shifts: what may be opened and closed, and the cash beside tickets.

Law: one open shift per register, and its business date never precedes the one before.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from protocol.errors import Refused
from protocol.messages.till import CashMovementKind


class Shift(Struct, frozen=True, kw_only=True):
    """One register's shift; closed once `closed_at` is set, and then it has its Z."""

    id: UUID
    register_id: UUID
    currency: str
    float_minor: int
    business_date: date
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None = None
    z_number: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether live tickets may still enter."""
        return self.closed_at is None


class RegisterShifts(Struct, frozen=True, kw_only=True):
    """What the register knows: the shift that was named, its open one, its last closed one."""

    named: Shift | None
    current: Shift | None
    last_closed: Shift | None


class CashMovement(Struct, frozen=True, kw_only=True):
    """Cash put in or taken out beside tickets; the amount is unsigned, the kind gives the way."""

    id: UUID
    shift_id: UUID
    kind: CashMovementKind
    amount_minor: int
    reason: str


class CashSums(Struct, frozen=True, kw_only=True):
    """Cash put in or taken out beside tickets, over one shift."""

    paid_in_minor: int = 0
    paid_out_minor: int = 0
    pickup_minor: int = 0
    loan_minor: int = 0


def refuse_second_shift(current: Shift | None) -> None:
    """Raises Refused `shift-open` when the register already has an open shift."""
    if current is not None:
        raise Refused("shift-open", f"Close shift {current.id} of this register first.")


def require_open(shift: Shift | None, *, register_id: UUID) -> Shift:
    """The shift, if this register has it open; else Refused `unknown-shift`, `shift-closed`."""
    if shift is None or shift.register_id != register_id:
        raise Refused("unknown-shift", "This register has no such shift.")
    if not shift.is_open:
        raise Refused("shift-closed", f"Shift {shift.id} is closed; open a new one.")
    return shift


def sum_cash(movements: Iterable[tuple[CashMovementKind, int]]) -> CashSums:
    """Sums per kind of cash movement; the amounts come unsigned."""
    sums = dict.fromkeys(("paid_in", "paid_out", "pickup", "loan"), 0)
    for kind, amount_minor in movements:
        sums[kind] += amount_minor
    return CashSums(**{f"{kind}_minor": amount for kind, amount in sums.items()})
