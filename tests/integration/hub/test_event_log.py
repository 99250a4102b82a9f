"""Positions become visible in their order, so that no reader's cursor passes a late commit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zlib import crc32

import pytest

from hub.events.models import Discrepancy, NewEvent
from hub.events.service import DiscrepancyList, EventLog
from hub.kit.clock import SystemClock
from protocol.errors import NotFound
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import InboxWorld, inbox_world, until

pytestmark = pytest.mark.slow
LOG = EventLog(SystemClock())
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def events(world: InboxWorld, count: int) -> list[NewEvent]:
    return [
        NewEvent(
            id=world.new_id(),
            type="thing.happened",
            store_id=None,
            occurred_at=AT,
            payload={"n": number, "word": "حانوت"},
        )
        for number in range(count)
    ]


async def test_appended_in_order_and_read_after_a_cursor(world: InboxWorld) -> None:
    tenant = (await world.new_device()).ref.organization_id
    made = events(world, 5)
    async with world.app.tenant(tenant) as session:
        assert await LOG.last_position(session) == 0
        assert await LOG.append(session, []) == 0
        assert await LOG.append(session, made[:2]) == 2
    async with world.app.tenant(tenant) as session:
        assert await LOG.append(session, made[2:]) == 5
    async with world.app.tenant(tenant) as session:
        read = await LOG.read_after(session, 1, limit=3)
    assert [(each.position, each.id) for each in read] == [
        (position, made[position - 1].id) for position in (2, 3, 4)
    ]
    assert read[0].payload == '{"n":1,"word":"حانوت"}'
    assert (read[0].occurred_at, read[0].type, read[0].store_id) == (AT, "thing.happened", None)


async def test_what_is_rolled_back_leaves_no_hole(world: InboxWorld) -> None:
    tenant = (await world.new_device()).ref.organization_id

    async def fail() -> None:
        async with world.app.tenant(tenant) as session:
            await LOG.append(session, events(world, 3))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with world.app.tenant(tenant) as session:
        assert await LOG.append(session, events(world, 1)) == 1


async def test_a_late_commit_never_slips_behind_a_cursor(world: InboxWorld) -> None:
    tenant = (await world.new_device()).ref.organization_id
    seen: list[int] = []
    stop = asyncio.Event()

    async def write(pause_s: float) -> None:
        for _ in range(15):
            async with world.app.tenant(tenant) as session:
                await session.execute("select 1")
                await asyncio.sleep(pause_s)
                await LOG.append(session, events(world, 2))

    async def follow() -> None:
        while not stop.is_set():
            async with world.app.tenant(tenant) as session:
                after = seen[-1] if seen else 0
                seen.extend(each.position for each in await LOG.read_after(session, after))

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(pause_s) for pause_s in (0.0, 0.003, 0.007)))

    async def all_seen() -> bool:
        return len(seen) >= 90

    await until(all_seen)
    stop.set()
    await following
    assert seen == list(range(1, 91))


async def test_another_tenants_events_are_not_there(world: InboxWorld) -> None:
    mine, other = (
        (await world.new_device()).ref.organization_id,
        (await world.new_device()).ref.organization_id,
    )
    async with world.app.tenant(mine) as session:
        await LOG.append(session, events(world, 2))
    async with world.app.tenant(other) as session:
        assert await LOG.read_after(session, 0) == []
        assert await LOG.last_position(session) == 0


async def test_an_unknown_tenant_has_no_log(world: InboxWorld) -> None:
    with pytest.raises(NotFound):
        async with world.app.tenant(world.new_id()) as session:
            await LOG.append(session, events(world, 1))
    with pytest.raises(NotFound):
        async with world.app.tenant(world.new_id()) as session:
            await LOG.last_position(session)


async def test_a_discrepancy_is_kept_once(world: InboxWorld) -> None:
    device = await world.new_device()
    kept = DiscrepancyList(SystemClock())
    odd = Discrepancy(
        fact_id=world.new_id(),
        store_id=device.ref.store_id,
        business_date=AT.date(),
        code="figure-differs",
        subject="totals.due_minor",
        expected="1",
        found="2",
    )
    for _ in range(2):
        async with world.app.tenant(device.ref.organization_id) as session:
            await kept.record(session, [odd])
            await kept.record(session, [])
    rows = await world.rows(
        "select expected, found from discrepancy where fact_id = $1", odd.fact_id
    )
    assert [tuple(row.values()) for row in rows] == [("1", "2")]
