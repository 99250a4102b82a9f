"""The `Database` that the hub is handed: sessions whose statements are played by the store.

Time passes in every statement, so that workers meet in the middle of what they do; a commit may
happen without its word coming back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import RowMapping

from hub.ingest.repository import QUERIES as INGEST_SQL
from hub.kit.db import Database, Parameters, TenantSession
from hub.kit.queries import load_queries
from protocol.errors import Unavailable
from tests.simulation.gate import Gate
from tests.simulation.postgres import (
    alert_queries,
    collection_queries,
    inbox_queries,
    projection_queries,
)
from tests.simulation.postgres.store import Store, Transaction

Played = Callable[[Transaction, dict[str, Any]], Awaitable[list[dict[str, Any]] | int]]


def _played() -> dict[str, tuple[str, Played]]:
    """Statement → its name and what plays it."""
    sources: list[tuple[Any, dict[str, Any]]] = [
        (INGEST_SQL, {**inbox_queries.QUERIES, **projection_queries.QUERIES}),
        (load_queries("hub.events"), projection_queries.EVENT_QUERIES),
        (load_queries("hub.collections"), collection_queries.QUERIES),
        (load_queries("hub.fleet", "alerts.sql"), alert_queries.QUERIES),
    ]
    return {sql[name]: (name, play) for sql, plays in sources for name, play in plays.items()}


_PLAYED = _played()


class Cluster:
    """The server: its store, and whether it answers."""

    def __init__(self, rng: Random, *, blind: frozenset[str] = frozenset()) -> None:
        self.store = Store()
        self.rng = rng
        self.blind = blind
        self.down = False
        self._open: dict[Transaction, Gate] = {}

    def begin(self, organization_id: UUID | None, gate: Gate) -> Transaction:
        """Raises Unavailable while the server is down."""
        if self.down:
            raise Unavailable("database-unavailable", "The database is not reached; retry.")
        transaction = Transaction(self.store, organization_id, blind=self.blind)
        self._open[transaction] = gate
        return transaction

    def end(self, transaction: Transaction) -> None:
        """It is over, one way or the other."""
        transaction.roll_back()
        self._open.pop(transaction, None)

    def stop(self) -> None:
        """What is open is rolled back; nobody is let in until `start`."""
        self.down = True
        for transaction in list(self._open):
            transaction.roll_back("ended by the server")

    def start(self) -> None:
        """Serve again."""
        self.down = False

    def end_idle(self, gate: Gate) -> None:
        """idle_in_transaction_session_timeout, for a process that was stopped so long."""
        for transaction, owner in list(self._open.items()):
            if owner is gate and gate.stopped:
                transaction.roll_back("ended by the server: idle in transaction")


class MemorySession(TenantSession):
    """One transaction. A statement that nobody plays is a KeyError with its text."""

    def __init__(self, cluster: Cluster, transaction: Transaction, *, gate: Gate) -> None:
        self._cluster = cluster
        self._transaction = transaction
        self._gate = gate
        if transaction.organization_id is not None:
            self.organization_id = transaction.organization_id

    @property
    def transaction(self) -> Transaction:
        """For handlers of the simulation's own."""
        return self._transaction

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """The number of rows it touched."""
        found = await self._play(sql, parameters)
        return found if isinstance(found, int) else len(found)

    async def rows(self, sql: str, parameters: Parameters | None = None) -> Sequence[RowMapping]:
        """All rows."""
        found = await self._play(sql, parameters)
        assert not isinstance(found, int)
        return cast("Sequence[RowMapping]", found)

    async def row(self, sql: str, parameters: Parameters | None = None) -> RowMapping | None:
        """The one row, or None."""
        found = await self.rows(sql, parameters)
        assert len(found) <= 1
        return found[0] if found else None

    async def scalar(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, or None."""
        found = await self.rows(sql, parameters)
        return next(iter(found[0].values())) if found else None

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What happens inside is undone alone when it raises."""
        with self._transaction.savepoint():
            yield

    async def _play(self, sql: str, given: Parameters | None) -> list[dict[str, Any]] | int:
        await self._pass()
        parameters = dict(given or {})
        if self._transaction.organization_id is not None:
            parameters["organization_id"] = self._transaction.organization_id
        if sql.startswith("insert into ") and sql not in _PLAYED:
            table = sql.split()[2]
            insert: Played = projection_queries.BULK_INSERTS[table]
            return await insert(self._transaction, parameters)
        played: tuple[str, Played] = _PLAYED[sql]
        self._transaction.query, play = played
        return await play(self._transaction, parameters)

    async def _pass(self) -> None:
        await asyncio.sleep(self._cluster.rng.randint(1, 6) / 1000)
        await self._gate.pass_gate()
        self._transaction.check()


class MemoryDatabase(Database):
    """A process's pool of connections to the cluster."""

    def __init__(self, cluster: Cluster, gate: Gate) -> None:
        self._cluster = cluster
        self._gate = gate

    @asynccontextmanager
    async def tenant(self, organization_id: UUID) -> AsyncIterator[TenantSession]:
        """A transaction of this tenant."""
        async with self._begun(organization_id) as session:
            yield session

    @asynccontextmanager
    async def lookup(self) -> AsyncIterator[TenantSession]:
        """A transaction without a tenant."""
        async with self._begun(None) as session:
            yield session

    async def close(self) -> None:
        """Nothing is kept."""

    @asynccontextmanager
    async def _begun(self, organization_id: UUID | None) -> AsyncIterator[MemorySession]:
        cluster = self._cluster
        await self._gate.pass_gate()
        transaction = cluster.begin(organization_id, self._gate)
        try:
            yield MemorySession(cluster, transaction, gate=self._gate)
            await asyncio.sleep(cluster.rng.randint(1, 6) / 1000)
            await self._gate.pass_gate()
            transaction.commit()
            await asyncio.sleep(cluster.rng.randint(1, 3) / 1000)
            await self._gate.pass_gate()
            if cluster.down:
                raise Unavailable("database-unavailable", "Whether it was committed is not known.")
        finally:
            cluster.end(transaction)
