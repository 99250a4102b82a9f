"""Whoever dies while projecting leaves nothing behind, and faults that pass park nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from functools import partial
from random import Random
from zlib import crc32

import pytest

from hub.events.models import NewEvent, ReceivedFact
from hub.events.service import EventLog
from hub.ingest.projector import Projector
from hub.ingest.repository import Limits
from hub.ingest.reprojection import Reprojection
from hub.ingest.settling import Settling
from hub.ingest.tasks import ProjectionLoop
from hub.kit.db import TenantSession
from hub.worker import fact_handlers
from protocol.codec.facts import decode_envelope
from protocol.errors import Unavailable
from provisioning.demo.postgres import PostgresServer
from tests.fakes.hand_clock import HandClock
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import InboxWorld, inbox_world, until

pytestmark = pytest.mark.slow
ON = date(2026, 11, 20)
_PROJECTOR = """
import asyncio, sys
from tests.integration.hub.inbox_world import InboxWorld
from tests.integration.hub.test_projector_faults import in_small_groups

class Url:
    def __init__(self, url): self._url = url
    def url(self, database, *, user="postgres", password=None):
        return self._url.replace("USER", user)

async def main():
    world = InboxWorld(Url(sys.argv[1]), sys.argv[2])
    await world.project_all(in_small_groups(world))
    await world.close()
    print("quiet", flush=True)

asyncio.run(main())
"""


class Faulty:
    """A handler of sales that fails as it is told, after it has written something."""

    fact_types = frozenset({"sale.finalised"})

    def __init__(self, fail: Callable[[], None]) -> None:
        self._fail = fail

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        await session.execute(
            "insert into stock_on_hand select :organization_id, cast(:store as uuid),"
            " cast(:store as uuid), 1, 'piece', now() on conflict do nothing",
            {"store": facts[0].envelope.store_id},
        )
        self._fail()
        return []


class BrokenDeployment(Faulty):
    """As when a migration is missing."""

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        await session.execute("insert into no_such_table values (1)")
        return []


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def in_small_groups(world: InboxWorld) -> Projector:
    """So that there are many commits to die between."""
    settling = Settling(
        fact_handlers(clock=world.clock, proposals=[]), clock=world.clock, ids=world.ids
    )
    return Projector(
        world.app, settling, EventLog(world.clock), clock=world.clock, limits=Limits(facts=6)
    )


async def test_what_passes_is_retried_and_parks_nothing(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, ShopFacts(seed=1, store_id=device.ref.store_id).day(10))
    failures = [Unavailable("busy", "later"), Unavailable("busy", "later")]

    def fail() -> None:
        if failures:
            raise failures.pop()

    clock = HandClock()
    handlers = [Faulty(fail), *fact_handlers(clock=world.clock, proposals=[])]
    settling = Settling(handlers, clock=world.clock, ids=world.ids)
    projector = Projector(world.app, settling, EventLog(world.clock), clock=clock)
    assert await projector.run_once() == 0
    assert await world.rows("select 1 from sale where device_id = $1", device.ref.device_id) == []
    assert await projector.run_once() == 0
    assert len(failures) == 1, "the device rests"
    clock.seconds += 60
    assert await projector.run_once() == 0
    assert failures == []
    clock.seconds += 60
    assert await projector.run_once() == 12
    state = await world.rows(
        "select state, count(*) as n from inbox where device_id = $1 group by 1",
        device.ref.device_id,
    )
    assert [tuple(row.values()) for row in state] == [(0, 12)]
    held = "select 1 from sale where device_id = $1"
    assert len(await world.rows(held, device.ref.device_id)) == 10


async def test_a_broken_deployment_parks_nothing(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, ShopFacts(seed=1, store_id=device.ref.store_id).day(10))
    projector = world.projector(handlers=[BrokenDeployment(lambda: None)])
    assert await projector.run_once() == 0
    aside = "select 1 from inbox where device_id = $1 and state > 0"
    assert await world.rows(aside, device.ref.device_id) == []
    assert await world.project_all() == 12


async def test_what_nobody_foresaw_holds_up_its_own_device_alone(world: InboxWorld) -> None:
    """A fault of no known kind lets the device rest, and the other one's facts are booked."""
    mad, other = await world.new_device(), await world.new_device()
    for device in (mad, other):
        await world.send(device, ShopFacts(seed=1, store_id=device.ref.store_id).day(10))
    stores = [mad.ref.store_id]

    class Unforeseen(Faulty):
        async def project(
            self, session: TenantSession, facts: Sequence[ReceivedFact]
        ) -> Sequence[NewEvent]:
            if facts[0].envelope.store_id in stores:
                raise OSError("of the machine, say")
            return []

    projector = world.projector(handlers=[Unforeseen(lambda: None)])
    assert await world.project_all(projector) == 12
    booked = "select distinct device_id from sale where device_id = any($1)"
    found = await world.rows(booked, [mad.ref.device_id, other.ref.device_id])
    assert [row["device_id"] for row in found] == [other.ref.device_id]
    stores.clear()
    assert await world.project_all() == 12


@pytest.mark.fault(24, "A,I")
async def test_an_upgrade_takes_what_was_parked(world: InboxWorld) -> None:
    """What an old release could not take takes effect once after the upgrade."""
    device = await world.new_device()
    facts = ShopFacts(seed=1, store_id=device.ref.store_id).day(10)
    await world.send(device, facts)

    def fail() -> None:
        raise KeyError("what a bug in an old release does")

    await world.project_all(world.projector(handlers=[Faulty(fail)]))
    parked = "select reason from inbox where device_id = $1 and state = 2"
    assert len(await world.rows(parked, device.ref.device_id)) == 9
    touched = await world.rows(
        "select 1 from stock_on_hand where store_id = $1 and product_id = $1", device.ref.store_id
    )
    assert touched == [], "a parked fact has left something behind"
    assert await world.reproject() == 9
    assert await world.rows(parked, device.ref.device_id) == []
    held = await world.rows(
        "select count(*) as n, count(distinct id) as ids from sale where device_id = $1",
        device.ref.device_id,
    )
    assert [tuple(row.values()) for row in held] == [(10, 10)]
    assert await world.reproject() == 0


async def test_a_fault_that_passes_loses_no_parked_fact_its_try(world: InboxWorld) -> None:
    """Its device is tried again after the other one."""
    first = await world.new_device()
    second = await world.new_device(organization_id=first.ref.organization_id)
    failing = [True]

    def fail() -> None:
        if failing:
            raise KeyError("what a bug in an old release does")
        if not world_is_back:
            world_is_back.append(True)
            raise Unavailable("busy", "later")

    world_is_back: list[bool] = []
    for seed, device in enumerate((first, second)):
        sales = ShopFacts(seed=seed, store_id=device.ref.store_id).sales(2, lines=1)
        await world.send(device, list(sales))
    handlers = [Faulty(fail)]
    await world.project_all(world.projector(handlers=handlers))
    failing.clear()
    pass_ = Reprojection(world.app, world.projector(handlers=handlers))
    with pytest.raises(Unavailable):
        await pass_.run()
    assert pass_.settled == 0
    assert await pass_.run() == 4
    assert await world.rows("select 1 from inbox where state = 2") == []


async def test_a_shift_told_twice_in_one_batch_holds_nothing_up(world: InboxWorld) -> None:
    """Two openings and two Zs of one shift are booked as if one came after the other."""
    device = await world.new_device()
    shop = ShopFacts(seed=1, store_id=device.ref.store_id)
    shift = ShiftFacts(shop, ON)
    facts = [shift.opened(), shift.opened(), shift.sale(), shift.closed(), shift.closed()]
    await world.send(device, facts)
    assert await world.project_all() == 5
    of_device = "where device_id = $1"
    aside = f"select reason from inbox {of_device} and state > 0"
    assert await world.rows(aside, device.ref.device_id) == []
    (cursor,) = await world.rows(
        f"select seq from device_projection {of_device}", device.ref.device_id
    )
    assert cursor["seq"] == 5
    (booked,) = await world.rows(
        f"select status, opened_at, closed_at from shift {of_device}", device.ref.device_id
    )
    last = [decode_envelope(raw).at for raw in (facts[1], facts[4])]
    assert list(booked.values()) == ["closed", *last]
    for table, rows in (("sale", 1), ("z_report", 2)):
        held = await world.rows(f"select 1 from {table} {of_device}", device.ref.device_id)
        assert len(held) == rows


class Twice(Faulty):
    """As when a handler's own statement meets one key twice."""

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        await session.execute(
            "insert into shift (organization_id, id, store_id, register_id, device_id, status,"
            " business_date, currency, float_minor)"
            " select :organization_id, fresh.id, fresh.id, fresh.id, fresh.id, 'open',"
            " date '2026-11-20', 'DZD', 0 from unnest(cast(:ids as uuid[])) as fresh (id)"
            " on conflict (organization_id, id) do update set status = 'open'",
            {"ids": [fact.envelope.store_id for fact in facts]},
        )
        return []


async def test_a_key_met_twice_is_halved_until_it_fits(world: InboxWorld) -> None:
    """A statement that would change one row twice wedges no device: the facts go one by one."""
    device = await world.new_device()
    await world.send(device, ShopFacts(seed=1, store_id=device.ref.store_id).day(4))
    assert await world.project_all(world.projector(handlers=[Twice(lambda: None)])) == 6
    held = "select 1 from sale where device_id = $1"
    assert len(await world.rows(held, device.ref.device_id)) == 4


@pytest.mark.fault(27, "A,B")
async def test_cut_connections_change_nothing(
    postgres_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> None:
    """Every connection cut twenty-five times in the middle of its work changes no book."""
    chance = Random(5)
    books = []
    for cuts in (0, 25):
        async with inbox_world(postgres_server, new_database(postgres_server)) as world:
            device = await world.new_device()
            await world.send(device, ShopFacts(seed=4, store_id=device.ref.store_id).day(150))
            projector = in_small_groups(world)
            loop = ProjectionLoop(
                projector,
                Reprojection(world.app, projector),
                rng=chance,
                idle_ms=5,
                backoff_max_ms=40,
            )
            running = asyncio.create_task(loop.run())
            for _ in range(cuts):
                await asyncio.sleep(chance.uniform(0.01, 0.06))
                await world.rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where usename = 'app' and datname = current_database()"
                )
            await until(partial(_quiet, world))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            books.append(await world.books(device.ref.organization_id))
            aside = await world.rows("select reason from inbox where state > 0")
            assert aside == []
    assert books[0] == books[1]


@pytest.mark.fault(53, "A,G,H")
async def test_killed_projectors_change_nothing(
    postgres_server: PostgresServer, new_database: Callable[[PostgresServer], str]
) -> None:
    """A projector killed three times in a catch-up leaves the books of one that was not."""
    chance = Random(6)
    books = []
    for kills in (0, 3):
        name = new_database(postgres_server)
        async with inbox_world(postgres_server, name) as world:
            device = await world.new_device()
            await world.send(device, ShopFacts(seed=4, store_id=device.ref.store_id).day(80))
            url = postgres_server.url(name, user="USER", password="app")
            for _ in range(kills):
                running = await _start(url, name)
                await _first_commit(world, device.ref.device_id)
                await asyncio.sleep(chance.uniform(0.0, 0.08))
                running.kill()
                await running.communicate()
            finishing = await _start(url, name)
            said, _ = await asyncio.wait_for(finishing.communicate(), 60)
            assert said == b"quiet\n"
            books.append(await world.books(device.ref.organization_id))
    assert books[0] == books[1]


async def _start(url: str, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROJECTOR, url, name, stdout=asyncio.subprocess.PIPE
    )


async def _first_commit(world: InboxWorld, device_id: object) -> None:
    """Until the projector that was just started has moved the cursor."""
    cursor = "select seq from device_projection where device_id = $1"
    (before,) = await world.rows(cursor, device_id)

    async def moved_or_quiet() -> bool:
        return await world.rows(cursor, device_id) != [before] or await _quiet(world)

    await until(moved_or_quiet)


async def _quiet(world: InboxWorld) -> bool:
    return not await world.rows("select 1 from projection_due(1)")
