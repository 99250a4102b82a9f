"""Very many seeded schedules, and that each can be played again exactly."""

import os
import subprocess
import sys
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.simulation.goods import Sale
from tests.simulation.running import Players, first_failure
from tests.simulation.schedule import TRADING_MS, Fault, Schedule
from tests.simulation.world import judge

_ROOT_SEEDS = [range(first, first + 100) for first in range(0, 1_000, 100)]
# Half an hour each on two cores, so that one may be played or repeated alone.
_PROVED_SEEDS = [range(first, first + 10_000) for first in range(1_000_000, 1_050_000, 10_000)]


def _span(seeds: range) -> str:
    return f"{seeds.start}-{seeds[-1]}"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seeds", _ROOT_SEEDS, ids=_span)
def test_a_thousand_schedules_keep_every_promise(players: Players, seeds: range) -> None:
    assert first_failure(players, seeds) is None


@pytest.mark.prove
@pytest.mark.timeout(5_400)
@pytest.mark.parametrize("seeds", _PROVED_SEEDS, ids=_span)
def test_fifty_thousand_schedules_keep_every_promise(players: Players, seeds: range) -> None:
    assert first_failure(players, seeds) is None


@pytest.mark.slow
def test_what_is_being_written_when_faults_stop_is_waited_for() -> None:
    """It is no unrest of a settled world."""
    stalled = Fault(at_ms=290_000, kind="disk-stalls", target=0, for_ms=30_000, value=4_000)
    assert judge(_sold_at_last(TRADING_MS - 2, stalled)).wrong == []


@pytest.mark.slow
def test_what_is_on_its_way_when_faults_stop_is_waited_for() -> None:
    """Copies that bad weather held back arrive in a settled world."""
    weather = Fault(at_ms=265_842, kind="weather", target=0, for_ms=90_630, value=634_552_326)
    wrong = [judge(_sold_at_last(TRADING_MS - ms, weather)).wrong for ms in range(0, 2_000, 100)]
    assert wrong == [[]] * len(wrong)


@pytest.mark.slow
def test_a_seed_is_one_history_whatever_the_hash_of_strings() -> None:
    """Else a failure could not be played again."""
    command = [sys.executable, "-m", "tests.simulation", "--only", "3", "--processes", "1"]
    told = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=100,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(told) == 1
    assert "every promise held" in told.pop()


def _sold_at_last(at_ms: int, fault: Fault) -> Schedule:
    """One sale when all is well, and one at that time."""
    sale = Sale(id=UUID(int=1), at_ms=200_000, box=0, register_id=UUID(int=9))
    return Schedule(
        seed=1,
        boxes=1,
        workers=1,
        sales=[sale, replace(sale, id=UUID(int=2), at_ms=at_ms)],
        publications=[],
        faults=[fault],
    )
