"""The hub's figures: ingest from the broker to the ack, and projection from inbox to books."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from msgspec import Struct

from protocol.messages.sync import Ack
from tests.bench.figures import Figure
from tests.bench.hub_programs import (
    DATABASE,
    Mqtt,
    balanced,
    held,
    ingest_workers,
    mosquitto,
    postgres,
    projectors,
)
from tests.bench.programs import cpu_s
from tests.bench.projection import LIMIT_SALES_PER_S, measure_projection, seed_sales
from tests.bench.raw_inbox import raw_inbox_rows_per_s
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.spine.fake_device import FakeDevice, fake_device

_DEVICES = 8
_SALES_EACH = 2_000
_SALE_LINES = 5
_BATCH_BYTES = 64 * 1024
_BATCH_FACTS = 100
_CREDIT = 4
_POLL_S = 0.02


async def projection(folder: Path) -> list[Figure]:
    """Five-line sales of four shops, already in the inbox: in this process, then by workers."""
    with postgres(folder) as server:
        found = await measure_projection(server, DATABASE)
        figures = [
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
        for workers in (1, 2):
            name = f"{DATABASE}_{workers}"
            server.sql(f"create database {name}")
            async with inbox_world(server, name) as world:
                figures.append(await _projected_by(world, workers))
    return figures


async def _projected_by(world: InboxWorld, workers: int) -> Figure:
    """The inbox is filled while they stand still; from then on until the books are complete."""
    with projectors(world, workers) as pids:
        with held(pids):
            raw = await seed_sales(world)
        used, began = sum(map(cpu_s, pids)), time.perf_counter()
        async with world.superuser() as connection:
            while True:
                if not await connection.fetchval("select count(*) from projection_due(1)"):
                    break
                await asyncio.sleep(_POLL_S)
        took_s = time.perf_counter() - began
        used = sum(map(cpu_s, pids)) - used
    (count,) = (row["n"] for row in await world.rows("select count(*) as n from fact_effect"))
    return Figure(
        name=f"projection by {_counted(workers)}",
        value=count / took_s,
        unit="sales/s",
        beside={
            "facts": float(count),
            "raw inbox rows/s": raw,
            "CPU ms per sale": used / count * 1000,
        },
    )


async def ingest(folder: Path) -> list[Figure]:
    """Eight shops with a backlog each, over Mosquitto, until the hub has acknowledged all."""
    figures = []
    with mosquitto(folder) as mqtt, postgres(folder) as server:
        for workers in (1, 2):
            name = f"{DATABASE}_{workers}"
            server.sql(f"create database {name}")
            async with inbox_world(server, name) as world:
                figures.append(await _ingest(world, mqtt, workers=workers))
    return figures


async def _ingest(world: InboxWorld, mqtt: Mqtt, *, workers: int) -> Figure:
    shops = [await world.new_device() for _ in range(_DEVICES)]
    backlogs = [_backlog(number, shop) for number, shop in enumerate(shops)]
    raw_before = await raw_inbox_rows_per_s(world, shops[0], backlogs[0])
    with ingest_workers(world, mqtt, workers) as pids:
        await balanced(workers)
        async with AsyncExitStack() as stack:
            devices = [
                await stack.enter_async_context(
                    fake_device(
                        mqtt.pki.device(one.ref.device_id),
                        ca_file=mqtt.pki.ca_file,
                        broker_port=mqtt.port,
                    )
                )
                for one in shops
            ]
            await asyncio.gather(*(device.greet() for device in devices))
            batches = [_batches(d, facts) for d, facts in zip(devices, backlogs, strict=True)]
            before_s, began = sum(map(cpu_s, pids)), time.perf_counter()
            await asyncio.gather(*map(_send_all, devices, batches))
            took_s = time.perf_counter() - began
            used_s = sum(map(cpu_s, pids)) - before_s
    raw_after = await raw_inbox_rows_per_s(world, shops[1], backlogs[1])
    count = _DEVICES * _SALES_EACH
    kept = await world.rows(
        "select count(*) as n from inbox where device_id = any($1::uuid[])",
        [shop.ref.device_id for shop in shops],
    )
    assert kept[0]["n"] == count
    raw = max(raw_before, raw_after)
    return Figure(
        name=f"ingest by {_counted(workers)}, of the raw inbox insert's rate",
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


def _counted(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"
