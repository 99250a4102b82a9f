"""Messages between the broker and the next commit: bounded, and fair to every tenant (promise G).

The file's law: a device's messages keep their order; tenants take turns, and within a tenant its
devices; what is live goes before backlogs, which still get every fourth place (promise H). At its
bounds a backlog's message is forgotten and counted, since its device repeats it, and a live one
waits for room.
"""

import asyncio
from collections import OrderedDict, deque
from uuid import UUID

from msgspec import Struct

from hub.ingest.broker import Inbound

_BACKLOG_TURN = 4
_NOBODY = UUID(int=0)


class Waiting(Struct, frozen=True, kw_only=True):
    """A message and whose it is. `owner`: the tenant, as far as it is known."""

    message: Inbound
    device_id: UUID = _NOBODY
    owner: UUID = _NOBODY
    backlog: bool = False


class Bounds(Struct, frozen=True, kw_only=True):
    """How much may wait. Backlogs fill three quarters of it at most; one message always fits."""

    messages: int = 1024
    bytes: int = 32 * 1024 * 1024
    per_device: int = 16


class FairQueue:
    """`put` and `take` from one event loop; one taker."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._flows: dict[UUID, deque[Waiting]] = {}
        self._live, self._backlogs = _Lane(), _Lane()
        self._turn = 0
        self._freed, self._filled = asyncio.Event(), asyncio.Event()
        self.messages = 0
        self.bytes = 0

    async def put(self, waiting: Waiting) -> str | None:
        """Take it in, waiting for room if it is live; why it was forgotten, if it was."""
        if len(self._flows.get(waiting.device_id, ())) >= self._bounds.per_device:
            return "device-queue-full"
        while not self._fits(waiting):
            if waiting.backlog:
                return "queue-full"
            self._freed.clear()
            await self._freed.wait()
        flow = self._flows.setdefault(waiting.device_id, deque())
        flow.append(waiting)
        self.messages += 1
        self.bytes += len(waiting.message.payload)
        if len(flow) == 1:
            self._line_up(waiting)
        self._filled.set()
        return None

    async def take(self, *, most: int, most_bytes: int) -> list[Inbound]:
        """The next messages, one at least: waits for it."""
        await self._filled.wait()
        taken, size = list[Inbound](), 0
        while self.messages and len(taken) < most and size < most_bytes:
            message = self._next()
            size += len(message.payload)
            taken.append(message)
        if not self.messages:
            self._filled.clear()
        self._freed.set()
        return taken

    def _fits(self, waiting: Waiting) -> bool:
        share = 3 if waiting.backlog else 4
        return not self.messages or (
            4 * self.messages < share * self._bounds.messages
            and 4 * (self.bytes + len(waiting.message.payload)) <= share * self._bounds.bytes
        )

    def _next(self) -> Inbound:
        self._turn = (self._turn + 1) % _BACKLOG_TURN
        first, second = self._live, self._backlogs
        if self._turn == 0:
            first, second = second, first
        device_id = (first if first.devices else second).pop()
        flow = self._flows[device_id]
        waiting = flow.popleft()
        self.messages -= 1
        self.bytes -= len(waiting.message.payload)
        if flow:
            self._line_up(flow[0])
        else:
            del self._flows[device_id]
        return waiting.message

    def _line_up(self, waiting: Waiting) -> None:
        """A device stands where its first message belongs."""
        lane = self._backlogs if waiting.backlog else self._live
        lane.push(waiting.owner, waiting.device_id)


class _Lane:
    """Devices in turn, owner by owner."""

    def __init__(self) -> None:
        self._owners: OrderedDict[UUID, deque[UUID]] = OrderedDict()

    @property
    def devices(self) -> bool:
        """Whether any stands here."""
        return bool(self._owners)

    def push(self, owner: UUID, device_id: UUID) -> None:
        self._owners.setdefault(owner, deque()).append(device_id)

    def pop(self) -> UUID:
        owner, devices = self._owners.popitem(last=False)
        device_id = devices.popleft()
        if devices:
            self._owners[owner] = devices
        return device_id
