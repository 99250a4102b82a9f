"""Whose facts are projected next: a week's backlog makes nobody's sale of today wait."""

from collections.abc import AsyncIterator, Callable
from zlib import crc32

import pytest

from hub.events.service import EventLog
from hub.ingest.projector import Projector
from hub.ingest.repository import Limits
from hub.ingest.settling import Settling
from hub.worker import fact_handlers
from provisioning.demo.postgres import PostgresServer
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow
_GROUP = 110


@pytest.fixture
async def world(
    postgres_server: PostgresServer,
    new_database: Callable[[PostgresServer], str],
    request: pytest.FixtureRequest,
) -> AsyncIterator[InboxWorld]:
    """A database of its own: what others left due would take turns as well."""
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(postgres_server, new_database(postgres_server), seed=seed) as opened:
        yield opened


def in_groups(world: InboxWorld, *, parallel: int = 2) -> Projector:
    settling = Settling(
        fact_handlers(clock=world.clock, proposals=[]), clock=world.clock, ids=world.ids
    )
    return Projector(
        world.app,
        settling,
        EventLog(world.clock),
        clock=world.clock,
        limits=Limits(facts=_GROUP),
        parallel=parallel,
    )


async def street(world: InboxWorld, shops: int, *, sales: int) -> list[Device]:
    """Shops of one tenant, each with so many sales at the hub that nobody projected."""
    made: list[Device] = []
    for number in range(shops):
        tenant = made[0].ref.organization_id if made else None
        made.append(await world.new_device(organization_id=tenant))
        facts = ShopFacts(seed=number, store_id=made[-1].ref.store_id)
        await world.send(made[-1], list(facts.sales(sales, lines=1)))
    return made


async def live_sale(world: InboxWorld, device: Device, seed: int) -> None:
    await world.send(
        device, list(ShopFacts(seed=seed, store_id=device.ref.store_id).sales(1, lines=1))
    )


async def booked(world: InboxWorld, device: Device) -> int:
    rows = await world.rows(
        "select count(*) as n from sale where device_id = $1", device.ref.device_id
    )
    number: int = rows[0]["n"]
    return number


@pytest.mark.fault(36, "G,H")
async def test_another_tenants_sale_is_booked_in_the_next_round(world: InboxWorld) -> None:
    """Twenty shops of one tenant are back after a week; another tenant's sale waits one round."""
    backlog = await street(world, 20, sales=250)
    projector = in_groups(world)
    await projector.run_once(limit=4)
    other = await world.new_device()
    for number in range(1, 4):
        await live_sale(world, other, number)
        await projector.run_once(limit=4)
        assert await booked(world, other) == number
    assert sum([await booked(world, device) for device in backlog]) < 20 * 250


async def test_a_live_shop_of_the_same_tenant_waits_one_round(world: InboxWorld) -> None:
    backlog = await street(world, 10, sales=250)
    live = await world.new_device(organization_id=backlog[0].ref.organization_id)
    await live_sale(world, live, 1)
    await in_groups(world).run_once(limit=4)
    assert await booked(world, live) == 1


async def test_live_sales_do_not_starve_a_backlog(world: InboxWorld) -> None:
    (late,) = await street(world, 1, sales=350)
    tenant = late.ref.organization_id
    live = [await world.new_device(organization_id=tenant) for _ in range(8)]
    projector = in_groups(world)
    for number in range(1, 6):
        for device in live:
            await live_sale(world, device, number)
        await projector.run_once(limit=4)
    assert await booked(world, late) >= 3 * _GROUP


async def test_a_second_projector_takes_what_the_first_leaves(world: InboxWorld) -> None:
    devices = await street(world, 6, sales=120)
    async with world.app.tenant(devices[0].ref.organization_id) as session:
        await session.execute(
            "select 1 from device_projection"
            " where device_id = any(cast(:ids as uuid[])) for update",
            {"ids": [device.ref.device_id for device in devices[:3]]},
        )
        assert await in_groups(world).run_once(limit=3) == 3 * _GROUP
    assert [await booked(world, device) for device in devices] == [0] * 3 + [_GROUP] * 3
