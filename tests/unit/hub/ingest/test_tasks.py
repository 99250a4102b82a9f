"""The projector's loop, told to end."""

import asyncio
from random import Random
from typing import cast

import pytest

from hub.ingest.projector import Projector
from hub.ingest.reprojection import Reprojection
from hub.ingest.tasks import ProjectionLoop


class NothingToDo:
    async def step(self) -> bool:
        return False

    async def run_once(self) -> int:
        return 0


@pytest.mark.parametrize("steps", range(6))
async def test_it_ends_when_it_is_cancelled_as_it_is_woken(steps: int) -> None:
    nothing = NothingToDo()
    loop = ProjectionLoop(
        cast("Projector", nothing), cast("Reprojection", nothing), rng=Random(1), idle_ms=60_000
    )
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0.01)
    loop.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=5)
    assert running.cancelled()
