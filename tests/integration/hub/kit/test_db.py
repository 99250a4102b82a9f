"""Sessions: whose they are, how they end, and that they hold behind a pooler."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy.exc

from hub.kit.db import Database, TenantSession, Timeouts, broken_constraint
from protocol.errors import Unavailable
from tests.fakes.last_word import hear_last_word
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.kit.pgbouncer import PgBouncer

A = UUID("01890000-0000-7000-8000-00000000000a")
B = UUID("01890000-0000-7000-8000-00000000000b")
FOUND = (
    "insert into organization (organization_id, name, currency, created_at)"
    " values (:organization_id, :name, 'DZD', now())"
    " on conflict (organization_id) do update set name = excluded.name"
)
NAMES = "select name from organization order by name"


class Interrupted(Exception):
    """Raised in the middle of a transaction."""


async def interrupted(
    block: AbstractAsyncContextManager[Any], outer: TenantSession | None = None
) -> None:
    async with block as inner:
        await (outer or inner).execute(FOUND, {"name": "undone"})
        raise Interrupted


async def found(database: Database) -> None:
    for tenant, name in ((A, "a"), (B, "b")):
        async with database.tenant(tenant) as session:
            await session.execute(FOUND, {"name": name})


@pytest.fixture
async def pooled(hub_database: HubDatabase, tmp_path: Path) -> AsyncIterator[Database]:
    """A pool of many connections over very few of the server's."""
    pooler = PgBouncer(tmp_path, hub_database.server, server_connections=2)
    pooler.start()
    database = Database(pooler.url(hub_database.name), pool_size=20)
    try:
        await pooler.ready(hub_database.name)
        yield database
    finally:
        await database.close()
        pooler.stop()


async def test_a_session_is_its_tenants(app: Database) -> None:
    await found(app)
    async with app.tenant(A) as session:
        assert session.organization_id == A
        assert [row["name"] for row in await session.rows(NAMES)] == ["a"]
        assert await session.scalar("select cast(:organization_id as uuid)") == A
        # Nobody may say another tenant by way of the parameters.
        mine = await session.scalar("select cast(:organization_id as uuid)", {"organization_id": B})
        assert mine == A


async def test_a_missing_tenant_is_an_error(app: Database) -> None:
    for missing in (None, "", str(A)):
        with pytest.raises(TypeError, match="needs its tenant"):
            async with app.tenant(missing):  # type: ignore[arg-type]
                pass


@pytest.mark.fault(42, "F")
async def test_without_a_tenant_nothing_is_seen(app: Database) -> None:
    """A transaction in which nobody said whose it is sees no tenant's rows."""
    await found(app)
    async with app.lookup() as session:
        assert await session.rows(NAMES) == []


async def test_what_raises_leaves_nothing(app: Database) -> None:
    await found(app)
    with pytest.raises(Interrupted):
        await interrupted(app.tenant(A))
    async with app.tenant(A) as session:
        assert await session.scalar(NAMES) == "a"


async def test_a_savepoint_is_undone_alone(app: Database) -> None:
    await found(app)
    async with app.tenant(A) as session:
        await session.execute(FOUND, {"name": "kept"})
        with pytest.raises(Interrupted):
            await interrupted(session.savepoint(), session)
    async with app.tenant(A) as session:
        assert await session.scalar(NAMES) == "kept"


async def test_a_broken_constraint_has_its_name(app: Database) -> None:
    await found(app)
    with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        async with app.tenant(A) as session:
            await session.execute(
                "insert into organization (organization_id, name, currency, created_at)"
                " values (:organization_id, 'twice', 'DZD', now())"
            )
    assert broken_constraint(caught.value) == "organization_pkey"


async def test_more_than_one_row_where_one_was_meant_is_an_error(app: Database) -> None:
    async with app.lookup() as session:
        with pytest.raises(sqlalchemy.exc.MultipleResultsFound):
            await session.row("select generate_series(1, 2)")


async def test_a_lost_connection_is_unavailable_and_the_next_one_works(app: Database) -> None:
    with pytest.raises(Unavailable) as caught:
        async with app.lookup() as session:
            await session.execute("select pg_terminate_backend(pg_backend_pid())")
    assert caught.value.code == "database-unavailable"
    async with app.lookup() as session:
        assert await session.scalar("select 1") == 1


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    nowhere = Database("postgresql://app:app@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        async with nowhere.lookup():
            pass
    await nowhere.close()


async def test_the_pool_is_bounded(hub_database: HubDatabase) -> None:
    database = Database(hub_database.url("app"), pool_size=1, pool_wait_s=0.05)
    async with database.lookup():
        with pytest.raises(Unavailable) as caught:
            async with database.lookup():
                pass
    assert caught.value.code == "database-busy"
    await database.close()


async def test_a_statement_and_a_lock_have_their_time(hub_database: HubDatabase) -> None:
    hasty = Database(
        hub_database.url("app"), timeouts=Timeouts(statement_ms=60, lock_ms=30, idle_ms=1_000)
    )
    with pytest.raises(Unavailable):
        async with hasty.lookup() as session:
            await session.execute("select pg_sleep(5)")
    await found(hasty)
    async with hasty.tenant(A) as session:
        await session.execute(FOUND, {"name": "held"})
        with pytest.raises(Unavailable):
            async with hasty.tenant(A) as second:
                await second.execute(FOUND, {"name": "waits"})
    await hasty.close()


@pytest.mark.fault(51, "B,C")
async def test_a_frozen_transaction_gives_back_what_it_locked(
    app: Database, hub_database: HubDatabase
) -> None:
    """Whoever falls silent inside a transaction loses it, and others go on with the rows."""
    frozen = Database(hub_database.url("app"), pool_size=1, timeouts=Timeouts(idle_ms=100))
    await _loses_what_it_locked(app, frozen, nothing_more)


@pytest.mark.fault(51, "B,C")
async def test_who_freezes_in_the_middle_of_a_statement_gives_back_what_he_locked(
    app: Database, hub_database: HubDatabase
) -> None:
    """Between the parts of a statement the server waits without counting it as silence."""
    timeouts = Timeouts(idle_ms=100, transaction_ms=700)
    frozen = Database(hub_database.url("app"), pool_size=1, timeouts=timeouts)

    async def half_a_statement(session: TenantSession) -> None:
        raw: Any = await session._connection.get_raw_connection()
        parse = b"\0select 1\0\0\0"
        message = b"P" + (len(parse) + 4).to_bytes(4, "big") + parse + b"H\0\0\0\4"
        raw.driver_connection._transport.write(message)

    await _loses_what_it_locked(app, frozen, half_a_statement)


@pytest.mark.fault(27, "B")
async def test_who_is_told_between_two_statements_that_his_session_ends_may_try_again(
    app: Database,
) -> None:
    """The driver takes the server's last word for a fault of its own, and cannot go on."""

    async def cut_off() -> None:
        async with app.lookup() as session:
            raw: Any = await session._connection.get_raw_connection()
            hear_last_word(raw.driver_connection)
            await session.scalar("select 1")

    with pytest.raises(Unavailable):
        await cut_off()
    async with app.lookup() as session:
        assert await session.scalar("select 1") == 1


async def nothing_more(session: TenantSession) -> None:
    """The transaction stays idle."""


async def _loses_what_it_locked(
    app: Database, frozen: Database, freezes: Callable[[TenantSession], Awaitable[None]]
) -> None:
    await found(app)

    async def freeze() -> None:
        async with frozen.tenant(A) as session:
            await session.execute(FOUND, {"name": "frozen"})
            await freezes(session)
            async with app.tenant(A) as other:
                await other.execute(FOUND, {"name": "went on"})
            await session.scalar("select 1")

    with pytest.raises(Unavailable):
        await freeze()
    async with app.tenant(A) as session:
        assert await session.scalar(NAMES) == "went on"
    await frozen.close()


async def test_nothing_is_left_prepared_on_the_server(hub_database: HubDatabase) -> None:
    database = Database(hub_database.url("app"), pool_size=1)
    async with database.tenant(A) as session:
        for number in range(5):
            await session.scalar(f"select {number}")
        assert await session.scalar("select count(*) from pg_prepared_statements") == 0
    await database.close()


async def test_many_tenants_over_few_pooled_connections(app: Database, pooled: Database) -> None:
    """PgBouncer 1.18 in transaction mode: nobody sees another's rows, no statement gets lost."""
    await found(app)

    async def read(number: int) -> None:
        tenant, name = ((A, "a"), (B, "b"))[number % 2]
        async with pooled.tenant(tenant) as session:
            for _ in range(3):
                assert [row["name"] for row in await session.rows(NAMES)] == [name]
                assert await session.scalar(f"select {number} + 1") == number + 1

    for start in range(0, 400, 40):
        await asyncio.gather(*(read(number) for number in range(start, start + 40)))


@pytest.mark.fault(42, "F")
async def test_a_pooled_connection_forgets_the_tenant(app: Database, pooled: Database) -> None:
    """The tenant of one transaction is not left on the pooled connection for the next."""
    await found(app)
    for _ in range(20):
        async with pooled.tenant(A) as session:
            assert await session.scalar("select count(*) from organization") == 1
        async with pooled.lookup() as session:
            assert await session.scalar("select count(*) from organization") == 0
