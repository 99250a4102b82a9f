"""Migrated databases for the hub's integration tests."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from hub.kit.db import Database
from hub.kit.schema import upgrade
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.foundation import Foundation

_NUMBERS = itertools.count(1)
# The roles belong to the cluster, so every test of the session gives them the same passwords.
PASSWORDS = {role: role for role in ("app", "ingest", "admission", "migrator")}


@dataclass(frozen=True)
class HubDatabase:
    """A database at the newest migration."""

    server: PostgresServer
    name: str

    @property
    def superuser_url(self) -> str:
        return self.server.url(self.name)

    def url(self, role: str) -> str:
        return self.server.url(self.name, user=role, password=PASSWORDS[role])

    def sql(self, statements: str) -> str:
        """As superuser, past every rule."""
        return self.server.sql(statements, database=self.name)


@pytest.fixture(scope="session")
def hub_template(
    postgres_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> str:
    """A migrated database that nobody connects to, for copying."""
    name = new_database(postgres_server)
    asyncio.run(upgrade(postgres_server.url(name), {"passwords": PASSWORDS}))
    return name


@pytest.fixture(scope="module")
def hub_database(postgres_server: PostgresServer, hub_template: str) -> HubDatabase:
    """One per test module."""
    name = f"{hub_template}_{next(_NUMBERS)}"
    postgres_server.sql(f"create database {name} template {hub_template} strategy file_copy")
    # A copy does not bring the rights on the database itself.
    asyncio.run(upgrade(postgres_server.url(name), {}))
    return HubDatabase(postgres_server, name)


@pytest.fixture
async def app(hub_database: HubDatabase) -> AsyncIterator[Database]:
    """Connections of the role that the hub runs as."""
    database = Database(hub_database.url("app"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def ingest(hub_database: HubDatabase) -> AsyncIterator[Database]:
    """Connections of the role that takes facts in."""
    database = Database(hub_database.url("ingest"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def foundation(app: Database) -> AsyncIterator[Foundation]:
    """The lower slices, on the module's database."""
    built = Foundation(app)
    yield built
    built.passwords.close()
