"""One group of requests in one transaction, and the checkpoint between groups.

Law: whatever happens, the connection is left outside of any transaction, and an outcome without
error is on disk. SQLite itself rolls the whole transaction back on some errors (disk full, I/O), so
`in_transaction` is asked after each, never assumed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from protocol.errors import HanoutError, Unavailable

Work = Callable[[sqlite3.Connection], Any]


class Outcome(Struct, frozen=True):
    """What a request gets: its value, or the exception to raise."""

    value: Any = None
    error: Exception | None = None


class WriteFailed(Exception):
    """The disk or the file cannot be trusted any more. The cause is SQLite's error."""


def commit_group(connection: sqlite3.Connection, works: Sequence[Work]) -> list[Outcome]:
    """Run all, commit once; outcomes in the order of `works`. Raises WriteFailed."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_run(connection, work) for work in works]
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        _leave(connection)
        return [Outcome(error=_refusal(error))] * len(works)
    except _GroupLost as lost:
        _leave(connection)
        return [Outcome(error=_refusal(lost.cause))] * len(works)
    except BaseException:
        _leave(connection)
        raise
    return outcomes


def is_full(outcome: Outcome) -> bool:
    """Whether the request was undone for want of room."""
    return isinstance(outcome.error, Unavailable) and outcome.error.code == "disk-full"


def lacks_room(error: BaseException) -> bool:
    """Whether SQLite found no room: for a page, or for its log's index."""
    extended = getattr(error, "sqlite_errorcode", None)
    return _primary_code(error) == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE


def checkpoint(connection: sqlite3.Connection) -> None:
    """Copy the log into the database as far as readers permit. Raises WriteFailed.

    A full disk is no failure here: the log keeps everything, and the next checkpoint tries again.
    """
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.Error as error:
        _refusal(error)


class _GroupLost(Exception):
    """SQLite rolled everything back while a request ran."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(cause)
        self.cause = cause


def _run(connection: sqlite3.Connection, work: Work) -> Outcome:
    connection.execute("SAVEPOINT request")
    try:
        value = work(connection)
    except Exception as error:
        if not connection.in_transaction or _is_fatal(error):
            raise _GroupLost(error) from error
        connection.execute("ROLLBACK TO request")
        connection.execute("RELEASE request")
        return Outcome(error=_refusal(error) if lacks_room(error) else error)
    assert connection.in_transaction, f"{work} ended the writer's transaction"
    connection.execute("RELEASE request")
    return Outcome(value=value)


def _leave(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _primary_code(error: BaseException) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return (code & 0xFF) if isinstance(code, int) else sqlite3.SQLITE_ERROR


def _is_fatal(error: Exception) -> bool:
    if not isinstance(error, sqlite3.Error) or lacks_room(error):
        return False
    return _primary_code(error) in (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    )


def _refusal(error: Exception) -> HanoutError:
    """How the group is told; raises WriteFailed instead when there is no going on."""
    if _is_fatal(error):
        raise WriteFailed from error
    if lacks_room(error):
        return Unavailable("disk-full", "The disk is full: nothing was written. Free some space.")
    if _primary_code(error) == sqlite3.SQLITE_BUSY:
        return Unavailable("busy", "The database is locked by another program; try again.")
    return Unavailable("undone", "A request broke the group it was written in: try again.")
