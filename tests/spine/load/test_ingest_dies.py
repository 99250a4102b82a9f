"""One ingest worker dies at every moment that matters, and its database with it.

Runs before the tests that need a whole street, which start more workers.
"""

import asyncio
from random import Random

import pytest

from tests.spine.load.conftest import INGEST
from tests.spine.load.hollow import open_shops, trade
from tests.spine.load.yard import Yard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="package"),
]
_MOST_MEMORY_BYTES = 300 * 1024 * 1024


@pytest.mark.fault(4, "A,B")
async def test_killed_before_its_commit(lane: Yard) -> None:
    """Killed while its transaction waits, ingest leaves nothing; the device sends it again."""
    shops = await lane.shops(2, seed=4)
    async with open_shops(shops):
        await lane.welcomed(shops)
        async with lane.world.superuser() as holder, holder.transaction():
            await holder.execute(
                "select from device_sync where device_id = any($1) for update",
                [shop.device.ref.device_id for shop in shops],
            )
            for shop in shops:
                shop.sell(5)
            await lane.until("a commit waits", lambda: _waits_for_a_lock(lane))
            await lane.kill(INGEST[0])
            assert await lane.held(shops) == [0, 0]
        await lane.start("ingest", INGEST[0])
        await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(5, "B,H")
@pytest.mark.fault(6, "B")
async def test_killed_after_its_commit(lane: Yard) -> None:
    """Killed as soon as its commit shows, before the ack or just after, ingest repeats nothing."""
    shops = await lane.shops(2, seed=5)
    async with open_shops(shops):
        await lane.welcomed(shops)
        for shop in shops:
            shop.sell(5)

        async def committed() -> bool:
            return await lane.held(shops) == [5, 5]

        await lane.until("both are committed", committed)
        await lane.kill(INGEST[0])
        for shop in shops:
            shop.sell(5)
        await lane.start("ingest", INGEST[0])
        await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(27, "A,B")
async def test_every_backend_dies_again_and_again(lane: Yard) -> None:
    """Every connection to Postgres ends in the middle of its transaction, ten times over."""
    shops = await lane.shops(4, seed=6)
    async with open_shops(shops):
        trading = asyncio.create_task(trade(shops, seconds=5, rng=Random(6)))
        for _ in range(10):
            await asyncio.sleep(0.5)
            await lane.world.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where usename in ('app', 'ingest') and datname = current_database()"
            )
        await trading
        await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(32, "G,H")
async def test_a_slow_database_fills_no_memory(lane: Yard) -> None:
    """While no commit gets through, a street of backlogs waits in the shops, not in the hub."""
    shops = await lane.shops(10, seed=7)
    async with open_shops(shops):
        await lane.welcomed(shops)
        async with lane.world.superuser() as holder, holder.transaction():
            await holder.execute("lock table device_sync in share mode")
            for shop in shops:
                shop.sell(120, lines=6)
            await asyncio.sleep(4)
            assert await lane.held(shops) == [0] * 10
        assert lane.memory_bytes(INGEST[0]) < _MOST_MEMORY_BYTES
        await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(16, "A,H")
async def test_the_brokers_queue_overflows(lane: Yard) -> None:
    """The broker drops what it has no room for while ingest stands still; the shops repeat it."""
    shops = await lane.shops(2, seed=8)
    flood = await lane.world.new_device()
    async with open_shops(shops):
        await lane.welcomed(shops)
        async with lane.fake_device(flood) as device:
            await device.greet()
            frame = device.frame([b"{}"])
            lane.freeze(INGEST[0])
            try:
                for _ in range(24):
                    await asyncio.gather(*(device.up("bk", frame) for _ in range(50)))
                for shop in shops:
                    shop.sell(10)
                await asyncio.sleep(1)
            finally:
                lane.thaw(INGEST[0])
            await lane.quiet(shops)
    assert "being dropped" in lane.broker_log()
    assert await lane.wrong(shops) == []


async def _waits_for_a_lock(lane: Yard) -> bool:
    return bool(
        await lane.world.rows(
            "select 1 from pg_stat_activity where usename = 'ingest' and wait_event_type = 'Lock'"
            " and datname = current_database()"
        )
    )
