"""A database that broke: found at the start, set aside, and all that can be read saved from it.

Laws. The broken files are kept for ever, under a name of their own (promise D). The fresh database
takes their place in one rename; until then nothing has changed, and a power cut begins anew
(promise A). What was saved and what was lost stands in the table `salvage`, for everyone to see
(promise L). Runs in the writer's thread, before the database is opened.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import aiosqlite
import structlog
from msgspec import Struct

from edge_agent.kit.clock import Clock, unix_ms
from edge_agent.kit.durable_files import rename_durably, sync_folder
from edge_agent.kit.queries import load_queries
from edge_agent.storage.checking import complaints
from edge_agent.storage.log_scan import scan_log
from edge_agent.storage.schema import migrate, released_migrations
from edge_agent.storage.schema_pages import (
    remember_schema_pages,
    restore_schema_pages,
    schema_is_sound,
)

_log = structlog.get_logger(__name__)
_QUERIES = load_queries(__package__, "salvage.sql")
_CHECK_S = 1.0
_STEPS = 20_000
SCHEMA_PAGES = "schema-pages"

Rescue = Callable[[sqlite3.Connection], int]
"""Given the fresh database with all rows that could be read: put right what is not rows alone, in
the open transaction; returns how many facts are lost."""
Suspect = Callable[[sqlite3.Connection, float], str | None]
"""Looks for damage that SQLite cannot see, so many seconds long; says what it found."""


class Salvager:
    """`ensure_sound` before the database is opened."""

    def __init__(
        self,
        *,
        clock: Clock,
        rescue: Rescue,
        suspect: Suspect,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._rescue = rescue
        self._suspect = suspect
        self._monotonic = monotonic

    def ensure_sound(self, database: Path) -> None:
        """Afterwards it can be opened. Raises OSError or sqlite3.Error when the disk refuses."""
        _finish(database)
        doubt = database.with_name("suspect")
        if not database.exists():
            doubt.unlink(missing_ok=True)
            return
        cause = self._damage(database, patience_s=None if doubt.exists() else _CHECK_S)
        if cause is not None:
            _log.critical("database_broken", cause=cause)
            self._salvage(database, cause=cause)
            _finish(database)
        doubt.unlink(missing_ok=True)

    def remember(self, database: Path) -> None:
        """The database was opened and is at this release's schema."""
        remember_schema_pages(database, remembered=database.with_name(SCHEMA_PAGES))

    def _damage(self, database: Path, *, patience_s: float | None) -> str | None:
        log = database.with_name(f"{database.name}-wal")
        if log.exists() and scan_log(log.read_bytes()).damaged:
            return "the log is damaged before its last commit"
        if not schema_is_sound(database, remembered=database.with_name(SCHEMA_PAGES)):
            return "the schema is not what was written"
        deadline = None if patience_s is None else self._monotonic() + patience_s
        try:
            # As the writer opens it: only who may write reads a log that nobody else has open.
            with closing(sqlite3.connect(database, isolation_level=None)) as connection:
                connection.text_factory = _lenient
                return self._complaint(connection, deadline)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return str(error)

    def _complaint(self, connection: sqlite3.Connection, deadline: float | None) -> str | None:
        if deadline is not None:
            limit = deadline
            connection.set_progress_handler(lambda: self._monotonic() > limit, _STEPS)
        try:
            found = complaints(connection, full=deadline is None)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            found = []
        connection.set_progress_handler(None, 0)
        if found:
            return found[0]
        left_s = 3600.0 if deadline is None else max(0.1, deadline - self._monotonic())
        return self._suspect(connection, left_s)

    def _salvage(self, database: Path, *, cause: str) -> None:
        now = self._clock.now()
        kept = _keep(database, f"broken-{now:%Y%m%dT%H%M%S}")
        work = database.with_name("salvaging")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        fresh = work / "fresh.db"
        with (
            closing(_readable_copy(database, work)) as broken,
            closing(sqlite3.connect(fresh, isolation_level=None)) as target,
        ):
            migrate(target, released_migrations())
            target.execute("BEGIN IMMEDIATE")
            tables_torn = _copy_tables(broken, target)
            facts_lost = self._rescue(target)
            told = {
                "at_ms": unix_ms(now),
                "cause": cause[:500],
                "kept_as": kept.name,
                "facts_lost": facts_lost,
                "tables_torn": tables_torn,
            }
            target.execute(_QUERIES["add_salvage"], told)
            target.execute("COMMIT")
        _log.critical("database_salvaged", **told)
        rename_durably(fresh, work / "salvaged.db")
        rename_durably(work / "salvaged.db", database.with_name("salvaged.db"))
        shutil.rmtree(work)


class Salvage(Struct, frozen=True, kw_only=True):
    """What was saved from a database that broke. `tables_torn` lack rows."""

    at_ms: int
    cause: str
    kept_as: str
    facts_lost: int
    tables_torn: int


async def salvages(reader: aiosqlite.Connection) -> list[Salvage]:
    """The newest first, a few."""
    rows = await reader.execute_fetchall(_QUERIES["salvages"])
    return [
        Salvage(
            at_ms=at_ms,
            cause=cause,
            kept_as=kept_as,
            facts_lost=facts_lost,
            tables_torn=tables_torn,
        )
        for at_ms, cause, kept_as, facts_lost, tables_torn in rows
    ]


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file's content is wrong, not that it cannot get at it."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def suspect(database: Path) -> None:
    """Damage was met: let the next start look at every page, however long it takes."""
    database.with_name("suspect").touch()


def _finish(database: Path) -> None:
    """Put what was salvaged in its place; a power cut in here is gone on from."""
    salvaged = database.with_name("salvaged.db")
    if not salvaged.exists():
        return
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    sync_folder(database.parent)
    rename_durably(salvaged, database)


def _keep(database: Path, name: str) -> Path:
    """The broken files under another name as well; the same bytes, so that no room is taken.

    A box without a clock comes to the same name again, after a power cut in here for one.
    """
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    kept = next(path for path in map(database.with_name, names) if not path.exists())
    kept.mkdir(mode=0o700)
    for suffix in ("", "-wal"):
        source = database.with_name(database.name + suffix)
        if source.exists():
            os.link(source, kept / source.name)
    sync_folder(kept)
    sync_folder(kept.parent)
    return kept


def _readable_copy(database: Path, work: Path) -> sqlite3.Connection:
    """A copy to read from: its log mended, its schema restored when that is what broke."""
    copy = work / "broken.db"
    shutil.copyfile(database, copy)
    log = database.with_name(f"{database.name}-wal")
    if log.exists():
        (work / "broken.db-wal").write_bytes(scan_log(log.read_bytes()).mended)
    remembered = database.with_name(SCHEMA_PAGES)
    if schema_is_sound(copy, remembered=remembered):
        try:
            return _opened(copy)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
    restore_schema_pages(copy, remembered=remembered)
    return _opened(copy)


def _lenient(raw: bytes) -> str:
    """Texts of a broken database may be none."""
    return raw.decode("utf-8", "replace")


def _opened(copy: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        connection.execute(_QUERIES["look_at_schema"]).fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _copy_tables(broken: sqlite3.Connection, fresh: sqlite3.Connection) -> int:
    """How many tables are not whole; how many rows they lack, nobody can know."""
    broken.text_factory = _lenient
    tables = fresh.execute(_QUERIES["tables"]).fetchall()
    torn = [
        table
        for table, has_rowid in tables
        if not _copy_table(broken, fresh, table=table, has_rowid=bool(has_rowid))
    ]
    for query in ("keep_lost_replicas", "forget_versions", "drop_staged", "reopen", "read_again"):
        fresh.execute(_QUERIES[query])
    return len(torn)


def _copy_table(
    broken: sqlite3.Connection, fresh: sqlite3.Connection, *, table: str, has_rowid: bool
) -> bool:
    """Everything that can be read, from both ends towards the break; whether there is none."""
    named = {"table": table}
    wanted = [str(row[0]) for row in fresh.execute(_QUERIES["columns"], named)]
    keys = [str(row[0]) for row in fresh.execute(_QUERIES["keys"], named)]
    try:
        held = {row[0] for row in broken.execute(_QUERIES["columns"], named)}
    except sqlite3.DatabaseError:
        return False
    columns = [name for name in wanted if name in held]
    if not columns:
        return True  # A table of this release, which the broken database never had.
    told = {"table": table, "columns": ", ".join(columns), "marks": ", ".join("?" * len(columns))}
    insert = _QUERIES["put_row"].format(**told)
    for direction in ("ASC", "DESC"):
        order = [f"{key} {direction}" for key in (["rowid"] if has_rowid else keys)]
        select = _QUERIES["all_rows"].format(**told, order=", ".join(order))
        if _copy_until_broken(broken, fresh, select=select, insert=insert):
            return True
    return False


def _copy_until_broken(
    broken: sqlite3.Connection, fresh: sqlite3.Connection, *, select: str, insert: str
) -> bool:
    """Whether the end was reached and every row fitted."""
    fitted = True
    try:
        for row in broken.execute(select):
            try:
                fresh.execute(insert, row)
            except sqlite3.IntegrityError:
                fitted = False
    except sqlite3.DatabaseError as error:
        _log.warning("table_broken", error=str(error))
        return False
    return fitted
