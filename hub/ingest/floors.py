"""The highest Z of each register that the hub holds: in the books, or still on its way there.

A box that lost its Zs (a wiped disk, a backup put back, a replacement) numbers the next ones after
these; else a register would have two Zs of one number (promise N).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from hub.ingest import repository
from hub.ingest.inbox import DeviceRef
from hub.ingest.rules import Candidate, Slot, read
from hub.kit.db import TenantSession
from hub.tills.floors import TillFloors
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import ShiftClosed
from protocol.vocabulary.numbering import MAX_Z_NUMBER


class Floors:
    """Implements `ports.FloorSource`."""

    def __init__(self, tills: TillFloors) -> None:
        self._tills = tills

    async def floors(self, session: TenantSession, device: DeviceRef) -> list[RegisterFloor]:
        """One for each register that the device's store has a Z of."""
        booked = await self._tills.floors(session, device.store_id)
        slots = await repository.unprojected_closings(session, device.device_id)
        return highest([*booked, *closings_in(slots, store_id=device.store_id)])


def closings_in(slots: Sequence[Slot], *, store_id: UUID) -> list[RegisterFloor]:
    """The Zs among these of a device of this store; what will not be booked is none."""
    return [
        RegisterFloor(
            register_id=fact.envelope.register_id,
            z_number=fact.body.z_number,
            business_date=_believed(found),
            perpetual=fact.body.perpetual,
        )
        for found in (read(slot, store_id=store_id) for slot in slots)
        if isinstance(found, Candidate)
        and isinstance((fact := found.fact).body, ShiftClosed)
        and fact.envelope.register_id
        and fact.body.z_number < MAX_Z_NUMBER
    ]


def _believed(z: Candidate) -> date:
    """No later than the day after it came: a clock that was wrong once keeps no till in its year.

    `highest_z_reports` says the same of Zs in the books.
    """
    return min(z.business_date, z.slot.received_at.astimezone(UTC).date() + timedelta(days=1))


def highest(floors: Iterable[RegisterFloor]) -> list[RegisterFloor]:
    """One floor for each register: its highest number with the totals of that Z, and its latest
    date."""
    found: dict[UUID, RegisterFloor] = {}
    for floor in floors:
        known = found.get(floor.register_id, floor)
        newest = max(known, floor, key=lambda each: each.z_number)
        found[floor.register_id] = RegisterFloor(
            register_id=floor.register_id,
            z_number=newest.z_number,
            business_date=max(known.business_date, floor.business_date),
            perpetual=newest.perpetual,
        )
    return [found[register_id] for register_id in sorted(found)]
