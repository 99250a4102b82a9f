"""A shop's folder is put back from a backup, wiped, or re-imaged (sync reference §3, hello)."""

from pathlib import Path

import pytest

from tests.spine.forks.fork_oracle import fork_differences
from tests.spine.forks.shops import Trade
from tests.spine.running import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_ALGER = 1


@pytest.mark.fault(30, "A,B,C,H,L,N")
async def test_a_backup_put_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A shop sells, is put back to an older backup, sells on without the hub, then finds it: every
    ticket of both histories is booked once, under an epoch of its own, and both sides say so."""
    async with running(tmp_path / "world") as world:
        trade = Trade(world, world.agent(_ALGER), seed=1)
        await trade.sell(10)
        await trade.settled()
        await trade.stop()
        await trade.copy_to(tmp_path / "backup")
        await trade.start()
        await trade.sell(20)
        await trade.settled()
        await trade.stop()
        await trade.put_back(tmp_path / "backup")
        await trade.agent.link.cut()
        await trade.start()
        await trade.sell(20)
        await trade.agent.link.restore()
        said = await trade.settled()
        assert said["epoch"] == 2
        after = await trade.sell(5)
        assert {ticket["receipt"]["series_epoch"] for ticket in after} == {2}
        await trade.settled()
        wrong = await fork_differences(world.stack, trade.agent, trade.ledger, doubled=[1])
        assert not wrong
