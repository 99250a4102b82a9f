"""Workers come, go, freeze and die under load; order, effect and completeness hold."""

import asyncio
import os
from random import Random

import pytest

from tests.spine.load.conftest import INGEST, WORK
from tests.spine.load.hollow import HollowShop, open_shops, trade
from tests.spine.load.yard import Yard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="package"),
]
_ROUNDS = 6 if os.environ.get("HANOUT_PROVE") == "1" else 1
# Over the idle_session_timeout after which the server frees a silent holder's locks.
_SILENT_S = 17.0
_MOST_MEMORY_BYTES = 300 * 1024 * 1024


@pytest.mark.fault(43, "A,C")
@pytest.mark.fault(44, "B,C")
async def test_partitions_move_as_workers_come_and_go(street: Yard) -> None:
    """While shops sell a third worker comes and one is killed: partitions move, nothing is lost."""
    shops = await street.shops(8, seed=1)
    async with open_shops(shops):
        for _ in range(_ROUNDS):
            trading = asyncio.create_task(trade(shops, seconds=6, rng=Random(1)))
            await street.start("ingest", "hub-in-3")
            await street.kill(INGEST[0])
            await trading
            await street.quiet(shops)
            await street.stop("hub-in-3")
            await street.start("ingest", INGEST[0])
    assert await street.wrong(shops) == []


@pytest.mark.fault(53, "A,G,H")
async def test_workers_killed_in_the_middle_of_a_catch_up(street: Yard) -> None:
    """Ingest and projector die while shops bring a backlog; memory stays within its bounds."""
    shops = await street.shops(4, seed=3)
    for shop in shops:
        shop.sell(400, lines=3)
    async with open_shops(shops):
        for _ in range(_ROUNDS):
            await _some_progress(street, shops)
            for name in (INGEST[0], WORK[0]):
                await street.kill(name)
            await street.start("ingest", INGEST[0])
            await street.start("work", WORK[0])
        await street.quiet(shops)
        used = [street.memory_bytes(name) for name in (*INGEST, *WORK)]
    assert await street.wrong(shops) == []
    assert max(used) < _MOST_MEMORY_BYTES


@pytest.mark.fault(51, "B,C")
async def test_a_frozen_worker_harms_nobody_when_it_thaws(street: Yard) -> None:
    """A worker stopped for longer than its lease goes on with what it held, and changes nothing."""
    shops = await street.shops(6, seed=2)
    async with open_shops(shops):
        await trade(shops, seconds=1, rng=Random(2))
        street.freeze(INGEST[1])
        try:
            await trade(shops, seconds=2, rng=Random(3))
            await asyncio.sleep(_SILENT_S)
            await street.quiet(shops)
        finally:
            street.thaw(INGEST[1])
        await trade(shops, seconds=1, rng=Random(4))
        await street.quiet(shops)
    assert await street.wrong(shops) == []


async def _some_progress(street: Yard, shops: list[HollowShop]) -> None:
    """Until the hub has taken some more, or all."""
    before = sum(shop.debt for shop in shops)

    async def moved() -> bool:
        return sum(shop.debt for shop in shops) <= max(0, before - 150)

    await street.until("some progress", moved)
