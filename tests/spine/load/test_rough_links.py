"""Links that fail as small shops' networks do, between agents' sync and a real broker."""

import asyncio
from random import Random

import pytest

from tests.spine.load.hollow import open_shops, trade
from tests.spine.load.links import RoughLink, opened
from tests.spine.load.mute_links import MuteLink
from tests.spine.load.yard import Yard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.mark.fault(33, "H")
async def test_half_open_connections(lane: Yard) -> None:
    """Connections that swallow everything without a word are found dead, and left for new ones."""
    rng = Random(33)
    async with opened(RoughLink(lane.broker.port, rng)) as link:
        shops = await lane.shops(3, seed=33, port=link.port)
        async with open_shops(shops):
            await lane.welcomed(shops)
            await trade(shops, seconds=1, rng=rng)
            link.silence()
            await trade(shops, seconds=1, rng=rng)
            await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(34, "A,H")
async def test_a_third_of_all_connections_is_reset(lane: Yard) -> None:
    """Of every ten connections three are reset within a second; every sale arrives once."""
    rng = Random(34)
    async with opened(RoughLink(lane.broker.port, rng)) as link:
        link.reset_share = 0.3
        shops = await lane.shops(6, seed=34, port=link.port)
        async with open_shops(shops):
            for _ in range(3):
                await trade(shops, seconds=1, rng=rng)
                link.reset_all()
            await lane.quiet(shops)
        assert link.resets >= 3
    assert await lane.wrong(shops) == []


@pytest.mark.fault(35, "A,H")
@pytest.mark.parametrize("direction", ["to_broker", "from_broker"])
async def test_a_link_that_loses_one_way(lane: Yard, direction: str) -> None:
    """All that one way carries is lost, under connections that stay up: it is sent once more."""
    rng = Random(350)
    async with opened(MuteLink(lane.broker.port, lane.pki)) as link:
        shops = await lane.shops(3, seed=350 + len(direction), port=link.port)
        async with open_shops(shops):
            await lane.welcomed(shops)
            connections = link.connections
            link.muted.add(direction)
            await trade(shops, seconds=2, rng=rng)
            assert link.swallowed > 0
            link.muted.clear()
            await lane.quiet(shops)
        assert link.connections == connections
    assert await lane.wrong(shops) == []


@pytest.mark.fault(35, "A,H")
@pytest.mark.parametrize("direction", ["to_broker", "from_broker"])
async def test_a_link_that_stands_still_one_way(lane: Yard, direction: str) -> None:
    """One way stands still and then delivers all at once: both ways lead to the same books."""
    rng = Random(35)
    async with opened(RoughLink(lane.broker.port, rng)) as link:
        shops = await lane.shops(3, seed=35 + len(direction), port=link.port)
        async with open_shops(shops):
            await lane.welcomed(shops)
            flowing: asyncio.Event = getattr(link, direction)
            flowing.clear()
            await trade(shops, seconds=2, rng=rng)
            flowing.set()
            await lane.quiet(shops)
    assert await lane.wrong(shops) == []


@pytest.mark.fault(15, "A,H")
async def test_a_broker_that_comes_back_with_an_empty_store(lane: Yard) -> None:
    """The broker loses its queues and everything retained: what was sold still arrives, once."""
    shops = await lane.shops(4, seed=15)
    async with open_shops(shops):
        await lane.welcomed(shops)
        trading = asyncio.create_task(trade(shops, seconds=3, rng=Random(15)))
        await asyncio.sleep(1)
        await lane.empty_broker()
        await trading
        await lane.quiet(shops)
    assert await lane.wrong(shops) == []
