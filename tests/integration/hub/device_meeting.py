"""Two workers serve one device at the same moment: the one stands still between reading how far the
device has come and writing, until the other has ended or is seen to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from hub.ingest.broker import Outbound
from hub.ingest.inbox import DeviceRef, InboxMove, InboxStore, InboxTransaction, Quarantined
from hub.ingest.postgres_sync import PostgresSync
from hub.kit.db import TenantSession
from protocol.session.hub import DeviceView, Epoch, Row
from tests.integration.hub.inbox_world import InboxWorld, until

Turn = Coroutine[Any, Any, list[Outbound]]
_WAITING = (
    "select pid from pg_stat_activity where datname = current_database()"
    " and wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0"
)


class Gate:
    """Whoever comes waits until it is opened."""

    def __init__(self) -> None:
        self.reached = False
        self.opened = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached = True
        await self.opened.wait()


class HeldInbox:
    """The inbox of a worker that comes to a gate once it has read where its devices stand."""

    def __init__(self, inbox: InboxStore, gate: Gate) -> None:
        self._inbox = inbox
        self._gate = gate

    @asynccontextmanager
    async def transaction(self, devices: Sequence[DeviceRef]) -> AsyncIterator[InboxTransaction]:
        async with self._inbox.transaction(devices) as opened:
            yield _HeldTransaction(opened, self._gate)

    async def quarantine(self, items: Sequence[Quarantined], *, at: datetime) -> None:
        await self._inbox.quarantine(items, at=at)


class _HeldTransaction:
    def __init__(self, opened: InboxTransaction, gate: Gate) -> None:
        self._opened = opened
        self._gate = gate

    @property
    def current(self) -> Mapping[UUID, Epoch]:
        return self._opened.current

    async def hashes_held(
        self, batches: Sequence[tuple[DeviceRef, int, int, int]]
    ) -> dict[UUID, dict[int, bytes]]:
        return await self._opened.hashes_held(batches)

    async def ahead(self, device: DeviceRef, epoch: Epoch) -> tuple[Row, ...]:
        """The last that is read before anything is decided."""
        rows = await self._opened.ahead(device, epoch)
        await self._gate.pass_through()
        return rows

    async def write(self, moves: Sequence[InboxMove], *, at: datetime) -> None:
        await self._opened.write(moves, at=at)


class HeldSync(PostgresSync):
    """What greets devices, and comes to a gate once it has read where a device stands."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def view(self, session: TenantSession, device_id: UUID) -> DeviceView:
        view = await super().view(session, device_id)
        await self._gate.pass_through()
        return view


class Meeting(Struct, frozen=True, kw_only=True):
    """What each of the two answered. `waited`: the second was seen to wait for the first."""

    waited: bool
    first: list[Outbound]
    second: list[Outbound]


async def meet(world: InboxWorld, gate: Gate, *, first: Turn, second: Turn) -> Meeting:
    """`first` goes as far as the gate, `second` as far as it comes, then both to their ends.

    Raises what either of them raises.
    """
    one = asyncio.create_task(first)
    other: asyncio.Task[list[Outbound]] | None = None
    try:
        await until(lambda: _reached_or(gate, one.done))
        other = asyncio.create_task(second)
        ended = other.done
        await until(lambda: _waits_or(world, ended))
        waited = not ended()
        gate.opened.set()
        return Meeting(waited=waited, first=await one, second=await other)
    finally:
        gate.opened.set()
        await asyncio.gather(one, *([other] if other else []), return_exceptions=True)


async def _reached_or(gate: Gate, ended: Callable[[], bool]) -> bool:
    return gate.reached or ended()


async def _waits_or(world: InboxWorld, ended: Callable[[], bool]) -> bool:
    """Whether a session waits for another's lock, as a third one sees it, or there is no need."""
    return ended() or bool(await world.rows(_WAITING))
