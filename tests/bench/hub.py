"""The hub's figures: ingest from the broker to the ack, and projection from inbox to books."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from protocol.messages.sync import Ack
from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.pki import Pki
from provisioning.demo.postgres import PostgresServer
from tests.bench.figures import Figure
from tests.bench.programs import cpu_s
from tests.bench.projection import LIMIT_SALES_PER_S, measure_projection
from tests.bench.raw_inbox import raw_inbox_rows_per_s
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.conftest import PASSWORDS
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.spine.fake_device import FakeDevice, fake_device

_DEVICES = 8
_SALES_EACH = 2_000
_SALE_LINES = 5
_BATCH_BYTES = 64 * 1024
_BATCH_FACTS = 100
_CREDIT = 4
_WORKER = "hub-bench"
_DATABASE = "bench"


async def projection(folder: Path) -> list[Figure]:
    """Five-line sales of four shops, already in the inbox."""
    with _postgres(folder) as server:
        found = await measure_projection(server, _DATABASE)
    return [
        Figure(
            name="projection of 5-line sales",
            value=found.sales_per_s,
            unit="sales/s",
            goal=LIMIT_SALES_PER_S,
            at_least=True,
            beside={
                "facts": float(found.facts),
                "raw inbox rows/s": found.raw_inbox_rows_per_s,
            },
        )
    ]


async def ingest(folder: Path) -> list[Figure]:
    """Eight shops with a backlog each, over Mosquitto, until the hub has acknowledged all."""
    pki = Pki(folder / "pki")
    broker = MosquittoBroker(folder / "mosquitto", pki=pki)
    broker.admit_hub_worker(_WORKER)
    broker.start()
    try:
        with _postgres(folder) as server:
            async with inbox_world(server, _DATABASE) as world:
                return [await _ingest(world, broker=broker, pki=pki)]
    finally:
        broker.stop()


async def _ingest(world: InboxWorld, *, broker: MosquittoBroker, pki: Pki) -> Figure:
    shops = [await world.new_device() for _ in range(_DEVICES)]
    backlogs = [_backlog(number, shop) for number, shop in enumerate(shops)]
    raw_before = await raw_inbox_rows_per_s(world, shops[0], backlogs[0])
    with _worker(world, broker=broker, pki=pki) as pid:
        async with AsyncExitStack() as stack:
            devices = [
                await stack.enter_async_context(fake_device(pki, broker.port, one.ref.device_id))
                for one in shops
            ]
            await asyncio.gather(*(device.greet() for device in devices))
            batches = [_batches(d, facts) for d, facts in zip(devices, backlogs, strict=True)]
            before_s, began = cpu_s(pid), time.perf_counter()
            await asyncio.gather(*map(_send_all, devices, batches))
            took_s, used_s = time.perf_counter() - began, cpu_s(pid) - before_s
    raw_after = await raw_inbox_rows_per_s(world, shops[1], backlogs[1])
    count = _DEVICES * _SALES_EACH
    kept = await world.rows(
        "select count(*) as n from inbox where device_id = any($1::uuid[])",
        [shop.ref.device_id for shop in shops],
    )
    assert kept[0]["n"] == count
    raw = max(raw_before, raw_after)
    return Figure(
        name="ingest, of the raw inbox insert's rate",
        value=100 * count / took_s / raw,
        unit="%",
        goal=40.0,
        at_least=True,
        beside={
            "facts/s": count / took_s,
            "raw rows/s": raw,
            "ingest's CPU ms per fact": used_s / count * 1000,
        },
    )


class _Batch(Struct, frozen=True):
    last: int
    frame: bytes


def _backlog(number: int, shop: Device) -> list[bytes]:
    facts = ShopFacts(seed=number, store_id=shop.ref.store_id, products=400)
    return list(facts.sales(_SALES_EACH, lines=_SALE_LINES))


def _batches(device: FakeDevice, facts: Sequence[bytes]) -> list[_Batch]:
    """Batches as large as a real agent makes them, made before the clock starts."""
    batches: list[_Batch] = []
    waiting = list(facts)
    while waiting:
        size, count = 0, 0
        for raw in waiting[:_BATCH_FACTS]:
            size += len(raw)
            if count and size > _BATCH_BYTES:
                break
            count += 1
        some, waiting = waiting[:count], waiting[count:]
        frame = device.frame(some)
        device.move_on(some)
        batches.append(_Batch(device.seq, frame))
    return batches


async def _send_all(device: FakeDevice, batches: Sequence[_Batch]) -> None:
    """At most so many unacknowledged as the hub grants."""
    sent = acked = 0
    while acked < len(batches):
        while sent < len(batches) and sent - acked < _CREDIT:
            await device.up("bk", batches[sent].frame)
            sent += 1
        hwm = (await device.answer(Ack)).hwm
        while acked < len(batches) and batches[acked].last <= hwm:
            acked += 1


@contextmanager
def _postgres(folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(folder / "postgres")
    server.start()
    try:
        server.sql(f"create database {_DATABASE}")
        yield server
    finally:
        server.stop()


@contextmanager
def _worker(world: InboxWorld, *, broker: MosquittoBroker, pki: Pki) -> Iterator[int]:
    """`hanout-hub ingest`, and nothing else of the hub; its pid."""
    identity = pki.hub_worker(_WORKER)
    ingest_url = world.server.url(world.name, user="ingest", password=PASSWORDS["ingest"])
    settings = {
        "HANOUT_HUB_DATABASE_URL": world.app_url,
        "HANOUT_HUB_LOCK_DATABASE_URL": world.app_url,
        "HANOUT_HUB_INGEST_DATABASE_URL": ingest_url,
        "HANOUT_HUB_BROKER_HOST": "127.0.0.1",
        "HANOUT_HUB_BROKER_PORT": str(broker.port),
        "HANOUT_HUB_CA_FILE": str(pki.ca_file),
        "HANOUT_HUB_CERTIFICATE_FILE": str(identity.certificate_file),
        "HANOUT_HUB_KEY_FILE": str(identity.key_file),
        "HANOUT_HUB_INGEST_WORKER_NAME": _WORKER,
        "HANOUT_HUB_LOG_LEVEL": "warning",
    }
    command = [str(Path(sys.executable).parent / "hanout-hub"), "ingest"]
    started = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        yield started.pid
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
