"""Advisory locks on a connection of their own: what must be single, and who is alive (DESIGN §3).

Session-level locks, hence a *direct* connection, never through a pooler. They go when the session
goes, and the server ends a session that was silent for 15 s: a frozen holder is freed.
"""

from typing import Any

import asyncpg

from protocol.errors import Unavailable

SILENCE_S = 15
PING_S = 5
_TIMEOUT_S = 5.0
_GONE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # What the driver calls it when the server's last word came before the socket closed.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class AdvisoryLocks:
    """One session's locks, named (kind, key). Everything raises Unavailable once it is gone."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> "AdvisoryLocks":
        """Connect; raises Unavailable."""
        try:
            connection = await asyncpg.connect(url, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S)
            await connection.execute(f"set idle_session_timeout = '{SILENCE_S}s'")
        except _GONE as error:
            raise Unavailable("locks-unavailable", f"No session for locks: {error}") from error
        return cls(connection)

    async def take(self, kind: int, key: int) -> bool:
        """Take the lock if nobody holds it."""
        return bool(await self._ask("select pg_try_advisory_lock($1, $2)", kind, key))

    async def give_up(self, kind: int, key: int) -> None:
        """Release a lock this session holds."""
        await self._ask("select pg_advisory_unlock($1, $2)", kind, key)

    async def count(self, kind: int) -> int:
        """How many locks of a kind are held in this database, by anybody."""
        query = (
            "select count(*) from pg_locks where locktype = 'advisory' and objsubid = 2"
            " and classid::bigint = $1 and granted"
            " and database = (select oid from pg_database where datname = current_database())"
        )
        return int(await self._ask(query, kind))

    async def close(self) -> None:
        """End the session, and with it every lock; never raises."""
        self._connection.terminate()

    async def _ask(self, query: str, *arguments: int) -> Any:
        try:
            return await self._connection.fetchval(query, *arguments)
        except _GONE as error:
            raise Unavailable("locks-unavailable", f"The locks' session ended: {error}") from error
