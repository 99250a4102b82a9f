"""Database sessions: a transaction that belongs to one tenant, or to none.

The file's law: nobody else opens a transaction, commits, or names the tenant's setting. Everything
holds behind PgBouncer in transaction mode (nothing outlives a transaction: settings are
transaction-local, statements unnamed), and row level security sees the tenant because the first
statement of the transaction says it (DESIGN §4).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy.exc
from sqlalchemy import CursorResult, RowMapping, TextClause, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from protocol.errors import Unavailable

Parameters = Mapping[str, Any]

_BEGIN = text(
    "select set_config('app.organization_id', :organization_id, true),"
    " set_config('statement_timeout', :statement_timeout, true),"
    " set_config('lock_timeout', :lock_timeout, true),"
    " set_config('idle_in_transaction_session_timeout', :idle_timeout, true),"
    " case when current_setting('server_version_num')::int >= 170000"
    " then set_config('transaction_timeout', :transaction_timeout, true) end"
)
# SQLSTATE classes and codes that pass by themselves: connection, rollback (serialisation,
# deadlock), resources, operator intervention, lock timeout.
_TRANSIENT = ("08", "40", "53", "57", "55P03")


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Limits of one transaction, in milliseconds. `idle_ms`: after so much silence the server ends
    it, so that a frozen process gives back what it has locked. `transaction_ms`: who freezes within
    a statement is not silent to the server, and only this ends him (from Postgres 17)."""

    statement_ms: int = 30_000
    lock_ms: int = 10_000
    idle_ms: int = 15_000
    transaction_ms: int = 120_000


class Session:
    """One open transaction. SQL is text with `:name` parameters; values never enter the text.

    Write casts as `cast(:x as uuid)`; lists bind as arrays (`= any(:ids)`).
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run a statement; the number of rows it touched."""
        return (await self._run(sql, parameters)).rowcount

    async def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[RowMapping]:
        """All rows; the caller's SQL bounds them."""
        return (await self._run(sql, parameters)).mappings().all()

    async def row(self, sql: str, parameters: Parameters | None = None) -> RowMapping | None:
        """The one row, or None. More than one is a bug and raises."""
        return (await self._run(sql, parameters)).mappings().one_or_none()

    async def scalar(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self._run(sql, parameters)).scalar()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What happens inside is undone alone when it raises."""
        async with self._connection.begin_nested():
            yield

    async def _run(self, sql: str, parameters: Parameters | None) -> CursorResult[Any]:
        return await self._connection.execute(_statement(sql), parameters)


class TenantSession(Session):
    """A transaction of one tenant. `:organization_id` is bound in every statement.

    Say `organization_id = :organization_id` in the SQL as well: the policy protects, the predicate
    lets the planner choose partitions and indexes early.
    """

    def __init__(self, connection: AsyncConnection, organization_id: UUID) -> None:
        super().__init__(connection)
        self.organization_id = organization_id

    async def _run(self, sql: str, parameters: Parameters | None) -> CursorResult[Any]:
        own = {"organization_id": self.organization_id}
        return await super()._run(sql, {**parameters, **own} if parameters else own)


class Database:
    """A bounded pool of connections of one role, through a pooler in transaction mode or without.

    `url`: any `postgresql://` URL. `pool_size` connections at most; a caller waits `pool_wait_s`
    for one and then gets Unavailable. A transaction is never opened inside another: the pooler
    may have one connection, and then the two would wait for each other.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        pool_wait_s: float = 10.0,
        timeouts: Timeouts | None = None,
    ) -> None:
        arguments: dict[str, Any] = {
            "timeout": 10,
            # Unnamed statements live until the next one, hence inside our transaction.
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": _unnamed,
        }
        self._timeouts = timeouts or Timeouts()
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_s,
            pool_pre_ping=True,
            connect_args=arguments,
        )

    @asynccontextmanager
    async def tenant(self, organization_id: UUID) -> AsyncIterator[TenantSession]:
        """A transaction of this tenant: committed at the end, rolled back when the body raises.

        Raises Unavailable when the database cannot serve now; then nothing was written, or the
        commit's fate is unknown and the caller repeats what it does idempotently.
        """
        if not isinstance(organization_id, UUID):
            raise TypeError(f"a transaction needs its tenant, not {organization_id!r}")
        async with self._transaction(str(organization_id)) as connection:
            yield TenantSession(connection, organization_id)

    @asynccontextmanager
    async def lookup(self) -> AsyncIterator[Session]:
        """A transaction without a tenant: definer functions, and the `ingest` role's own tables.

        Every tenant table is empty to it and refuses its writes.
        """
        async with self._transaction("") as connection:
            yield Session(connection)

    async def close(self) -> None:
        """Close the pool's connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(self, organization_id: str) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection, connection.begin():
                await connection.execute(_BEGIN, self._settings(organization_id))
                yield connection
        except sqlalchemy.exc.TimeoutError as error:
            raise Unavailable("database-busy", "No database connection is free; retry.") from error
        except sqlalchemy.exc.DBAPIError as error:
            if not is_transient(error):
                raise
            raise Unavailable(
                "database-unavailable", "The database cannot serve; retry."
            ) from error
        except OSError as error:
            raise Unavailable(
                "database-unavailable", "The database is not reached; retry."
            ) from error

    def _settings(self, organization_id: str) -> dict[str, str]:
        return {
            "organization_id": organization_id,
            "statement_timeout": str(self._timeouts.statement_ms),
            "lock_timeout": str(self._timeouts.lock_ms),
            "idle_timeout": str(self._timeouts.idle_ms),
            "transaction_timeout": str(self._timeouts.transaction_ms),
        }


def is_transient(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Whether the same transaction may succeed later."""
    if error.connection_invalidated:
        return True
    return (sqlstate(error) or "").startswith(_TRANSIENT)


def sqlstate(error: sqlalchemy.exc.DBAPIError) -> str | None:
    """The five characters by which Postgres names the error."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def broken_constraint(error: sqlalchemy.exc.DBAPIError) -> str | None:
    """The name of the constraint that an IntegrityError is about."""
    cause = getattr(error.orig, "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    return name if isinstance(name, str) else None


def _unnamed() -> str:
    return ""


@lru_cache(maxsize=2048)
def _statement(sql: str) -> TextClause:
    return text(sql)
