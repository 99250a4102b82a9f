"""Take a guard away and the simulation must find what it guarded, soon (DESIGN §9)."""

import pytest

from tests.simulation.mutations import WITHOUT_JITTER, WITHOUT_MARK_PROTECTION, WITHOUT_SYNC
from tests.simulation.quarrels import quarrel
from tests.simulation.running import Players, first_failure
from tests.simulation.schedule import HERD_SEEDS, draw_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_CUTS = [draw_of(seed, "power-cut", "disk-stalls", "no-way-up") for seed in range(60)]
_QUARRELS = [quarrel(seed) for seed in range(40)]


def test_without_full_a_power_cut_loses_an_answered_sale(players: Players) -> None:
    assert first_failure(players, _CUTS[:20]) is None
    found = first_failure(players, _CUTS, mutation=WITHOUT_SYNC)
    assert found is not None
    assert any(wrong.startswith("A:") for wrong in found.wrong)


def test_without_jitter_a_street_comes_back_as_one(players: Players) -> None:
    herds = HERD_SEEDS[:4]
    assert first_failure(players, herds) is None
    found = first_failure(players, herds, mutation=WITHOUT_JITTER)
    assert found is not None
    assert any("said hello in one tenth of a second" in wrong for wrong in found.wrong)


@pytest.mark.fault(44, "BCD")
def test_two_workers_that_serve_one_device_are_told_apart_by_its_high_water_mark(
    players: Players,
) -> None:
    """Two workers hold every partition: what was acknowledged stays, unless both the lock of the
    high-water mark and the condition that it only rises are removed."""
    assert first_failure(players, _QUARRELS[:10]) is None
    found = first_failure(players, _QUARRELS, mutation=WITHOUT_MARK_PROTECTION)
    assert found is not None
    assert any(wrong[:2] in {"C:", "D:", "H:"} for wrong in found.wrong)
