"""The hub's roles as processes, to measure."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.pki import Pki
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import PASSWORDS
from tests.integration.hub.inbox_world import InboxWorld

DATABASE = "bench"
# Two rounds of partitions: the first worker takes all, then gives up half.
_BALANCED_S = 12.0
_ENDS_S = 20


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    """A server with an empty database."""
    server = PostgresServer(folder / "postgres")
    server.start()
    try:
        server.sql(f"create database {DATABASE}")
        yield server
    finally:
        server.stop()


@contextmanager
def mosquitto(folder: Path) -> Iterator[MosquittoBroker]:
    """A broker with an authority of its own."""
    broker = MosquittoBroker(folder / "mosquitto", pki=Pki(folder / "pki"))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def ingest_workers(world: InboxWorld, broker: MosquittoBroker, count: int) -> Iterator[list[int]]:
    """So many `hanout-hub ingest`, and nothing else of the hub; their pids."""
    names = [f"hub-bench-{number}" for number in range(1, count + 1)]
    for name in names:
        broker.admit_hub_worker(name)
    with ExitStack() as stack:
        yield [
            stack.enter_context(_role("ingest", {**_database(world), **_broker(broker, name)}))
            for name in names
        ]


async def balanced(workers: int) -> None:
    """Until each of several workers has its share."""
    await asyncio.sleep(_BALANCED_S if workers > 1 else 0)


@contextmanager
def projectors(world: InboxWorld, count: int) -> Iterator[list[int]]:
    """So many `hanout-hub work`, at it from the moment they are ready; their pids."""
    with ExitStack() as stack:
        yield [stack.enter_context(_role("work", _database(world))) for _ in range(count)]


def _database(world: InboxWorld) -> dict[str, str]:
    return {
        "DATABASE_URL": world.app_url,
        "LOCK_DATABASE_URL": world.app_url,
        "INGEST_DATABASE_URL": world.server.url(
            world.name, user="ingest", password=PASSWORDS["ingest"]
        ),
        "LOG_LEVEL": "warning",
    }


def _broker(broker: MosquittoBroker, name: str) -> dict[str, str]:
    identity = broker.pki.hub_worker(name)
    return {
        "BROKER_HOST": "127.0.0.1",
        "BROKER_PORT": str(broker.port),
        "CA_FILE": str(broker.pki.ca_file),
        "CERTIFICATE_FILE": str(identity.certificate_file),
        "KEY_FILE": str(identity.key_file),
        "INGEST_WORKER_NAME": name,
    }


@contextmanager
def _role(role: str, settings: dict[str, str]) -> Iterator[int]:
    command: Sequence[str] = [str(Path(sys.executable).parent / "hanout-hub"), role]
    environment = {f"HANOUT_HUB_{key}": value for key, value in settings.items()}
    started = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None
        assert started.stdout.readline(), f"hanout-hub {role} ended with {started.wait()}"
        yield started.pid
    finally:
        started.terminate()
        try:
            started.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            started.kill()
        started.communicate()
