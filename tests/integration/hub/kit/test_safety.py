"""Start-up refuses a database in which the rules would not hold."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from hub.kit.db import Database
from hub.kit.safety import refuse_unsafe_role
from hub.kit.schema import head_revision
from protocol.errors import Refused
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import HubDatabase


async def refusal(url: str, revision: str | None = None) -> Refused | None:
    database = Database(url, pool_size=1)
    try:
        async with database.lookup() as session:
            await refuse_unsafe_role(session, revision=revision or head_revision())
    except Refused as error:
        return error
    finally:
        await database.close()
    return None


@contextmanager
def role(database: HubDatabase, name: str, attributes: str) -> Iterator[str]:
    """A role of its own for one test; its URL."""
    database.sql(f"create role {name} login password '{name}' {attributes}")
    database.sql(f"grant connect on database {database.name} to {name}")
    database.sql(f"grant usage on schema public to {name}")
    database.sql(f"grant select on alembic_version to {name}")
    try:
        yield database.server.url(database.name, user=name, password=name)
    finally:
        database.sql(f"drop owned by {name}; drop role {name}")


@contextmanager
def undone(database: HubDatabase, change: str, undo: str) -> Iterator[None]:
    database.sql(change)
    try:
        yield
    finally:
        database.sql(undo)


@pytest.mark.parametrize("name", ["app", "ingest"])
async def test_the_hubs_own_roles_are_safe(hub_database: HubDatabase, name: str) -> None:
    assert await refusal(hub_database.url(name)) is None


async def test_a_superuser_is_refused(hub_database: HubDatabase) -> None:
    refused = await refusal(hub_database.superuser_url)
    assert refused is not None
    assert refused.code == "unsafe-database-role"
    assert "is a superuser" in refused.message


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ("bypassrls", "may bypass row level security"),
        ("replication", "may replicate"),
        ("createrole", "may create roles"),
        ("in role migrator", "is a member of"),
        ("in role lookup", "is a member of 'lookup'"),
        ("in role ingest", "is a member of 'ingest'"),
        ("noinherit in role app", "is a member of 'app'"),
        ("in role pg_execute_server_program", "is a member of 'pg_execute_server_program'"),
    ],
)
async def test_a_stronger_role_is_refused(
    hub_database: HubDatabase, attributes: str, sentence: str
) -> None:
    with role(hub_database, "stronger", attributes) as url:
        refused = await refusal(url)
    assert refused is not None
    assert sentence in refused.message


async def test_migrator_itself_is_refused(hub_database: HubDatabase) -> None:
    refused = await refusal(hub_database.url("migrator"))
    assert refused is not None
    assert "owns tables" in refused.message


async def test_a_role_that_may_create_is_refused(hub_database: HubDatabase) -> None:
    with undone(
        hub_database,
        "grant create on schema public to app",
        "revoke create on schema public from app",
    ):
        refused = await refusal(hub_database.url("app"))
    assert refused is not None
    assert "may create objects" in refused.message


@pytest.mark.parametrize("change", ["no force row level security", "disable row level security"])
async def test_a_table_without_its_rules_is_refused(hub_database: HubDatabase, change: str) -> None:
    restored = "alter table sale enable row level security, force row level security"
    with undone(hub_database, f"alter table sale {change}", restored):
        refused = await refusal(hub_database.url("app"))
    assert refused is not None
    assert "sale" in refused.message
    assert refused.code == "unsafe-schema"


async def test_a_granted_partition_is_refused(hub_database: HubDatabase) -> None:
    with undone(
        hub_database, "grant select on inbox_p00 to app", "revoke select on inbox_p00 from app"
    ):
        refused = await refusal(hub_database.url("app"))
    assert refused is not None
    assert "inbox_p00" in refused.message


async def test_another_schema_is_refused(hub_database: HubDatabase) -> None:
    refused = await refusal(hub_database.url("app"), revision="9999")
    assert refused is not None
    assert refused.code == "schema-differs"


async def test_an_empty_database_is_refused(
    hub_database: HubDatabase, new_database: Callable[[PostgresServer], str]
) -> None:
    server = hub_database.server
    refused = await refusal(server.url(new_database(server), user="app", password="app"))
    assert refused is not None
    assert refused.code == "schema-missing"
