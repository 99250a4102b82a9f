"""Which devices are there, what they owe, and whom to tell of news. Hints: the truth is the hwm.

Held in memory and written now and then: losing it costs a minute of a light on a screen.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from hub.ingest.inbox import DeviceRef
from hub.kit.clock import Clock
from protocol.codec.control import decode_control
from protocol.messages.sync import Heartbeat, Presence

# More devices than one worker serves; beyond, the longest silent one is forgotten (G).
_DEVICES = 20_000
# A device silent for longer is not told: its next hello brings the versions.
_TOLD_WITHIN_S = 120


class Sighting(Struct, frozen=True, kw_only=True):
    """The last that was heard of a device; None: nothing said of it since the last flush."""

    device: DeviceRef
    seen_at: datetime
    online: bool | None = None
    heartbeat: Heartbeat | None = None
    heartbeat_at: datetime | None = None


class SightingStore(Protocol):
    """Where sightings are written, and where versions are read."""

    async def write(self, sightings: Sequence[Sighting]) -> None:
        """Write them, each in its tenant's transaction."""
        ...

    async def versions(self, devices: Sequence[DeviceRef]) -> dict[UUID, dict[str, int]]:
        """Device → the newest versions of its store's collections."""
        ...


class PresenceBook:
    """`presence` and `heartbeat` note, `flush` writes, `stale_wants` names whom to tell."""

    def __init__(self, *, store: SightingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._sess: OrderedDict[UUID, int] = OrderedDict()
        self._seen: OrderedDict[UUID, Sighting] = OrderedDict()
        self._fresh: set[UUID] = set()
        self._told: dict[UUID, dict[str, int]] = {}

    def presence(self, device: DeviceRef, payload: bytes) -> None:
        """A birth or a will. A will that is older than the birth is late, and ignored.

        Raises RemoteProtocolError when it cannot be read.
        """
        said = decode_control(payload, Presence)
        if said.sess < self._sess.get(device.device_id, 0):
            return
        self._note(device, sess=said.sess, online=said.online, heartbeat=None)

    def heartbeat(self, device: DeviceRef, payload: bytes) -> None:
        """A sign of life with the sync debt; raises RemoteProtocolError."""
        beat = decode_control(payload, Heartbeat)
        self._note(device, sess=beat.sess, online=True, heartbeat=beat)

    async def flush(self) -> None:
        """Write what was noted since the last flush; raises Unavailable and keeps it then."""
        fresh = [self._seen[device_id] for device_id in self._fresh if device_id in self._seen]
        if fresh:
            await self._store.write(fresh)
            self._fresh.difference_update(sighting.device.device_id for sighting in fresh)

    def online(self) -> list[DeviceRef]:
        """The devices that were heard lately."""
        now = self._clock.now()
        return [
            sighting.device
            for sighting in self._seen.values()
            if sighting.online and (now - sighting.seen_at).total_seconds() < _TOLD_WITHIN_S
        ]

    async def stale_wants(self) -> list[DeviceRef]:
        """The online devices whose store has versions they were not told of."""
        online = self.online()
        newest = await self._store.versions(online) if online else {}
        stale = [d for d in online if newest.get(d.device_id, {}) != self._told.get(d.device_id)]
        self._told = newest
        return stale

    def _note(
        self, device: DeviceRef, *, sess: int, online: bool, heartbeat: Heartbeat | None
    ) -> None:
        before, now = self._seen.pop(device.device_id, None), self._clock.now()
        beaten_at = before.heartbeat_at if before else None
        self._sess[device.device_id] = sess
        self._seen[device.device_id] = Sighting(
            device=device,
            seen_at=now,
            online=online,
            heartbeat=heartbeat or (before.heartbeat if before else None),
            heartbeat_at=now if heartbeat else beaten_at,
        )
        self._fresh.add(device.device_id)
        while len(self._seen) > _DEVICES:
            forgotten, _ = self._seen.popitem(last=False)
            self._fresh.discard(forgotten)
            self._sess.pop(forgotten, None)
