"""Migrating: from nothing, again, by the wrong role, and on the oldest Postgres."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy.exc

from hub.kit.db import Database, sqlstate
from hub.kit.safety import refuse_unsafe_role
from hub.kit.schema import head_revision, upgrade
from protocol.errors import Refused
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import PASSWORDS, HubDatabase

_NOBODY = "01890000-0000-7000-8000-00000000000a"


async def partition(app: Database, parent: str, month: date) -> str:
    async with app.lookup() as session:
        name: str = await session.scalar(
            "select ensure_month_partition(:parent, :month)", {"parent": parent, "month": month}
        )
    return name


async def test_migrating_again_changes_nothing(hub_database: HubDatabase) -> None:
    await upgrade(hub_database.superuser_url, {})
    await upgrade(hub_database.url("migrator"), {})
    assert hub_database.sql("select version_num from alembic_version") == head_revision()
    # The passwords stay as they were when none are given.
    app = Database(hub_database.url("app"), pool_size=1)
    async with app.lookup() as session:
        await refuse_unsafe_role(session, revision=head_revision())
    await app.close()


async def test_only_superuser_and_migrator_migrate(
    hub_database: HubDatabase, new_database: Callable[[PostgresServer], str]
) -> None:
    for name in (hub_database.name, new_database(hub_database.server)):
        url = hub_database.server.url(name, user="app", password="app")
        with pytest.raises(Refused) as caught:
            await upgrade(url, {})
        assert caught.value.code == "migrator-needed"


async def test_two_databases_of_one_cluster_migrate_at_once(
    postgres_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> None:
    """Roles belong to the cluster: the second waits for the first to make them."""
    commands = []
    for _ in range(2):
        url = postgres_server.url(new_database(postgres_server))
        commands.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from hub.cli import app; app()", "migrate"),
                env={**os.environ, "HANOUT_HUB_MIGRATOR_DATABASE_URL": url},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        )
    for command in commands:
        said, _ = await command.communicate()
        assert command.returncode == 0, said.decode()
        assert said.decode() == f"The schema is at {head_revision()}.\n"


async def test_it_all_works_on_postgres_15(
    postgres15_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> None:
    name = new_database(postgres15_server)
    await upgrade(postgres15_server.url(name), {"passwords": PASSWORDS})
    for role in ("app", "ingest", "admission"):
        database = Database(postgres15_server.url(name, user=role, password=role), pool_size=1)
        async with database.lookup() as session:
            await refuse_unsafe_role(session, revision=head_revision())
        await database.close()


async def test_a_late_facts_month_gets_its_partition_once(
    app: Database, hub_database: HubDatabase
) -> None:
    names = await asyncio.gather(*(partition(app, "sale", date(2009, 12, 31)) for _ in range(4)))
    assert set(names) == {"sale_2009_12"}
    bounds = hub_database.sql(
        "select pg_get_expr(relpartbound, oid) from pg_class where relname = 'sale_2009_12'"
    )
    assert bounds == "FOR VALUES FROM ('2009-12-01') TO ('2010-01-01')"


async def test_a_new_partition_has_its_parents_rules(
    app: Database, hub_database: HubDatabase
) -> None:
    await partition(app, "sale", date(2010, 2, 1))
    facts = hub_database.sql(
        "select relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner),"
        " coalesce(relacl::text, '') like '%app%' from pg_class where relname = 'sale_2010_02'"
    )
    assert facts == "t|t|migrator|f"
    indexes = hub_database.sql(
        "select (select count(*) from pg_index where indrelid = 'sale'::regclass)"
        " = (select count(*) from pg_index where indrelid = 'sale_2010_02'::regclass)"
    )
    assert indexes == "t"


async def test_writers_of_the_parent_do_not_hold_up_a_new_partition(app: Database) -> None:
    """The projector makes a month's partition within the transaction that writes other months."""

    async def project(month: date) -> None:
        async with app.lookup() as session:
            await session.execute(
                f"update shift set status = status where false and id = '{_NOBODY}'"
            )
            await session.execute("lock table sale in row exclusive mode")
            await asyncio.sleep(0.05)
            await session.scalar("select ensure_month_partition('sale', :month)", {"month": month})

    async with asyncio.timeout(20):
        await asyncio.gather(*(project(date(2011, month, 5)) for month in (1, 2, 3, 1)))


@pytest.mark.parametrize("month", [date(1999, 12, 31), date(2101, 1, 1)])
async def test_months_outside_the_century_are_refused(app: Database, month: date) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
        await partition(app, "sale", month)
    assert sqlstate(caught.value) == "22008"


@pytest.mark.parametrize(
    "parent", ["organization", "inbox", "sale_2026_01", "pg_class", "nothing", "sale; select 1"]
)
async def test_only_tables_by_month_get_one(app: Database, parent: str) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
        await partition(app, parent, date(2026, 1, 1))
    assert sqlstate(caught.value) == "42809"
