"""Projection: five-line sales from the inbox to all tables, rollups and events (DESIGN §8).

The raw rate is what Postgres alone takes of the same facts into the inbox, in the same run, so that
a noisy machine shows in both.
"""

import asyncio
import time

from msgspec import Struct

from hub.ingest.tasks import LANES
from provisioning.demo.postgres import PostgresServer
from tests.bench.raw_inbox import raw_inbox_rows_per_s
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import InboxWorld, inbox_world

LIMIT_SALES_PER_S = 1_500


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
        raw = await seed_sales(world, devices=devices, sales_each=sales_each)
        projector = world.projector()
        began = time.perf_counter()
        lanes = (world.project_all(projector) for _ in range(LANES))
        settled = sum(await asyncio.gather(*lanes))
        took_s = time.perf_counter() - began
    assert settled == devices * sales_each
    return ProjectionFigures(
        facts=settled,
        sales_per_s=settled / took_s,
        raw_inbox_rows_per_s=raw,
    )


async def seed_sales(world: InboxWorld, *, devices: int = 4, sales_each: int = 2_000) -> float:
    """Sales of several shops into the inbox; the bare insert's rate, for such rows."""
    raw_rates = []
    for number in range(devices):
        device = await world.new_device()
        shop = ShopFacts(seed=number, store_id=device.ref.store_id, products=400)
        facts = list(shop.sales(sales_each, lines=5))
        raw_rates.append(await raw_inbox_rows_per_s(world, device, facts))
        await world.send(device, facts)
    return sum(raw_rates) / len(raw_rates)
