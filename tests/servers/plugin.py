"""Fixtures over real servers; `pytest_plugins = ["tests.servers.plugin"]` in tests/conftest.py.

Each server starts once per session and only if a test asks for it. Tests that kill a server make
one of their own with the launcher; those here are shared.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.nats import NatsBroker
from provisioning.demo.postgres import PostgresServer
from tests.servers.pki import Pki

DEBIAN_POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Postgres 18 from the wheel."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres18"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres15_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Debian's Postgres 15, the oldest that Hanout supports."""
    if not DEBIAN_POSTGRES_15.is_dir():
        pytest.fail("Postgres 15 is missing: install the Debian package postgresql-15.")
    server = PostgresServer(tmp_path_factory.mktemp("postgres15"), bin_dir=DEBIAN_POSTGRES_15)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def new_database() -> Callable[[PostgresServer], str]:
    """Makes a new empty database on a server and gives its name, unique in the session."""
    numbers = itertools.count(1)

    def make(server: PostgresServer) -> str:
        name = f"test_{next(numbers)}"
        server.sql(f"create database {name} template template0 strategy wal_log")
        return name

    return make


@pytest.fixture(scope="module")
def fresh_database(
    postgres_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> str:
    """The name of a new empty database on `postgres_server`, one per test module."""
    return new_database(postgres_server)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authority of the session's brokers."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def mosquitto_broker(
    tmp_path_factory: pytest.TempPathFactory, pki: Pki
) -> Iterator[MosquittoBroker]:
    """Mosquitto: every certificate of `pki` is let in; name hub workers by admit_hub_worker."""
    broker = MosquittoBroker(tmp_path_factory.mktemp("mosquitto"), pki=pki)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def nats_broker(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[NatsBroker]:
    """NATS: whoever connects must have been admitted first."""
    broker = NatsBroker(tmp_path_factory.mktemp("nats"), pki=pki)
    broker.start()
    yield broker
    broker.stop()
