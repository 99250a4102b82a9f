"""The hub's roles as processes, to measure."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import PASSWORDS
from tests.integration.hub.inbox_world import InboxWorld
from tests.servers.pki import Pki

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


class Mqtt(Struct, frozen=True):
    """A broker that runs, and its authority."""

    broker: MosquittoBroker
    pki: Pki

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.broker.port


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mqtt]:
    """A broker with an authority of its own."""
    pki = Pki(folder / "pki")
    broker = MosquittoBroker(folder / "mosquitto", pki=pki)
    broker.start()
    try:
        yield Mqtt(broker, pki)
    finally:
        broker.stop()


@contextmanager
def ingest_workers(world: InboxWorld, mqtt: Mqtt, count: int) -> Iterator[list[int]]:
    """So many `hanout-hub ingest`, and nothing else of the hub; their pids."""
    names = [f"hub-bench-{number}" for number in range(1, count + 1)]
    for name in names:
        mqtt.broker.admit_hub_worker(name)
    with ExitStack() as stack:
        yield [
            stack.enter_context(_role("ingest", {**_database(world), **_broker(mqtt, name)}))
            for name in names
        ]


async def balanced(workers: int) -> None:
    """Until each of several workers has its share."""
    await asyncio.sleep(_BALANCED_S if workers > 1 else 0)


@contextmanager
def projectors(world: InboxWorld, count: int) -> Iterator[list[int]]:
    """So many `hanout-hub work`; their pids."""
    with ExitStack() as stack:
        yield [stack.enter_context(_role("work", _database(world))) for _ in range(count)]


@contextmanager
def held(pids: Sequence[int]) -> Iterator[None]:
    """These programs stand still inside the block, and go on together after it."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _database(world: InboxWorld) -> dict[str, str]:
    return {
        "DATABASE_URL": world.app_url,
        "LOCK_DATABASE_URL": world.app_url,
        "INGEST_DATABASE_URL": world.server.url(
            world.name, user="ingest", password=PASSWORDS["ingest"]
        ),
        "LOG_LEVEL": "warning",
    }


def _broker(mqtt: Mqtt, name: str) -> dict[str, str]:
    identity = mqtt.pki.hub_worker(name)
    return {
        "BROKER_HOST": "127.0.0.1",
        "BROKER_PORT": str(mqtt.port),
        "CA_FILE": str(mqtt.pki.ca_file),
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
