"""The hub's database is put back to yesterday while its shops go on (sync reference §3, hello)."""

import asyncio
from pathlib import Path

import pytest

from tests.spine.forks.fork_oracle import fork_differences
from tests.spine.forks.hub_backup import back_up, put_back
from tests.spine.forks.offices import office
from tests.spine.forks.shops import Trade
from tests.spine.running import Running, quiet, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_ALGER, _ORAN = 1, 2
_PULLED_S = 60.0
_POLL_S = 0.2


@pytest.mark.fault(29, "A,B,H,J,L,N")
async def test_a_hub_of_yesterday_gets_today_back(tmp_path: Path) -> None:
    """What the hub lost comes again from the shops: tickets, an epoch that it never issued, a Z;
    prices that it published before and differently end as its own in every shop."""
    async with running(tmp_path / "world") as world:
        alger, oran = (Trade(world, world.agent(shop), seed=shop) for shop in (_ALGER, _ORAN))
        await alger.sell(10)
        await alger.settled()
        await alger.stop()
        await alger.copy_to(tmp_path / "shop")
        await alger.start()
        await alger.sell(5)
        await oran.sell(5)
        await quiet(world.stack)
        await back_up(world, tmp_path / "hub")
        await alger.stop()
        await alger.put_back(tmp_path / "shop")
        await alger.start()
        assert (await alger.settled())["epoch"] == 2
        await alger.sell(10)
        await oran.sell(10, close=True)
        product = world.groceries[0]
        async with office(world.stack) as opened:
            for price_minor in (11_100, 11_200):
                await opened.price(product.id, price_minor)
        await _priced(world, product.codes[0], 11_200)
        await quiet(world.stack)
        for trade in (alger, oran):
            await trade.agent.link.cut()
        await put_back(world, tmp_path / "hub")
        async with office(world.stack) as opened:
            for price_minor in (22_100, 22_200, 22_300):
                await opened.price(product.id, price_minor)
        await alger.sell(5)
        for trade in (alger, oran):
            await trade.agent.link.restore()
        await quiet(world.stack)
        await _priced(world, product.codes[0], 22_300)
        assert (await alger.settled())["epoch"] == 3
        assert (await oran.settled())["epoch"] == 1
        await alger.sell(5)
        await quiet(world.stack)
        ledger = alger.ledger
        for ticket in oran.ledger.tickets.values():
            ledger.add(ticket)
        for trade in (alger, oran):
            wrong = await fork_differences(world.stack, trade.agent, ledger, doubled=[1])
            assert not wrong, wrong
        async with office(world.stack) as opened:
            kinds = {
                trade: [alert["kind"] for alert in await opened.alerts(trade.agent.store.device_id)]
                for trade in (alger, oran)
            }
        assert "hub-set-back" in kinds[alger]
        assert kinds[oran] == ["hub-set-back"]
        codes = [alarm["code"] for alarm in (await oran.sync())["alarms"]]
        assert "hub-set-back" in codes


async def _priced(world: Running, code: str, price_minor: int) -> None:
    """Wait until both shops sell at this price."""
    async with asyncio.timeout(_PULLED_S):
        for shop in (_ALGER, _ORAN):
            trade = Trade(world, world.agent(shop), seed=0)
            while True:
                if await trade.price_of(code) == price_minor:
                    break
                await asyncio.sleep(_POLL_S)
