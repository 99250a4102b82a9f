"""The shop's copies of what the hub publishes: staged page by page, put in force by one commit.

Laws (promise J): readers see the rows of `visible_row`, which change at a flip and at nothing else.
A page is one small commit, cursor included, so a crash resumes where it stopped. A pull that begins
anew takes the next generation number and a floor below it: what was staged before falls under the
floor, and no commit is ever longer than a page. A row that cannot be read is kept, counted and left
out; it blocks nothing (promise I).
"""

import sqlite3
import time
from collections.abc import Callable
from zlib import crc32

import aiosqlite
from msgspec import Struct

from edge_agent.kit.queries import load_queries
from protocol.codec.items import decode_item, item_key
from protocol.errors import RemoteProtocolError
from protocol.messages.collections import Item
from protocol.messages.sync import Cursor, Page, Put
from protocol.session.outputs import Replica

# Called in the page's transaction for every row that can be read: keep what finds it, by its id.
Index = Callable[[sqlite3.Connection, int, Item], None]

_QUERIES = load_queries(__package__)
_SWEPT_PER_RUN = 500
_REPLAYED_PER_RUN = 500


class CollectionState(Struct, frozen=True, kw_only=True):
    """The version in force and how many of its rows this release cannot read."""

    version: int
    unreadable_count: int


class _State(Struct, frozen=True):
    version: int = 0
    generation: int = 0
    floor: int = 0
    staging: int | None = None
    staging_floor: int | None = None
    cursor_version: int | None = None
    cursor_key: str | None = None
    cursor_since: int | None = None
    cursor_seen: int | None = None

    @property
    def begins_anew(self) -> bool:
        """A shop without a version is sent all of it: what it may hold all the same, salvaged from
        a broken database, goes with the flip."""
        return not self.version and self.staging is None

    @property
    def cursor(self) -> Cursor | None:
        """How far the pull has come that is building `staging`."""
        if self.cursor_version is None or self.cursor_key is None or self.cursor_since is None:
            return None
        return Cursor(
            version=self.cursor_version,
            key=self.cursor_key,
            since=self.cursor_since,
            seen=self.cursor_seen or 0,
        )


class ReplicatedCollection:
    """One collection. Its methods run inside a function given to `Writer.submit`."""

    def __init__(self, name: str, kinds: tuple[type[Item], ...], index: Index) -> None:
        self.name = name
        self._kinds = kinds
        self._index = index

    def state(self, connection: sqlite3.Connection) -> Replica:
        """The version in force and how far a pull has come."""
        state = self._state(connection)
        return Replica(version=state.version, staged=state.cursor)

    def stage_page(self, connection: sqlite3.Connection, page: Page) -> None:
        """Take a page in; with `done`, put the staged generation in force as `page.version`.

        Taking the same page in again changes nothing.
        """
        assert page.collection == self.name
        state = self._state(connection)
        if page.restart or state.begins_anew:
            staging = max(state.generation, state.staging or 0) + 1
            staging_floor = staging - 1
        else:
            staging = state.staging or state.generation + 1
            staging_floor = state.floor if state.staging_floor is None else state.staging_floor
        place = {
            "collection": self.name,
            "staging": staging,
            "staging_floor": staging_floor,
        }
        cursor = {
            "cursor_version": page.next.version,
            "cursor_key": page.next.key,
            "cursor_since": page.next.since,
            "cursor_seen": page.next.seen,
        }
        connection.execute(_QUERIES["stage"], {**place, **cursor})
        for put in page.puts:
            self._put(connection, place, put)
        for key in page.gone:
            connection.execute(_QUERIES["unstage"], {**place, "key": key})
            connection.execute(_QUERIES["close_visible"], {**place, "key": key})
        if page.done:
            flipped = {"collection": self.name, "version": page.version}
            connection.execute(_QUERIES["flip"], flipped)

    def sweep(self, connection: sqlite3.Connection) -> int:
        """Delete some rows that no generation needs; returns how many, 0 = nothing left."""
        state = self._state(connection)
        bounds = {
            "collection": self.name,
            "generation": state.generation,
            "floor": state.floor,
            "staging": state.staging or 0,
            "most": _SWEPT_PER_RUN,
        }
        return connection.execute(_QUERIES["sweep"], bounds).rowcount

    def replay(self, connection: sqlite3.Connection, *, after: int = 0) -> int | None:
        """Try some unreadable rows again, as after an upgrade; returns what to pass as `after` to
        go on, None at the end."""
        bounds = {"collection": self.name, "after": after, "most": _REPLAYED_PER_RUN}
        rows = connection.execute(_QUERIES["unreadable"], bounds).fetchall()
        for row_id, key, payload in rows:
            item = self._read(key, payload)
            if item is not None:
                connection.execute(_QUERIES["set_readable"], {"id": row_id})
                self._index(connection, row_id, item)
        return int(rows[-1][0]) if rows else None

    def _put(self, connection: sqlite3.Connection, place: dict[str, object], put: Put) -> None:
        payload = bytes(put.payload)
        item = self._read(put.key, payload)
        row = {
            **place,
            "key": put.key,
            "version": put.version,
            "readable": item is not None,
            "payload": payload,
            "crc32": crc32(payload),
        }
        connection.execute(_QUERIES["unstage"], {**place, "key": put.key})
        connection.execute(_QUERIES["close_visible"], {**place, "key": put.key})
        (row_id,) = connection.execute(_QUERIES["insert_row"], row).fetchone()
        if item is not None:
            self._index(connection, row_id, item)

    def _read(self, key: str, payload: bytes) -> Item | None:
        try:
            item = decode_item(key, payload)
        except RemoteProtocolError:
            return None
        return item if isinstance(item, self._kinds) and item_key(item) == key else None

    def _state(self, connection: sqlite3.Connection) -> _State:
        row = connection.execute(_QUERIES["replica"], {"collection": self.name}).fetchone()
        return _State(*row) if row else _State()


def damaged_row(
    connection: sqlite3.Connection,
    patience_s: float,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> str | None:
    """A row that is not what it was when it came, looked for so many seconds."""
    deadline = monotonic() + patience_s
    for collection, key, payload, found in connection.execute(_QUERIES["all_readable"]):
        if found is not None and crc32(payload) != found:
            return f"{key} of {collection} is not what the hub sent"
        if monotonic() > deadline:
            return None
    return None


def index_nothing(connection: sqlite3.Connection, row_id: int, item: Item) -> None:
    """For collections whose rows are found by key alone."""


async def collection_states(reader: aiosqlite.Connection) -> dict[str, CollectionState]:
    """Every collection that has ever been pulled."""
    return {
        name: CollectionState(version=version, unreadable_count=unreadable_count)
        for name, version, unreadable_count in await reader.execute_fetchall(
            _QUERIES["collection_states"]
        )
    }
