"""Whose device is it: asked for every message, hence cached, bounded, for at most a minute.

A revocation bites at once at the broker (its deny list), and here within the minute; facts that a
revoked device managed to send stay readable evidence, they are not lost.
"""

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from hub.fleet import repository
from hub.fleet.models import DeviceHome
from hub.kit.clock import Clock
from hub.kit.db import Database

_KNOWN_S = 60.0
# A device that is registered just now must not wait; a stranger must not make a query each time.
_UNKNOWN_S = 5.0
_MOST_DEVICES = 20_000


@dataclass(frozen=True)
class _Entry:
    home: DeviceHome | None
    until_s: float


class DeviceDirectory:
    """Device → organization and store, for ingest."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()

    async def find(self, device_id: UUID) -> DeviceHome | None:
        """Where the device belongs, revoked or not; None for a stranger."""
        entry = self._entries.get(device_id)
        if entry is not None and entry.until_s > self._clock.monotonic():
            return entry.home
        async with self._database.lookup() as session:
            home = await repository.home(session, device_id)
        keep_s = _KNOWN_S if home else _UNKNOWN_S
        self._entries[device_id] = _Entry(home, self._clock.monotonic() + keep_s)
        self._entries.move_to_end(device_id)
        while len(self._entries) > _MOST_DEVICES:
            self._entries.popitem(last=False)
        return home
