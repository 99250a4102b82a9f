"""A shop's card is copied and both boxes run under one certificate (sync reference §4, clone)."""

import asyncio
from pathlib import Path

import pytest

from tests.spine.forks.fork_oracle import fork_differences, journal_of
from tests.spine.forks.offices import office
from tests.spine.forks.shops import Trade, rows
from tests.spine.forks.twins import exported, twin
from tests.spine.running import Running, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_ALGER = 1
_SEEN_S = 300.0
_POLL_S = 0.5
_ROUNDS = 15


@pytest.mark.fault(31, "A,B,C,E,H,L")
async def test_copies_that_look_alike_both_bring_home_what_they_sold(tmp_path: Path) -> None:
    """Neither box is told from the other: they take each other's connection again and again, sell
    all the time, and every ticket of both is booked once; the office is told of a clone."""
    async with running(tmp_path / "world") as world:
        first = Trade(world, world.agent(_ALGER), seed=1)
        await _copy(first, tmp_path / "twin")
        with twin(world, first.agent, tmp_path / "twin") as agent:
            second = Trade(world, agent, seed=2)
            await _sell_until(world, first, second, kind="cloned")
            await first.stop()
            await second.settled()
        await first.start()
        assert (await first.settled())["epoch"] >= 2
        for ticket in second.ledger.tickets.values():
            first.ledger.add(ticket)
        epochs = await rows(world.stack, "select distinct epoch from device_epoch")
        doubled = [epoch for (epoch,) in epochs]
        wrong = await fork_differences(
            world.stack, first.agent, first.ledger, doubled=doubled, clashing=True
        )
        assert not wrong, wrong


@pytest.mark.fault(31, "B,D,E,K,L")
async def test_a_copy_on_other_hardware_is_refused_and_keeps_what_it_sold(tmp_path: Path) -> None:
    """The box on the hardware that was there first keeps the name; the copy is told so, sells on,
    stays away from the broker, and its journal, brought in by hand, makes the books whole."""
    async with running(tmp_path / "world") as world:
        first = Trade(world, world.agent(_ALGER), seed=3)
        serials = {name: tmp_path / f"{name}.serial" for name in ("first", "copy")}
        for name, file in serials.items():
            file.write_text(f"the {name} machine")
        await first.reconfigure(hardware_files=[str(serials["first"])])
        await _copy(first, tmp_path / "twin")
        settings = {"hardware_files": [str(serials["copy"])], "clone_wait_ms": 2_000}
        with twin(world, first.agent, tmp_path / "twin", settings=settings) as agent:
            copy = Trade(world, agent, seed=4)
            await _sell_until(world, first, copy, kind="cloned")
            await _refused(copy)
            await first.sell(5)
            said = await first.settled()
            late = await copy.sell(10)
            refused = await copy.sync()
            assert not refused["connected"]
            assert refused["debt"]["count"] >= len(late)
        assert (await first.settled())["epoch"] == said["epoch"]
        held = {slot.raw for slot in journal_of(agent)}
        at_hub = await rows(world.stack, "select bytes from inbox")
        for ticket in late:
            raw = next(raw for raw in held if ticket["id"].encode() in raw)
            assert (raw,) not in at_hub
        aside = await rows(world.stack, "select id from quarantine order by id")
        async with office(world.stack) as opened:
            journal = await asyncio.to_thread(exported, tmp_path / "twin.toml")
            brought = await opened.bring(first.agent.store.device_id, journal)
        assert brought["new"] >= len(late)
        assert await rows(world.stack, "select id from quarantine order by id") == aside
        for accepted in copy.ledger.tickets.values():
            first.ledger.add(accepted)
        await first.sell(5)
        await first.settled()
        epochs = await rows(world.stack, "select distinct epoch from device_epoch")
        doubled = [epoch for (epoch,) in epochs]
        wrong = await fork_differences(
            world.stack, first.agent, first.ledger, doubled=doubled, clashing=True
        )
        assert not wrong, wrong


async def _copy(first: Trade, folder: Path) -> None:
    await first.sell(10)
    await first.settled()
    await first.stop()
    await first.copy_to(folder)
    await first.start()


async def _refused(copy: Trade) -> None:
    """Wait until it knows."""
    async with asyncio.timeout(_SEEN_S):
        codes = list[str]()
        while "cloned" not in codes:
            await asyncio.sleep(_POLL_S)
            codes = [alarm["code"] for alarm in (await copy.sync())["alarms"]]


async def _sell_until(world: Running, first: Trade, second: Trade, *, kind: str) -> None:
    """Both sell for a while, and until the office is told."""
    told, rounds = False, 0
    async with asyncio.timeout(_SEEN_S), office(world.stack) as opened:
        while not told or rounds < _ROUNDS:
            await asyncio.gather(first.sell(2), second.sell(2))
            found = await opened.alerts(first.agent.store.device_id)
            told = kind in [alert["kind"] for alert in found]
            rounds += 1
            await asyncio.sleep(_POLL_S)
