"""The one thread that writes (DESIGN §2, Edge SQLite).

Laws. Requests that wait are committed together: BEGIN IMMEDIATE, a SAVEPOINT for each, COMMIT, and
only then the answers (promise A). An error undoes its own request alone. Nothing but this thread
writes or checkpoints: Debian's SQLite has the WAL-reset bug, which needs two that do. After a
failed fsync nobody knows what is on disk, so the writer stops for good and the process must end; it
is never tried again, not even by closing the file. A full disk takes the ballast, then refuses the
group at hand and goes on. A disk that stalls is waited for, but not for ever.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import structlog
from msgspec import Struct

from edge_agent.storage.gathering import Gathering
from edge_agent.storage.group import (
    Outcome,
    Work,
    WriteFailed,
    checkpoint,
    commit_group,
    is_full,
    lacks_room,
)
from edge_agent.storage.room import DiskRoom
from edge_agent.storage.salvage import Salvager, is_damage, suspect
from edge_agent.storage.schema import migrate, released_migrations
from protocol.errors import HanoutError, Unavailable

T = TypeVar("T")
WriterState = Literal["new", "running", "stopping", "stopped", "failed"]
_log = structlog.get_logger(__name__)


class WriterLimits(Struct, frozen=True, kw_only=True):
    """`waiting`: requests not answered yet, over which more are refused. `checkpoint_rows`: row
    changes after which the log is copied into the database, which bounds the log. `answer_s`: how
    long a caller waits for a disk that stalls."""

    waiting: int = 1024
    group: int = 256
    checkpoint_rows: int = 2000
    answer_s: float = 20.0


class _Request(Struct, frozen=True):
    work: Work
    answer: "asyncio.Future[Any]"


class Writer:
    """`start`, `submit` any number of times at once, `stop`; all from one event loop."""

    room: DiskRoom | None = None

    def __init__(
        self,
        database: Path,
        *,
        limits: WriterLimits | None = None,
        room: DiskRoom | None = None,
        salvager: Salvager | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._limits = limits or WriterLimits()
        self._monotonic = monotonic
        self._busy_since: float | None = None
        self._salvager = salvager
        self.room = room
        self._queue: queue.SimpleQueue[list[_Request]] = queue.SimpleQueue()
        self._waiting = 0
        self._state: WriterState = "new"
        self._listeners: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="hanout-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gathering: Gathering[_Request] | None = None
        self._opened: asyncio.Future[None] | None = None
        self.failed = asyncio.Event()
        self.groups_count = 0
        self.requests_count = 0

    @property
    def state(self) -> WriterState:
        """`failed` is final: answer not ready, end the process non-zero, start anew."""
        return self._state

    @property
    def waiting(self) -> int:
        """Requests submitted and not answered yet."""
        return self._waiting

    @property
    def busy_s(self) -> float:
        """How long the group at hand has been under way; 0 between groups."""
        since = self._busy_since
        return 0.0 if since is None else self._monotonic() - since

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop after every group that wrote; it must not block.

        What only read wakes nobody: a listener that reads here would wake itself for ever.
        """
        self._listeners.append(listener)

    async def start(self) -> None:
        """Open the database and bring its schema up to date.

        Raises Refused `database-too-new`; WriteFailed or sqlite3.Error when the file is unusable.
        """
        assert self._state == "new"
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._gathering = Gathering(self._loop, self._queue.put, most=self._limits.group)
        self._thread.start()
        await self._opened

    async def submit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the writer's connection and return its result once that is on disk.

        `work` runs in the writer's thread, must not begin or end a transaction and must be short:
        everyone waits for it. It is run again when the first time found the disk full. Its own
        exception undoes it and is raised here. Raises Unavailable `busy` (too many wait),
        `disk-full` or `undone` (a neighbour broke the whole group), and nothing was written; or
        `storage-slow` or `storage-failed`, and nobody knows: ask again with the same id. A
        cancelled caller's work is written nevertheless.
        """
        if self._state != "running":
            raise Unavailable("storage-failed", "The agent's database cannot be written.")
        if self._waiting >= self._limits.waiting:
            raise Unavailable("busy", "Too many requests wait for the database; try again.")
        assert self._loop is not None
        assert self._gathering is not None
        answer = self._loop.create_future()
        self._waiting += 1
        self._gathering.add(_Request(work, answer))
        alarm = self._loop.call_later(self._limits.answer_s, _give_up, answer)
        try:
            return cast("T", await answer)
        finally:
            alarm.cancel()

    async def submit_spare(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """As `submit`, for what can wait until there is room again: the last room is for sales.

        Raises Unavailable `disk-low` besides.
        """
        if self.room is not None and self.room.look().state != "ample":
            raise Unavailable(
                "disk-low",
                "The disk is nearly full and kept for sales: free some space, then try again.",
            )
        return await self.submit(work)

    async def stop(self) -> None:
        """Write what was submitted, close the database, end the thread."""
        if self._state == "running":
            self._state = "stopping"
            assert self._gathering is not None
            for group in (*self._gathering.take_all(), []):
                self._queue.put(group)
        if self._thread.is_alive():
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        if self._state == "stopping":
            self._state = "stopped"

    # The writer's thread.

    def _run(self) -> None:
        try:
            self._serve()
        except (HanoutError, OSError, sqlite3.Error, WriteFailed) as error:
            _log.critical("storage_failed", error=str(error.__cause__ or error))
            self._tell(self._fail, error)
        except BaseException as error:
            self._tell(self._fail, error)
            raise

    def _serve(self) -> None:
        connection = self._open_database()
        try:
            self._tell(self._open)
            self._write_until_stopped(connection)
        except WriteFailed as error:
            _close_unwritten(connection, self._database)
            if is_damage(error.__cause__):
                suspect(self._database)
            raise
        finally:
            connection.close()

    def _open_database(self) -> sqlite3.Connection:
        if self._salvager is not None:
            self._salvager.ensure_sound(self._database)
        try:
            connection = open_database(self._database)
        except sqlite3.Error as error:
            if not (lacks_room(error) and self._make_room()):
                raise
            connection = open_database(self._database)
        if self._salvager is not None:
            self._salvager.remember(self._database)
        return connection

    def _write_until_stopped(self, connection: sqlite3.Connection) -> None:
        changes = 0
        while group := self._queue.get():
            self._busy_since = self._monotonic()
            before = connection.total_changes
            try:
                outcomes = self._commit(connection, [request.work for request in group])
            except WriteFailed:
                lost = Outcome(error=_storage_failed())
                self._tell(self._answer, group, [lost] * len(group), False)
                raise
            wrote = connection.total_changes != before
            committed = wrote and any(outcome.error is None for outcome in outcomes)
            self._tell(self._answer, group, outcomes, committed)
            if connection.total_changes - changes >= self._limits.checkpoint_rows:
                checkpoint(connection)
                changes = connection.total_changes
            self._busy_since = None

    def _commit(self, connection: sqlite3.Connection, works: Sequence[Work]) -> list[Outcome]:
        """Commit; what found no room once more, in the ballast's."""
        outcomes = commit_group(connection, works)
        full = [at for at, outcome in enumerate(outcomes) if is_full(outcome)]
        if full and self._make_room():
            again = commit_group(connection, [works[at] for at in full])
            for at, outcome in zip(full, again, strict=True):
                outcomes[at] = outcome
        return outcomes

    def _make_room(self) -> bool:
        if self.room is None or not self.room.release():
            return False
        _log.error("disk_full", ballast="released")
        return True

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    # The event loop.

    def _answer(self, group: list[_Request], outcomes: list[Outcome], committed: bool) -> None:
        self._waiting -= len(group)
        self.groups_count += 1
        self.requests_count += len(group)
        for request, outcome in zip(group, outcomes, strict=True):
            if request.answer.done():
                continue  # The caller was cancelled.
            if outcome.error is not None:
                request.answer.set_exception(outcome.error)
            else:
                request.answer.set_result(outcome.value)
        assert self._gathering is not None
        if self._state == "running":
            self._gathering.done(len(group))
        if committed:
            for listener in self._listeners:
                listener()

    def _open(self) -> None:
        self._state = "running"
        assert self._opened is not None
        if not self._opened.done():
            self._opened.set_result(None)

    def _fail(self, error: BaseException) -> None:
        """Refuse who still waits. On the loop, so that no `submit` slips in behind."""
        self._state = "failed"
        assert self._opened is not None
        if not self._opened.done():
            self._opened.set_exception(error)
        lost = [] if self._gathering is None else self._gathering.take_all()
        while not self._queue.empty():
            lost.append(self._queue.get_nowait())
        for request in chain.from_iterable(lost):
            if not request.answer.done():
                request.answer.set_exception(_storage_failed())
        self._waiting = 0
        self.failed.set()


def open_database(database: Path) -> sqlite3.Connection:
    """The one writing connection, with the schema of this release."""
    connection = sqlite3.connect(
        database, isolation_level=None, cached_statements=512, check_same_thread=True
    )
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        assert mode == "wal"
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Each savepoint notes what it changes; in a file that would be a second log per group.
        connection.execute("PRAGMA temp_store = MEMORY")
        # Its errors would go unseen; this thread checkpoints by itself (group.checkpoint).
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        migrate(connection, released_migrations())
        checkpoint(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _close_unwritten(connection: sqlite3.Connection, database: Path) -> None:
    """Closing the last connection would copy the log into the database: the retry that must not
    be. So one that cannot write outlives it."""
    try:
        witness = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        _log.critical("storage_unreadable", error=str(error))
        return
    with closing(witness):
        try:
            witness.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            _log.critical("storage_unreadable", error=str(error))
        connection.close()


def _give_up(answer: "asyncio.Future[Any]") -> None:
    if not answer.done():
        slow = "The disk does not answer; ask again with the same id."
        answer.set_exception(Unavailable("storage-slow", slow))


def _storage_failed() -> Unavailable:
    return Unavailable("storage-failed", "The disk failed; the agent ends and starts anew.")
