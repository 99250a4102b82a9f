"""Projection: five-line sales from the inbox to all tables, rollups and events (DESIGN §8).

The raw rate is what Postgres alone takes of the same facts into the inbox, in the same run, so that
a noisy machine shows in both.
"""

import time
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from hub.ingest.repository import QUERIES
from hub.kit.db import Database
from protocol.codec.chain import genesis, links
from provisioning.demo.postgres import PostgresServer
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world

LIMIT_SALES_PER_S = 1_500
_GROUP = 100


class ProjectionFigures(Struct, frozen=True, kw_only=True):
    """Rates per second; `facts` were projected."""

    facts: int
    sales_per_s: float
    raw_inbox_rows_per_s: float


async def measure_projection(
    server: PostgresServer, database: str, *, devices: int = 4, sales_each: int = 2_000
) -> ProjectionFigures:
    """Seed an empty database with sales of several shops and time the projector until quiet."""
    async with inbox_world(server, database) as world:
        raw_rates = []
        for number in range(devices):
            device = await world.new_device()
            shop = ShopFacts(seed=number, store_id=device.ref.store_id, products=400)
            facts = list(shop.sales(sales_each, lines=5))
            raw_rates.append(await _raw_insert(world, device, facts))
            await world.send(device, facts)
        projector = world.projector()
        began = time.perf_counter()
        settled = await world.project_all(projector)
        took_s = time.perf_counter() - began
    assert settled == devices * sales_each
    return ProjectionFigures(
        facts=settled,
        sales_per_s=settled / took_s,
        raw_inbox_rows_per_s=sum(raw_rates) / len(raw_rates),
    )


async def _raw_insert(world: InboxWorld, device: Device, facts: list[bytes]) -> float:
    """Rows per second of the bare insert, one commit per group, under a device of its own."""
    device_id = UUID(int=device.ref.device_id.int ^ 1)
    hashes = links(genesis(device_id), epoch=1, first_seq=1, raws=facts)
    raw = Database(world.server.url(world.name), pool_size=1, direct=True)
    began = time.perf_counter()
    for first in range(0, len(facts), _GROUP):
        some = facts[first : first + _GROUP]
        rows = {
            "organization_ids": [device.ref.organization_id] * len(some),
            "device_ids": [device_id] * len(some),
            "epochs": [1] * len(some),
            "seqs": list(range(first + 1, first + 1 + len(some))),
            "bytes": some,
            "hashes": hashes[first : first + _GROUP],
            "reasons": [None] * len(some),
            "person_keys": [None] * len(some),
            "received_at": datetime(2026, 11, 23, tzinfo=UTC),
        }
        async with raw.lookup() as session:
            await session.execute(QUERIES["insert_inbox"], rows)
    took_s = time.perf_counter() - began
    await raw.close()
    return len(facts) / took_s
