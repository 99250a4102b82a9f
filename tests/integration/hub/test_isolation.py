"""Promise F at the database: two tenants, every table that exists, every way to read or write.

Rows are made from the catalogue alone, so a table of a later migration is tested as soon as it is
there; one whose rules the generated row breaks gets its values in VALUES.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy.exc
from sqlalchemy import RowMapping

from hub.kit.db import Database, Session, sqlstate
from tests.integration.hub import catalog_of_tables as catalog
from tests.integration.hub.conftest import HubDatabase

OURS = UUID("01890000-0000-7000-8000-00000000000a")
THEIRS = UUID("01890000-0000-7000-8000-00000000000b")
REFUSED = "42501"

# What `app` may call while a tenant is set; every other function refuses.
CALLED_BY_TENANTS = {
    "adopt_user": "a tenant invites a person by e-mail; says an id and nothing else",
    "ensure_month_partition": "a late fact needs its month; says a table's name",
}

# By type, then by column of any table, then by table and column.
BY_TYPE = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "text[]": "'{x}'",
    "uuid[]": "'{}'",
    "boolean": "true",
    "smallint": "1",
    "integer": "1",
    "bigint": "1",
    "numeric": "1",
    "date": "date '2026-11-23'",
    "timestamp with time zone": "timestamptz '2026-11-23 10:00+00'",
    "jsonb": """'{"fr": "x"}'""",
    "json": """'{"fr": "x"}'""",
    "bytea": "decode(repeat('ab', 32), 'hex')",
}
BY_COLUMN = {
    "currency": "'DZD'",
    "parent_epoch": "0",
    "base_seq": "0",
    "actor_kind": "'user'",
    "mode": "'live'",
    "state": "0",
    "code_hash": "decode(md5(random()::text) || md5(random()::text), 'hex')",
}
VALUES: Mapping[tuple[str, str], str] = {
    ("sale", "kind"): "'sale'",
    ("cash_movement", "kind"): "'paid_in'",
    ("shift", "status"): "'open'",
    ("legal_entity_regime", "kind"): "'reel'",
    ("duty_tariff", "mode"): "'whole'",
    ("duty_tariff", "scope"): "'tickets'",
    ("invoice", "kind"): "'invoice'",
    ("invoice", "source"): "'hub'",
    ("hub_invoice_series", "kind"): "'invoice'",
}


@pytest.fixture
async def superuser(hub_database: HubDatabase) -> AsyncIterator[Database]:
    database = Database(hub_database.superuser_url, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
async def rows(superuser: Database) -> dict[str, dict[str, str]]:
    """Table → column → SQL value, after one row of each tenant was put into each table."""
    made: dict[str, dict[str, str]] = {}
    async with superuser.lookup() as session:
        # Foreign keys are not what is tested; their triggers are off for these rows.
        await session.execute("set local session_replication_role = replica")
        for table in await catalog.tenant_tables(session):
            made[table] = {
                column.name: VALUES.get((table, column.name))
                or BY_COLUMN.get(column.name)
                or BY_TYPE[column.type]
                for column in await catalog.columns(session, table)
                if column.required and not column.has_default
            }
            for tenant in (OURS, THEIRS):
                await session.execute(f"delete from {table} where organization_id = '{tenant}'")
                await session.execute(insertion(table, made[table], tenant))
    return made


def insertion(table: str, row: Mapping[str, str], tenant: UUID) -> str:
    values = {**row, "organization_id": f"'{tenant}'"}
    return f"insert into {table} ({', '.join(values)}) values ({', '.join(values.values())})"


async def outcome(session: Session, sql: str) -> int | str:
    """How many rows it touched, or the SQLSTATE with which it was refused."""
    try:
        async with session.savepoint():
            return await session.execute(sql)
    except sqlalchemy.exc.DBAPIError as error:
        return sqlstate(error) or "?"


async def snapshot(superuser: Database, tables: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every row of the other tenant, as text."""
    async with superuser.lookup() as session:
        return {
            table: [
                json.dumps(dict(row), default=str)
                for row in await session.rows(
                    f"select t.*, t.tableoid from {table} t where organization_id = '{THEIRS}'"
                )
            ]
            for table in tables
        }


async def test_every_table_is_covered(rows: Mapping[str, Mapping[str, str]]) -> None:
    assert len(rows) >= 40


async def test_no_row_of_another_tenant_is_readable(
    app: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    async with app.tenant(OURS) as session:
        for table in rows:
            seen = await session.rows(f"select distinct organization_id from {table}")
            assert [row["organization_id"] for row in seen] == [OURS], table


async def test_no_row_of_another_tenant_is_writable(
    app: Database, superuser: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    before = await snapshot(superuser, rows)
    assert all(len(found) == 1 for found in before.values())
    theirs = f"where organization_id = '{THEIRS}'"
    async with app.tenant(OURS) as session:
        for table, row in rows.items():
            change = f"update {table} set organization_id = organization_id {theirs}"
            assert await outcome(session, change) in (0, REFUSED), table
            assert await outcome(session, f"delete from {table} {theirs}") in (0, REFUSED), table
            steal = f"update {table} set organization_id = '{OURS}' {theirs}"
            assert await outcome(session, steal) in (0, REFUSED), table
            plant = insertion(table, row, THEIRS)
            assert await outcome(session, plant) == REFUSED, table
            give = f"update {table} set organization_id = '{THEIRS}'"
            assert await outcome(session, give) == REFUSED, table
            assert await outcome(session, f"truncate {table}") == REFUSED, table
    assert await snapshot(superuser, rows) == before


async def test_without_a_tenant_there_is_nothing(
    app: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    async with app.lookup() as session:
        for table, row in rows.items():
            assert await session.scalar(f"select count(*) from {table}") == 0, table
            assert await outcome(session, insertion(table, row, OURS)) == REFUSED, table
            # Append-only tables refuse the command itself.
            assert await outcome(session, f"delete from {table}") in (0, REFUSED), table


async def test_ingest_reaches_its_own_tables_alone(
    ingest: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    readable = set()
    async with ingest.tenant(OURS) as session:
        for table in rows:
            if await outcome(session, f"select 1 from {table}") != REFUSED:
                readable.add(table)
    assert readable == {"inbox", "device_sync"}


async def test_partitions_are_no_way_around_their_parents(
    app: Database, ingest: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    for database in (app, ingest):
        async with database.tenant(OURS) as session:
            partitions = [t.name for t in await catalog.tables(session) if t.is_partition]
            assert partitions
            for partition in partitions:
                for statement in (
                    f"select 1 from {partition}",
                    f"delete from {partition}",
                    f"update {partition} set organization_id = '{OURS}'",
                    f"truncate {partition}",
                ):
                    assert await outcome(session, statement) == REFUSED, statement


async def test_users_are_seen_by_their_tenants_and_their_hashes_by_nobody(
    app: Database, superuser: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    async with superuser.lookup() as session:
        await session.execute("set local session_replication_role = replica")
        for tenant, name in ((OURS, "ours"), (THEIRS, "theirs")):
            await session.execute(
                "insert into app_user (user_id, email, name, password_hash, created_at)"
                f" select user_id, '{name}@example.org', '{name}', 'secret', now()"
                f" from membership where organization_id = '{tenant}'"
                " on conflict do nothing"
            )
    async with app.tenant(OURS) as session:
        assert [r["name"] for r in await session.rows("select name from app_user")] == ["ours"]
        for statement in (
            "select password_hash from app_user",
            "select * from app_user",
            "update app_user set name = 'x'",
            "delete from app_user",
            "insert into app_user select gen_random_uuid(), 'a', 'b', 'c', 'd', 'e', now()",
        ):
            assert await outcome(session, statement) == REFUSED, statement


async def test_no_function_answers_a_tenant_about_another(
    app: Database, superuser: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    async with superuser.lookup() as session:
        functions = [f for f in await catalog.functions(session) if f["by_app"]]
    assert len(functions) >= 11
    calls = {f["name"]: _call(f) for f in functions}
    assert calls.keys() >= CALLED_BY_TENANTS.keys()
    for name, call in calls.items():
        if name in CALLED_BY_TENANTS:
            continue
        async with app.tenant(OURS) as tenant:
            assert await outcome(tenant, call) == REFUSED, name
        async with app.lookup() as nobody:
            assert await outcome(nobody, call) != REFUSED, name


async def test_who_invites_a_person_of_another_tenant_neither_learns_nor_changes_anything(
    app: Database, superuser: Database
) -> None:
    email, person = f"{THEIRS}@example.org", "select * from app_user where email = :email"
    adopt = f"select * from adopt_user(gen_random_uuid(), '{email}', 'b', 'fr', 'hash-b', now())"
    async with app.lookup() as session:
        user_id = await session.scalar(adopt.replace("-b'", "-a'"))
    async with superuser.lookup() as session:
        before = await session.row(person, {"email": email})
    async with app.tenant(OURS) as session:
        assert [tuple(row.values()) for row in await session.rows(adopt)] == [(user_id,)]
    async with superuser.lookup() as session:
        assert await session.row(person, {"email": email}) == before


async def test_a_month_partition_says_its_name_alone(app: Database) -> None:
    async with app.tenant(OURS) as session:
        made = await session.rows("select * from ensure_month_partition('sale', '2031-05-09')")
        assert [tuple(row.values()) for row in made] == [("sale_2031_05",)]


def _call(function: RowMapping) -> str:
    """A call of it with some value of each type that it takes."""
    values = ", ".join(f"cast({BY_TYPE[each]} as {each})" for each in function["arguments"])
    return f"select * from {function['name']}({values})"


async def test_a_device_cannot_be_claimed_by_a_second_tenant(
    app: Database, rows: Mapping[str, Mapping[str, str]]
) -> None:
    async with app.tenant(THEIRS) as session:
        device_id = await session.scalar("select device_id from device")
    row = {**rows["device"], "device_id": f"'{device_id}'"}
    async with app.tenant(OURS) as session:
        assert await outcome(session, insertion("device", row, OURS)) == "23505"


async def test_the_tenant_ends_with_its_transaction(
    hub_database: HubDatabase, app: Database
) -> None:
    """One connection, as a pooler would share it: nothing of the first tenant is left."""
    single = Database(hub_database.url("app"), pool_size=1)
    try:
        async with single.tenant(OURS) as session:
            assert await session.scalar("select count(*) from organization") == 1
        async with single.lookup() as session:
            setting = await session.scalar("select current_setting('app.organization_id', true)")
            assert setting == ""
            assert await session.scalar("select count(*) from organization") == 0
    finally:
        await single.close()


async def test_a_plain_connection_that_names_no_tenant_sees_nothing(
    hub_database: HubDatabase, rows: Mapping[str, Mapping[str, str]]
) -> None:
    """Not our session at all: the rule itself, with the setting never made."""
    connection = await asyncpg.connect(hub_database.url("app"))
    try:
        for table in rows:
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
    finally:
        await connection.close()
