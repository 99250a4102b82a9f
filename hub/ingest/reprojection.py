"""What was parked is tried once more after a start, which may be that of a newer release.

The file's law: one small step at a time, beside the projection of what comes in. Nobody's sale
waits for facts that could not be taken before (promise I).
"""

from collections import deque
from uuid import UUID

import structlog

from hub.ingest import repository
from hub.ingest.projector import DeviceKey, Projector
from hub.kit.db import Database
from protocol.errors import Unavailable

_log = structlog.get_logger(__name__)
_MAX_TENANTS = 10_000


class Reprojection:
    """One pass over every parked fact of every tenant."""

    def __init__(self, database: Database, projector: Projector) -> None:
        self._database = database
        self._projector = projector
        self._tenants: deque[UUID] | None = None
        self._left: deque[DeviceKey] = deque()
        self.settled = 0

    async def run(self) -> int:
        """All steps; how many facts took effect. Raises Unavailable on faults that pass."""
        while await self.step():
            pass
        return self.settled

    async def step(self) -> bool:
        """A tenant's devices, or a group of one device's facts; whether anything is left.

        A device that cannot be helped is passed over. Raises Unavailable on faults that pass: what
        was tried is tried again, after the others.
        """
        if self._tenants is None:
            async with self._database.lookup() as session:
                found = await repository.organizations_with_parked(session, _MAX_TENANTS)
            self._tenants = deque(found)
        elif self._left:
            await self._try(self._left.popleft())
        elif self._tenants:
            await self._look_into(self._tenants[0])
            self._tenants.popleft()
        return bool(self._left or self._tenants)

    async def _look_into(self, organization_id: UUID) -> None:
        async with self._database.tenant(organization_id) as session:
            devices = await repository.parked_devices(session)
        self._left.extend((organization_id, device_id) for device_id in devices)

    async def _try(self, key: DeviceKey) -> None:
        try:
            cured = await self._projector.try_parked(*key)
        except Unavailable:
            self._left.append(key)
            raise
        except Exception:  # noqa: BLE001 - logged; as in the projection of what comes in
            _log.exception("reprojection_stuck", device_id=str(key[1]))
            return
        if cured is not None:
            self.settled += cured
            self._left.append(key)
