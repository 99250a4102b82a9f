"""How many shops may bring a backlog at once, and how much each (sync reference §3).

Held by each worker in memory: losing it costs a few refusals. The file's law: whoever is live
always has credit; a backlog is admitted up to a bound, half of it for one tenant at most, and the
others are told when to come, spread so that they do not come as one.
"""

from collections import Counter, OrderedDict
from random import Random
from uuid import UUID

from msgspec import Struct

from hub.ingest.inbox import DeviceRef
from hub.kit.clock import Clock
from protocol.codec.frames import MAX_BATCH_FACTS

# Unacknowledged batches that a live device or an admitted backlog may have under way.
CREDIT = 4
_ADMITTED = 200
# An admitted device that says nothing for so long makes room.
_SILENT_S = 30.0
_WAVE_MS = 5_000
_LONGEST_MS = 300_000
_REFUSED_KNOWN = 20_000


class Granted(Struct, frozen=True):
    """What a device that says hello is granted."""

    credit: int
    not_before_ms: int = 0


class Admission:
    """`most`: backlogs at once in this worker."""

    def __init__(self, *, clock: Clock, rng: Random, most: int = _ADMITTED) -> None:
        self._clock = clock
        self._rng = rng
        self._most = most
        self._admitted: OrderedDict[UUID, tuple[UUID, float]] = OrderedDict()
        self._of_tenant: Counter[UUID] = Counter()
        self._refused: OrderedDict[UUID, float] = OrderedDict()

    def greet(self, device: DeviceRef, *, debt: int) -> Granted:
        """A hello: the device says that it has `debt` facts more than the hub."""
        if debt <= MAX_BATCH_FACTS:
            self.live(device)
            return Granted(CREDIT)
        if self.admits(device):
            return Granted(CREDIT)
        now_s = self._clock.monotonic()
        while self._refused and next(iter(self._refused.values())) < now_s:
            self._refused.popitem(last=False)
        waves = 1 + len(self._refused) // self._most
        ceiling_ms = min(_LONGEST_MS, _WAVE_MS * waves)
        self._refused[device.device_id] = now_s + ceiling_ms / 1000
        self._refused.move_to_end(device.device_id)
        if len(self._refused) > _REFUSED_KNOWN:
            self._refused.popitem(last=False)
        return Granted(1, self._rng.randint(ceiling_ms // 10, ceiling_ms))

    def admits(self, device: DeviceRef) -> bool:
        """Whether the device may bring its backlog now. Asking keeps its place."""
        known = self._admitted.pop(device.device_id, None)
        if known is None:
            self._make_room()
            tenants_share = max(1, self._most // 2)
            taken = self._of_tenant[device.organization_id]
            if len(self._admitted) >= self._most or taken >= tenants_share:
                return False
            self._of_tenant[device.organization_id] += 1
            self._refused.pop(device.device_id, None)
        self._admitted[device.device_id] = (device.organization_id, self._clock.monotonic())
        return True

    def live(self, device: DeviceRef) -> None:
        """The device has no backlog any more: its place is free."""
        known = self._admitted.pop(device.device_id, None)
        if known is not None:
            self._leave(known[0])

    def _make_room(self) -> None:
        silent_since_s = self._clock.monotonic() - _SILENT_S
        while self._admitted:
            device_id, (tenant, seen_s) = next(iter(self._admitted.items()))
            if seen_s > silent_since_s:
                return
            del self._admitted[device_id]
            self._leave(tenant)

    def _leave(self, tenant: UUID) -> None:
        self._of_tenant[tenant] -= 1
        if not self._of_tenant[tenant]:
            del self._of_tenant[tenant]
