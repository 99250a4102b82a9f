"""The agent's writer and readers over a simulated disk: no threads, virtual syncs."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import aiosqlite

from edge_agent.storage.group import Outcome, Work, WriteFailed
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.errors import Unavailable
from tests.simulation.disk import Disk
from tests.simulation.gate import Gate

T = TypeVar("T")
_GROUP = 256
_Request = tuple[Work, "asyncio.Future[Any]"]


class DiskWriter(Writer):
    """`submit` as the real one: requests that wait share a sync, and only then the answers."""

    def __init__(self, disk: Disk, gate: Gate) -> None:
        self._disk = disk
        self._gate = gate
        self._requests: list[_Request] = []
        self._group: list[_Request] = []
        self._heard: list[Callable[[], None]] = []
        self.on_failure: Callable[[], None] = _nothing

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Called after every group that wrote."""
        self._heard.append(listener)

    async def submit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Its result, once that is on disk; raises Unavailable when the process is gone."""
        if self._gate.dead:
            raise Unavailable("storage-failed", "The agent does not run.")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._requests.append((work, answer))
        if not self._group:
            self._begin()
        return cast("T", await answer)

    async def submit_spare(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """No disk is full here."""
        return await self.submit(work)

    def under_way(self) -> list[Work]:
        """What is being synced."""
        return [work for work, _ in self._group]

    def abandon(self) -> None:
        """The process is gone: whoever waits on the shop's network learns that much."""
        for _, answer in (*self._group, *self._requests):
            if not answer.done():
                answer.set_exception(Unavailable("storage-failed", "The agent went away."))
                answer.exception()
        self._group, self._requests = [], []

    def _begin(self) -> None:
        self._group, self._requests = self._requests[:_GROUP], self._requests[_GROUP:]
        if self._group:
            asyncio.get_running_loop().call_later(self._disk.sync_ms() / 1000, self._finish)

    def _finish(self) -> None:
        if self._gate.dead or not self._group:
            return
        if self._disk.failing:
            self.on_failure()
            return
        connection = self._disk.connection
        before = connection.total_changes
        try:
            outcomes = self._disk.commit(self.under_way())
        except WriteFailed:
            self.on_failure()
            return
        group, self._group = self._group, []
        wrote = connection.total_changes != before
        self._tell_all(group, outcomes)
        if wrote and any(outcome.error is None for outcome in outcomes):
            for listener in self._heard:
                listener()
        if not self._group:
            self._begin()

    def _tell_all(self, group: list[_Request], outcomes: list[Outcome]) -> None:
        for (_, answer), outcome in zip(group, outcomes, strict=True):
            if answer.done():
                continue
            if outcome.error is not None:
                answer.set_exception(outcome.error)
            else:
                answer.set_result(outcome.value)


class DiskReaders(Readers):
    """Reads see what is committed, at once."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosqlite.Connection]:
        """One's own."""
        yield cast("aiosqlite.Connection", _Reader(self._disk.connection))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[aiosqlite.Connection]:
        """Nobody writes while a statement is awaited: no statement waits."""
        async with self.connection() as reader:
            yield reader


class _Reader:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def execute_fetchall(self, sql: str, parameters: Any = ()) -> list[Any]:
        return self._connection.execute(sql, parameters).fetchall()


def _nothing() -> None:
    """Nobody listens."""
