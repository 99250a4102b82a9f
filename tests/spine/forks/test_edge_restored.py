"""A shop's folder is put back from a backup, wiped, or re-imaged (sync reference §3, hello)."""

from pathlib import Path
from typing import Any

import pytest

from tests.spine.forks.fork_oracle import fork_differences
from tests.spine.forks.offices import office
from tests.spine.forks.shops import Trade
from tests.spine.running import Running, running, stocked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_ALGER = 1


@pytest.mark.fault(30, "A,B,C,H,L,N")
async def test_a_backup_put_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A shop sells, is put back to an older backup, sells on without the hub, then finds it: every
    ticket of both histories is booked once, under an epoch of its own, and both sides say so. The
    shift that it goes on with was closed in the other history: its Z gets a number of its own."""
    async with running(tmp_path / "world") as world:
        trade = Trade(world, world.agent(_ALGER), seed=1)
        await trade.sell(10)
        await trade.settled()
        await trade.stop()
        await trade.copy_to(tmp_path / "backup")
        await trade.start()
        await trade.sell(20, close=True)
        await trade.settled()
        await trade.stop()
        await trade.put_back(tmp_path / "backup")
        await trade.agent.link.cut()
        await trade.start()
        await trade.sell(20)
        await trade.agent.link.restore()
        said = await trade.settled()
        assert said["epoch"] == 2
        assert "history-parted" in [alarm["code"] for alarm in said["alarms"]]
        after = await trade.sell(5, close=True)
        assert {ticket["receipt"]["series_epoch"] for ticket in after} == {2}
        await trade.settled()
        # The second Z of the shift knows nothing of what the first one counted, and says so.
        wrong = await fork_differences(
            world.stack, trade.agent, trade.ledger, doubled=[1], but=["discrepancies"]
        )
        assert not wrong, wrong
        alert = await _only_alert(world, trade)
        assert alert["kind"] == "history-forked"
        assert alert["details"]["resent"] >= 20
        assert alert["details"]["missing_at_device"] >= 20


@pytest.mark.fault(30, "A,B,C,H,L,N")
async def test_a_wiped_disk_begins_a_new_series_at_one(tmp_path: Path) -> None:
    """The folder is gone and the identity stays: the shop gets its catalogue back, an epoch of its
    own and receipts from 1, Zs go on where they were, and nothing that it sold is touched."""
    async with running(tmp_path / "world") as world:
        trade = Trade(world, world.agent(_ALGER), seed=2)
        await trade.sell(15, close=True)
        await trade.settled()
        for epoch in (2, 3):
            await trade.stop()
            await trade.wipe()
            await trade.start()
            await stocked(trade.agent)
            sold = await trade.sell(8, close=True)
            assert {ticket["receipt"]["series_epoch"] for ticket in sold} == {epoch}
            assert (await trade.settled())["epoch"] == epoch
            wrong = await fork_differences(world.stack, trade.agent, trade.ledger)
            assert not wrong, wrong
        async with office(world.stack) as opened:
            found = await opened.alerts(trade.agent.store.device_id)
            assert [alert["kind"] for alert in found] == ["device-wiped"] * 2
            device = await opened.device(trade.agent.store.device_id)
            assert device["open_alert_count"] == 2


async def _only_alert(world: Running, trade: Trade) -> dict[str, Any]:
    async with office(world.stack) as opened:
        (alert,) = await opened.alerts(trade.agent.store.device_id)
    return alert
