"""The highest Z of each register that the hub holds: in the books, or still on its way there.

A box that lost its Zs (a wiped disk, a backup put back, a replacement) numbers the next ones after
these; else a register would have two Zs of one number (promise N).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from hub.ingest import repository
from hub.ingest.inbox import DeviceRef
from hub.kit.db import TenantSession
from hub.tills.floors import TillFloors
from protocol.codec.facts import decode_fact
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import ShiftClosed


class Floors:
    """Implements `ports.FloorSource`."""

    def __init__(self, tills: TillFloors) -> None:
        self._tills = tills

    async def floors(self, session: TenantSession, device: DeviceRef) -> list[RegisterFloor]:
        """One for each register of the device's store that has a Z."""
        booked = await self._tills.floors(session, device.store_id)
        raws = await repository.unprojected_closings(session, device.device_id)
        return highest([*booked, *closings_in(raws)])


def closings_in(raws: Sequence[bytes]) -> list[RegisterFloor]:
    """The Zs among these facts; what cannot be read is none."""
    found = []
    for raw in raws:
        try:
            fact = decode_fact(raw)
        except RemoteProtocolError:
            continue
        body, envelope = fact.body, fact.envelope
        if isinstance(body, ShiftClosed) and envelope.register_id and envelope.business_date:
            found.append(
                RegisterFloor(
                    register_id=envelope.register_id,
                    z_number=body.z_number,
                    business_date=envelope.business_date,
                )
            )
    return found


def highest(floors: Iterable[RegisterFloor]) -> list[RegisterFloor]:
    """One floor for each register: its highest number and its latest date."""
    found: dict[UUID, RegisterFloor] = {}
    for floor in floors:
        known = found.get(floor.register_id, floor)
        found[floor.register_id] = RegisterFloor(
            register_id=floor.register_id,
            z_number=max(known.z_number, floor.z_number),
            business_date=max(known.business_date, floor.business_date),
        )
    return [found[register_id] for register_id in sorted(found)]
