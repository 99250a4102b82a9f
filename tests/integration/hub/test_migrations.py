"""Migrating: from nothing, again, by the wrong role, and on the oldest Postgres."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
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
    programs = []
    for _ in range(2):
        url = postgres_server.url(new_database(postgres_server))
        programs.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from hub.cli import app; app()", "migrate"),
                env={**os.environ, "HANOUT_HUB_MIGRATOR_DATABASE_URL": url},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        )
    for program in programs:
        said, _ = await program.communicate()
        assert program.returncode == 0, said.decode()
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


async def test_the_newest_version_goes_down_and_up_again(
    hub_database: HubDatabase, new_database: Callable[[PostgresServer], str]
) -> None:
    """What the version before wrote is there afterwards; forced row security hides none of it."""
    server = hub_database.server
    name = new_database(server)
    await upgrade(server.url(name), {"passwords": PASSWORDS})
    before = _shape(server, name)
    await _revise(server.url(name), "0008")
    tenant = f"insert into organization values ('{_NOBODY}', 'Épicerie', 'DZD', now());"
    entity = (
        "insert into legal_entity (organization_id, legal_entity_id, name, created_at)"
        f" values ('{_NOBODY}', '{_NOBODY}', 'EURL', now());"
    )
    taxes = "".join(
        f"insert into rollup_day_store_tax values ('{_NOBODY}', '{_NOBODY}', '2026-11-20', 'DZD',"
        f" 'T', {rate}, 100, {rate}, 100);"
        for rate in (0, 19)
    )
    server.sql(tenant + entity + taxes, database=name)
    await _revise(server.url(name), "0009")
    assert _shape(server, name) == before
    assert server.sql("select code from legal_entity", database=name) == _NOBODY
    exempt = (
        f"insert into rollup_day_store_tax values ('{_NOBODY}', '{_NOBODY}', '2026-11-20', 'DZD',"
        " 'T', 0, 7, 0, 7, 'exempt');"
    )
    server.sql(exempt, database=name)
    await _revise(server.url(name), "0008")
    sums = "select rate_ppm, base_minor from rollup_day_store_tax order by 1"
    assert server.sql(sums, database=name).split() == ["0|107", "19|100"]
    assert _forced(server, name)


def _forced(server: PostgresServer, name: str) -> bool:
    found = server.sql(
        "select bool_and(relforcerowsecurity) from pg_class where relkind in ('r', 'p')"
        " and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'",
        database=name,
    )
    return found == "t"


def _shape(server: PostgresServer, name: str) -> str:
    """Every column with its type, every index and constraint, every policy."""
    return server.sql(
        "select table_name, column_name, data_type, is_nullable, column_default"
        " from information_schema.columns where table_schema = 'public' order by 1, 2;"
        "select indexdef from pg_indexes where schemaname = 'public' order by 1;"
        "select conname, pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace = 'public'::regnamespace order by 1, 2;"
        "select tablename, policyname from pg_policies order by 1, 2",
        database=name,
    )


async def _revise(url: str, revision: str) -> None:
    """Up or down to a version, as `upgrade` goes to the newest."""

    def revise(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        there = connection.scalar(text("select version_num from alembic_version"))
        (command.downgrade if there > revision else command.upgrade)(config, revision)

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(revise)
    await engine.dispose()
