"""Few read-only connections for everyone who reads.

Law: `mode=ro`. A reader opened otherwise may checkpoint, even with `query_only` (DESIGN §2, Edge
SQLite). Readers see what is committed and never wait for the writer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from protocol.errors import Unavailable

_COUNT = 4
_PATIENCE_S = 5.0


class Readers:
    """A pool; `open` after the writer has started, `close` before it stops."""

    def __init__(self, database: Path, *, count: int = _COUNT) -> None:
        self._uri = f"{database.absolute().as_uri()}?mode=ro"
        self._count = count
        self._all: list[aiosqlite.Connection] = []
        self._free: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()

    async def open(self) -> None:
        """Open the connections; raises sqlite3.Error when there is no database."""
        for _ in range(self._count):
            connection = await aiosqlite.connect(self._uri, uri=True, isolation_level=None)
            self._all.append(connection)
            await connection.execute("PRAGMA busy_timeout = 5000")
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close the connections; who still holds one gets an error."""
        while self._all:
            await self._all.pop().close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection of one's own inside the `with`; each statement sees the newest commit.

        Rows are tuples. Raises Unavailable `busy` when none comes free in five seconds.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                connection = await self._free.get()
        except TimeoutError:
            raise Unavailable("busy", "Too many requests read the database; try again.") from None
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[aiosqlite.Connection]:
        """As `connection`, and all statements see one and the same commit."""
        async with self.connection() as connection:
            try:
                await connection.execute("BEGIN")
                yield connection
            finally:
                # Queued behind whatever a cancelled caller left running; nothing open is fine too.
                await connection.rollback()
