"""SIGKILL of agent, hub, broker and database under load loses, doubles and changes nothing.

Promises A, B, C, H, M, N of DESIGN §1 from the tablet's answer to the owner's books. Back-offs are
the demo's short ones, so that convergence takes seconds.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.spine.kills import Killer
from tests.spine.oracle import differences
from tests.spine.running import quiet, running
from tests.spine.trading import Town

_SEED = int(os.environ.get("HANOUT_SEED", "20261123"))
_KILLS_PER_ROUND = 20
_PACE_S = 0.15


@pytest.mark.fault(1, "A,B")
@pytest.mark.fault(2, "A,B")
@pytest.mark.fault(3, "A,B,D")
@pytest.mark.fault(27, "A,B")
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_twenty_kills(tmp_path: Path) -> None:
    """Agent, hub, broker and database killed by turns under load: the books are exact."""
    await _survive(tmp_path, kills=20)


@pytest.mark.prove
@pytest.mark.timeout(5400)
async def test_two_hundred_kills(tmp_path: Path) -> None:
    await _survive(tmp_path, kills=200)


async def _survive(folder: Path, *, kills: int) -> None:
    print(f"HANOUT_SEED={_SEED}")
    rng = Random(_SEED)
    async with running(folder) as world:
        town = Town(world=world, rng=rng, pace_s=_PACE_S)
        killer = Killer(world.stack, world.children, rng)
        for round_no in range(1, kills // _KILLS_PER_ROUND + 1):
            async with town.trading():
                await killer.strike(_KILLS_PER_ROUND)
            await quiet(world.stack)
            wrong = await differences(world.stack, town.ledger)
            print(f"round {round_no}: {len(town.ledger)} tickets after {len(killer.killed)} kills")
            assert not wrong, f"HANOUT_SEED={_SEED}, round {round_no}, {killer.killed}: {wrong}"
        assert len(town.ledger) > 10 * kills
