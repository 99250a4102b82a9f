"""Very many seeded schedules, and that each can be played again exactly."""

import os
import subprocess
import sys

import pytest

from tests.simulation.running import Players, first_failure

_ROOT_SEEDS = range(1_000)
_PROVED_SEEDS = range(1_000_000, 1_050_000)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_schedules_keep_every_promise(players: Players) -> None:
    assert first_failure(players, _ROOT_SEEDS) is None


@pytest.mark.prove
@pytest.mark.timeout(5_400)
def test_fifty_thousand_schedules_keep_every_promise(players: Players) -> None:
    assert first_failure(players, _PROVED_SEEDS) is None


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
