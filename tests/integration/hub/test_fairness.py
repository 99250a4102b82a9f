"""Whose facts are projected next: a week's backlog makes nobody's sale of today wait."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from random import Random
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest

from hub.catalog.proposals import ProductProposals
from hub.catalog.publishing import CatalogPublisher
from hub.collections.service import CollectionWriter
from hub.events.models import NewEvent, ReceivedFact
from hub.events.service import DiscrepancyList, EventLog
from hub.fleet.service import Fleet
from hub.ingest.projector import Projector
from hub.ingest.repository import Limits
from hub.ingest.reprojection import Reprojection
from hub.ingest.settling import MOST_TRIES, Settling
from hub.ingest.tasks import ProjectionLoop
from hub.kit.db import TenantSession
from hub.sales.models import ShiftTotals
from hub.sales.projection import SalesProjection, SalesTotals
from hub.tills.projection import TillsProjection
from hub.worker import fact_handlers
from protocol.errors import Unavailable
from protocol.messages.proposal import ProductProposed
from provisioning.demo.postgres import PostgresServer
from tests.fakes.hand_clock import HandClock
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world, until

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)
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


def in_groups(world: InboxWorld) -> Projector:
    settling = Settling(
        fact_handlers(clock=world.clock, proposals=[]), clock=world.clock, ids=world.ids
    )
    return Projector(
        world.app,
        settling,
        EventLog(world.clock),
        clock=world.clock,
        limits=Limits(facts=_GROUP),
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


class Endless:
    """A handler that does not come to an end with the facts of one store."""

    fact_types = frozenset({"sale.finalised"})

    def __init__(self, store_id: UUID) -> None:
        self._store_id = store_id
        self.begun = asyncio.Event()

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        if facts[0].envelope.store_id == self._store_id:
            self.begun.set()
            await asyncio.Event().wait()
        return []


async def fail(session: TenantSession, facts: Sequence[ReceivedFact]) -> Sequence[NewEvent]:
    raise KeyError("a bug of an old release")


@asynccontextmanager
async def looping(world: InboxWorld, projector: Projector) -> AsyncIterator[ProjectionLoop]:
    """The hub's own loop, looking every 20 ms."""
    loop = ProjectionLoop(projector, Reprojection(world.app, projector), rng=Random(1), idle_ms=20)
    running = asyncio.create_task(loop.run())
    yield loop
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.fault(36, "G,I")
async def test_a_device_whose_facts_take_for_ever_holds_up_nobody(world: InboxWorld) -> None:
    """The group of one device does not come to an end; another tenant's sale is booked."""
    slow, other = await world.new_device(), await world.new_device()
    await live_sale(world, slow, 1)
    endless = Endless(slow.ref.store_id)
    async with looping(world, world.projector(handlers=[endless])):
        await endless.begun.wait()
        for number in range(1, 4):
            await live_sale(world, other, number)
            await until(partial(_holds, world, other, number))
    assert await booked(world, slow) == 0


@pytest.mark.fault(24, "G,I")
async def test_what_was_parked_holds_up_nobody(world: InboxWorld) -> None:
    """A start that has parked facts to try again, without an end; another's sale is booked."""
    parked, other = await world.new_device(), await world.new_device()
    await live_sale(world, parked, 1)
    odd = Endless(parked.ref.store_id)
    odd.project = fail  # type: ignore[method-assign]
    assert await world.project_all(world.projector(handlers=[odd])) == 1
    endless = Endless(parked.ref.store_id)
    async with looping(world, world.projector(handlers=[endless])):
        await endless.begun.wait()
        await live_sale(world, other, 1)
        await until(partial(_holds, world, other, 1))
    assert await world.reproject() == 1


@pytest.mark.fault(24, "A,L")
async def test_a_z_that_came_during_the_upgrade_counts_what_was_parked(world: InboxWorld) -> None:
    """A device's parked facts are tried before its new ones, so that its Z finds all tickets."""
    device = await world.new_device()
    shift = ShiftFacts(ShopFacts(seed=2, store_id=device.ref.store_id), ON)
    await world.send(device, [shift.opened(), *(shift.sale(lines=1) for _ in range(5))])
    odd = Endless(device.ref.store_id)
    odd.project = fail  # type: ignore[method-assign]
    await world.project_all(world.projector(handlers=[odd]))
    assert await booked(world, device) == 0
    await world.send(device, [shift.closed()])
    async with looping(world, world.projector()):
        await until(partial(_closed, world, device))
    assert await booked(world, device) == 5
    assert await world.rows("select code, subject from discrepancy") == []


async def test_a_device_is_never_projected_by_two(world: InboxWorld) -> None:
    """While its parked facts are tried, its new ones wait."""
    device = await world.new_device()
    await live_sale(world, device, 1)
    odd = Endless(device.ref.store_id)
    odd.project = fail  # type: ignore[method-assign]
    await world.project_all(world.projector(handlers=[odd]))
    projector = world.projector(handlers=[endless := Endless(device.ref.store_id)])
    trying = asyncio.create_task(
        projector.try_parked(device.ref.organization_id, device.ref.device_id)
    )
    await endless.begun.wait()
    await live_sale(world, device, 2)
    assert await projector.run_once() == 0
    with pytest.raises(Unavailable, match="device-busy"):
        await world.projector().try_parked(device.ref.organization_id, device.ref.device_id)
    trying.cancel()
    await asyncio.wait([trying])
    await world.project_all()
    assert await booked(world, device) == 2


@pytest.mark.fault(23, "G,I")
async def test_facts_that_are_all_odd_end_their_turn(world: InboxWorld) -> None:
    """Telling them apart takes many tries; after so many of them the others have their turn."""
    device = await world.new_device()
    shop = ShopFacts(seed=1, store_id=device.ref.store_id)
    opened = json.loads(ShiftFacts(shop, ON).opened())
    del opened["shift_id"]
    odd = [json.dumps(opened | {"id": str(shop.new_id())}).encode() for _ in range(200)]
    await world.send(device, [*odd, *shop.sales(1, lines=1)])
    projector = world.projector()
    turns = []
    while settled := await projector.run_once():
        turns.append(settled)
    assert sum(turns) == 201
    assert max(turns) <= MOST_TRIES
    assert await booked(world, device) == 1
    aside = await world.rows(
        "select count(*) as n from inbox where state = 2 and device_id = $1", device.ref.device_id
    )
    assert aside[0]["n"] == 200


@pytest.mark.fault(23, "G,I")
async def test_many_new_products_end_their_turn(world: InboxWorld) -> None:
    """Each is written for every shop of the chain: after twenty of them the others have a turn."""
    device = await world.new_device()
    shop = ShopFacts(seed=3, store_id=device.ref.store_id)
    proposed = [
        shop.fact(
            ProductProposed(product_id=shop.new_id(), name="Thé", unit="piece", currency="DZD")
        )
        for _ in range(45)
    ]
    await world.send(device, [*proposed, *shop.sales(5, lines=1)])
    projector = world.projector()
    assert [await projector.run_once() for _ in range(4)] == [20, 20, 10, 0]
    assert await booked(world, device) == 5


class Slow(Endless):
    """A handler that takes more than half a round's time for every group."""

    def __init__(self, clock: HandClock) -> None:
        self._hand = clock

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        self._hand.seconds += 0.6
        return []


@pytest.mark.fault(36, "G,I")
async def test_a_round_of_slow_groups_ends_in_time(world: InboxWorld) -> None:
    """Who is next is asked again after a second, however few facts were settled in it."""
    backlog = await street(world, 6, sales=2)
    clock = HandClock()
    settling = Settling([Slow(clock)], clock=clock, ids=world.ids)
    projector = Projector(world.app, settling, EventLog(clock), clock=clock)
    assert [await projector.run_once() for _ in range(4)] == [4, 4, 4, 0]
    assert clock.seconds == pytest.approx(0.6 * len(backlog))


@pytest.mark.fault(36, "G,I")
async def test_shops_take_turns_with_what_was_parked(world: InboxWorld) -> None:
    """A shop whose parked facts are tried group by group comes after the others of its chain."""
    parked = await world.new_device()
    shop = ShopFacts(seed=5, store_id=parked.ref.store_id)
    facts = [json.loads(raw) for raw in shop.sales(100, lines=1)]
    for fact in facts:
        fact["body"]["tenders"] = [{"kind": "\0", "amount_minor": 1}]
    await world.send(parked, [json.dumps(fact).encode() for fact in facts])
    await world.project_all()
    await world.send(parked, list(shop.sales(1, lines=1)))
    live = await world.new_device(organization_id=parked.ref.organization_id)
    projector = world.projector()
    await projector.run_once(limit=1)
    for number in range(1, 3):
        await live_sale(world, live, number)
        await projector.run_once(limit=1)
        await projector.run_once(limit=1)
        assert await booked(world, live) == number
    assert await booked(world, parked) == 0
    await world.project_all(projector)
    assert await booked(world, parked) == 1


async def test_two_shops_that_bring_one_code_at_once_bring_one_product(world: InboxWorld) -> None:
    """As two lanes project them: the second one's is merged into the first one's."""
    first = await world.new_device()
    second = await world.new_device(organization_id=first.ref.organization_id)
    proposals = ProductProposals(
        clock=world.clock,
        ids=world.ids,
        publisher=CatalogPublisher(clock=world.clock, writer=CollectionWriter(world.clock)),
        discrepancies=DiscrepancyList(world.clock),
    )
    projector = world.projector(handlers=[proposals])
    shops = [
        (device, ShopFacts(seed=seed, store_id=device.ref.store_id))
        for seed, device in enumerate((first, second))
    ]
    for number in range(5):
        for device, shop in shops:
            product = ProductProposed(
                product_id=shop.new_id(),
                name="Thé",
                unit="piece",
                currency="DZD",
                code=f"tea-{number}",
            )
            await world.send(device, [shop.fact(product)])
        await asyncio.gather(projector.run_once(), projector.run_once())
        await world.project_all(projector)
    assert await world.rows("select reason from inbox where state > 0") == []
    (aliases,) = await world.rows("select count(*) as n from product_alias")
    assert aliases["n"] == 5


@pytest.mark.fault(23, "G,I")
async def test_a_shift_is_summed_up_once(world: InboxWorld) -> None:
    """Summing is as long as the shift: the same Z under forty ids costs it once."""
    device = await world.new_device()
    shop = ShopFacts(seed=2, store_id=device.ref.store_id)
    shift = ShiftFacts(shop, ON)
    facts = [shift.opened(), *(shift.sale(lines=1) for _ in range(5))]
    z = json.loads(shift.closed())
    facts += [json.dumps(z | {"id": str(shop.new_id())}).encode() for _ in range(40)]
    await world.send(device, facts[:-1])
    tickets = Counted()
    tills = TillsProjection(tickets, DiscrepancyList(world.clock), fleet=Fleet(world.clock))
    sales = SalesProjection(DiscrepancyList(world.clock))
    settling = Settling([sales, tills], clock=world.clock, ids=world.ids)
    projector = Projector(world.app, settling, EventLog(world.clock), clock=world.clock)
    await world.project_all(projector)
    await world.send(device, facts[-1:])
    await world.project_all(projector)
    assert tickets.asked == 1
    named = await world.rows(
        "select code, found, count(*) as n from discrepancy where organization_id = $1"
        " group by 1, 2",
        device.ref.organization_id,
    )
    assert [tuple(row.values()) for row in named] == [("z-shift-not-open", "closed", 39)]


class Counted(SalesTotals):
    """Knows how often it was asked."""

    asked = 0

    async def shift_totals(self, *args: Any, **place: Any) -> ShiftTotals:
        self.asked += 1
        return await super().shift_totals(*args, **place)


async def _closed(world: InboxWorld, device: Device) -> bool:
    held = "select 1 from z_report where device_id = $1"
    return bool(await world.rows(held, device.ref.device_id))


async def _holds(world: InboxWorld, device: Device, number: int) -> bool:
    return await booked(world, device) == number
