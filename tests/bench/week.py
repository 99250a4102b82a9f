"""A shop back after a week: from the first connection until all of its sales are at the hub."""

import asyncio
import sqlite3
import time
from functools import partial
from pathlib import Path

from edge_agent.journal.models import NewFact
from edge_agent.main import create_agent
from edge_agent.settings import EdgeSettings
from provisioning.demo.proxy import FaultyLink
from tests.bench import programs
from tests.bench.figures import Figure
from tests.bench.hub_programs import DATABASE, ingest_workers, mosquitto, postgres, projectors
from tests.bench.raw_inbox import raw_inbox_rows_per_s
from tests.fakes.shop_facts import ShopFacts
from tests.integration.edge_agent.shop_seed import write_config
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.servers.pki import Pki

_SALES = 4_200
_SALE_LINES = 4
_PER_COMMIT = 200
_GOAL_S = 10.0
_POLL_S = 0.02
_PATIENCE_S = 120


async def week(folder: Path) -> list[Figure]:
    """A real agent whose link comes up, one ingest worker, one projector."""
    with mosquitto(folder) as mqtt, postgres(folder) as server:
        async with inbox_world(server, DATABASE) as world:
            device = await world.new_device()
            sales = ShopFacts(seed=7, store_id=device.ref.store_id, products=400)
            facts = list(sales.sales(_SALES, lines=_SALE_LINES))
            raw = await raw_inbox_rows_per_s(world, device, facts)
            link = FaultyLink(target_port=mqtt.port)
            config = await _closed_shop(folder, mqtt.pki, device, link=link, facts=facts)
            with (
                ingest_workers(world, mqtt, 1),
                projectors(world, 1),
                programs.agent(config),
            ):
                return await _comes_back(world, device, link, raw=raw)


async def _closed_shop(
    folder: Path, pki: Pki, device: Device, *, link: FaultyLink, facts: list[bytes]
) -> Path:
    """An agent's folder with a week's sales in its journal, and its configuration."""
    identity = pki.device(device.ref.device_id)
    config = write_config(
        folder,
        device_id=str(device.ref.device_id),
        organization_id=str(device.ref.organization_id),
        store_id=str(device.ref.store_id),
        broker_host="127.0.0.1",
        broker_port=link.port,
        ca_file=str(pki.ca_file),
        certificate_file=str(identity.certificate_file),
        key_file=str(identity.key_file),
        connect_jitter_ms=0,
        backoff_initial_ms=100,
        backoff_max_ms=200,
    )
    agent = create_agent(EdgeSettings.from_file(config, environment={}))
    await agent.start()

    def write(some: list[bytes], connection: sqlite3.Connection) -> None:
        for raw in some:
            agent.journal.append(connection, NewFact(raw=raw))

    try:
        for first in range(0, len(facts), _PER_COMMIT):
            await agent.writer.submit(partial(write, facts[first : first + _PER_COMMIT]))
    finally:
        await agent.close()
    return config


async def _comes_back(
    world: InboxWorld, device: Device, link: FaultyLink, *, raw: float
) -> list[Figure]:
    began = time.perf_counter()
    await link.start()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            at_hub_s = await _until(world, device, "inbox") - began
            booked_s = await _until(world, device, "sale") - began
    finally:
        await link.stop()
    return [
        Figure(
            name="a shop back after a week, all at the hub",
            value=at_hub_s,
            unit="s",
            goal=_GOAL_S,
            beside={
                "facts": float(_SALES),
                "raw insert of them, s": _SALES / raw,
                "all in the books, s": booked_s,
            },
        )
    ]


async def _until(world: InboxWorld, device: Device, table: str) -> float:
    """When all of its sales were there."""
    sql = f"select count(*) from {table} where device_id = $1"
    async with world.superuser() as connection:
        while True:
            if await connection.fetchval(sql, device.ref.device_id) >= _SALES:
                return time.perf_counter()
            await asyncio.sleep(_POLL_S)
