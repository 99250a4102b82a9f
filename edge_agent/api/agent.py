"""A built agent's life: open, serve, drain, close.

Laws: the shop sells with everything outside gone (promise E), so only the database ends the
process. On the way out the server finishes what it began, and the database closes last.
"""

import asyncio
import signal
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from fastapi import FastAPI
from msgspec import Struct

from edge_agent.api.server import listen, serve, url_of
from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.storage.folder import AgentFolder
from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import ReplicatedCollection
from edge_agent.storage.room import DiskRoom
from edge_agent.storage.writer import Writer
from edge_agent.sync.renewal import RenewalService
from edge_agent.sync.service import SyncService
from edge_agent.sync.status import AlarmSeen
from protocol.errors import Unavailable

_log = structlog.get_logger(__name__)
_HOUSEKEEPING_S = 60.0
_HOUSEKEEPING_PAUSE_S = 0.05
_SYNC_RESTART_S = 10.0
_STATUS_S = 1.0


class Agent(Struct, frozen=True, kw_only=True):
    """A built agent. `start`, then `run`, then `close`."""

    device_id: UUID
    epoch: int
    listen_host: str
    listen_port: int
    app: FastAPI
    folder: AgentFolder
    room: DiskRoom
    writer: Writer
    readers: Readers
    journal: Journal
    collections: Sequence[ReplicatedCollection]
    tidy: Sequence[Callable[[sqlite3.Connection], int]]
    sync: SyncService | None
    renewal: RenewalService | None
    broadcast: Broadcast
    closing: asyncio.Event

    async def start(self) -> None:
        """Open the database and bind it to this device.

        Raises Refused `database-too-new`, `folder-of-another-device`, sqlite3.Error.
        """
        await self.writer.start()
        await self.readers.open()
        await self.writer.submit(
            lambda connection: self.journal.install(
                connection, device_id=self.device_id, epoch=self.epoch
            )
        )
        for collection in self.collections:
            await _index_again(self.writer, collection)
        if self.sync is not None:
            self.writer.on_commit(self.sync.wake)
            self.sync.on_replicas_changed(self._tell_replica)

    async def live(self, *, on_listening: Callable[[str], None]) -> bool:
        """Start, run until SIGTERM or SIGINT, close; see `start` and `run`."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            await self.start()
            return await self.run(stop, on_listening=on_listening)
        finally:
            await self.close()

    async def run(self, stop: asyncio.Event, *, on_listening: Callable[[str], None]) -> bool:
        """Serve until `stop` or the database fails; True when it was asked to stop."""
        listener = listen(self.listen_host, self.listen_port)
        url = url_of(listener)
        background = [asyncio.create_task(work) for work in self._background()]
        serving = asyncio.create_task(
            serve(self.app, listener, until=self.closing, on_listening=lambda: on_listening(url)),
            name="serve",
        )
        ends = [
            asyncio.create_task(stop.wait(), name="stop"),
            asyncio.create_task(self.writer.failed.wait(), name="writer-failed"),
        ]
        try:
            await asyncio.wait((serving, *ends), return_when=asyncio.FIRST_COMPLETED)
            self.closing.set()
            await serving
        finally:
            await _cancel([*background, *ends])
        return stop.is_set() and self.writer.state == "running"

    async def close(self) -> None:
        """Write what was submitted, then let go of the folder."""
        await self.readers.close()
        await self.writer.stop()
        self.folder.close()

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        works = [_keep_house(self.writer, self.room, self.tidy)]
        if self.sync is not None:
            works += [_keep_syncing(self.sync), _tell_status(self.sync, self.broadcast)]
            if self.renewal is not None:
                works.append(_keep_renewing(self.renewal, self.sync))
        return works

    def _tell_replica(self, collection: str) -> None:
        self.broadcast.publish("catalogue", {"collection": collection})


async def _index_again(writer: Writer, collection: ReplicatedCollection) -> None:
    """What an earlier release could not read, and all of a database that was salvaged."""
    after: int | None = 0
    while after is not None:
        after = await writer.submit(partial(collection.replay, after=after))


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_syncing(sync: SyncService) -> None:
    """A bug in the sync must not take the shop with it: log, wait, begin anew (promise E)."""
    while True:
        try:
            await sync.run()
        except Exception:  # noqa: BLE001 — whatever it is, it is logged and the shop goes on
            _log.exception("sync_crashed", restart_s=_SYNC_RESTART_S)
        await asyncio.sleep(_SYNC_RESTART_S)


async def _keep_renewing(renewal: RenewalService, sync: SyncService) -> None:
    """As the sync: whatever is wrong with it, the shop sells."""
    while True:
        try:
            await renewal.run(sync)
        except Exception:  # noqa: BLE001 — whatever it is, it is logged and the shop goes on
            _log.exception("renewal_crashed", restart_s=_SYNC_RESTART_S)
        await asyncio.sleep(_SYNC_RESTART_S)


async def _tell_status(sync: SyncService, broadcast: Broadcast) -> None:
    """Screens learn of a lost or found hub within a second or so."""
    told: tuple[bool, int | None, AlarmSeen | None] | None = None
    while True:
        status = sync.status()
        alarm = status.alarms[-1] if status.alarms else None
        seen = (status.welcomed, status.last_ack_at_ms, alarm)
        if seen != told:
            told = seen
            broadcast.publish(
                "sync",
                {
                    "connected": status.welcomed,
                    "last_ack_at_ms": status.last_ack_at_ms,
                    "alarm": None if alarm is None else alarm.code,
                },
            )
        await asyncio.sleep(_STATUS_S)


async def _keep_house(
    writer: Writer, room: DiskRoom, tidy: Sequence[Callable[[sqlite3.Connection], int]]
) -> None:
    """Hold room back for sales; drop what nobody needs, a little at a time between sales."""
    while True:
        try:
            await asyncio.to_thread(room.reserve)
            for some in tidy:
                await _tidy_all(writer, some)
        except (OSError, Unavailable) as error:
            _log.warning("housekeeping_put_off", reason=str(error))
        await asyncio.sleep(_HOUSEKEEPING_S)


async def _tidy_all(writer: Writer, some: Callable[[sqlite3.Connection], int]) -> None:
    left = 1
    while left:
        left = await writer.submit(some)
        await asyncio.sleep(_HOUSEKEEPING_PAUSE_S)
