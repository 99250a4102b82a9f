"""In which shift a ticket belongs: the live door asks for an open one, the other finds one."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from edge_agent.tills.rules import RegisterShifts, Shift
from protocol.errors import Malformed
from protocol.messages.collections import StoreSettings
from protocol.vocabulary.business_date import business_date


class Placing(Struct, frozen=True, kw_only=True):
    """Where the ticket is booked. `addendum_to_z`: that Z was closed before and stays as it is."""

    register_id: UUID
    shift_id: UUID | None
    business_date: date
    addendum_to_z: int | None = None
    flags: tuple[str, ...] = ()


def place_live(shift: Shift) -> Placing:
    """Into an open shift; the caller has required that it is."""
    assert shift.is_open
    return Placing(
        register_id=shift.register_id, shift_id=shift.id, business_date=shift.business_date
    )


def day_of(rung_at: datetime, *, settings: StoreSettings, now: datetime) -> date:
    """The business date of a ticket without a shift; today's for a time at the calendar's edge."""
    zone, cutoff_minute = settings.timezone, settings.cutoff_minute
    try:
        return business_date(rung_at, timezone=zone, cutoff_minute=cutoff_minute)
    except Malformed:
        return business_date(now, timezone=zone, cutoff_minute=cutoff_minute)


def place_handed_over(shifts: RegisterShifts, *, register_id: UUID, today: date) -> Placing:
    """Into the named shift, whichever register it is of: the tablet may have been moved since.

    After its close the ticket is an addendum to its Z. A shift nobody knows becomes the register's
    open one, else its last one, else none on `today`.
    """
    shift = shifts.named or shifts.current or shifts.last_closed
    flags = [] if shifts.named else ["unknown-shift"]
    if shift is None:
        return Placing(
            register_id=register_id, shift_id=None, business_date=today, flags=tuple(flags)
        )
    if not shift.is_open:
        flags.append("shift-closed")
    if shift.register_id != register_id:
        flags.append("other-register")
    return Placing(
        register_id=shift.register_id,
        shift_id=shift.id,
        business_date=shift.business_date,
        addendum_to_z=shift.z_number,
        flags=tuple(flags),
    )
