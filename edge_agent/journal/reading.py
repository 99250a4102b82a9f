"""The journal of a folder, read beside a running agent or from a dead box's card.

Law: nothing here writes to the database. One snapshot for the whole reading, rows one by one: the
journal may be larger than memory.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from msgspec import Struct

from edge_agent.journal import store
from edge_agent.journal.models import DeviceState
from edge_agent.kit.queries import load_queries
from protocol.errors import Unavailable

_QUERIES = load_queries("edge_agent.journal", "reading.sql")
_PATIENCE_S = 10.0


class HeldFact(Struct, frozen=True, kw_only=True):
    """A row of the journal as it is."""

    seq: int
    epoch: int
    hash: bytes
    raw: bytes


class JournalFile:
    """Open while in its `with`. Raises Unavailable `no-journal` when there is none to read."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._opened = ExitStack()
        self.connection: sqlite3.Connection

    def __enter__(self) -> "JournalFile":
        try:
            with self._opened:
                self.connection = self._open()
                self._opened = self._opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            why = f"There is no journal to read in {self._database.parent}: {error}"
            raise Unavailable("no-journal", why) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def state(self) -> DeviceState:
        """Where the journal stands."""
        return store.device_state(self.connection)

    def first_held(self) -> int | None:
        """The oldest seq that was not pruned; None when the journal is empty."""
        found: int | None = self.connection.execute(_QUERIES["first_held"]).fetchone()[0]
        return found

    def oldest_unacked_at_ms(self) -> int | None:
        """The device's time of the oldest fact that the hub lacks, in Unix milliseconds."""
        found: int | None = self.connection.execute(_QUERIES["oldest_unacked"]).fetchone()[0]
        return found

    def facts(self, *, first: int) -> Iterator[HeldFact]:
        """From `first` on, rising; a hole is the caller's to find."""
        for seq, epoch, found, raw in self.connection.execute(
            _QUERIES["held_from"], {"first": first}
        ):
            yield HeldFact(seq=seq, epoch=epoch, hash=found, raw=raw)

    def hash_at(self, seq: int) -> bytes | None:
        """The hash at a seq, 0 being the genesis; None when it is not held."""
        return store.hash_at(self.connection, seq)

    def _open(self) -> sqlite3.Connection:
        try:
            return self._snapshot(self._database)
        except sqlite3.OperationalError:
            if not self._database.exists():
                raise
        # A card that is mounted read-only keeps SQLite from reading its log: read a copy.
        folder = Path(self._opened.enter_context(TemporaryDirectory(prefix="hanout-")))
        for name in (self._database.name, f"{self._database.name}-wal"):
            original = self._database.with_name(name)
            if original.exists():
                shutil.copyfile(original, folder / name)
        return self._snapshot(folder / self._database.name)

    def _snapshot(self, database: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{database.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            timeout=_PATIENCE_S,
        )
        self._opened.callback(connection.close)
        connection.execute(_QUERIES["begin_snapshot"])
        connection.execute(_QUERIES["first_held"]).fetchone()
        return connection
