"""The hub's database as it was, put back under a hub that runs."""

import asyncio
import shutil
from pathlib import Path

from protocol.errors import Unavailable
from provisioning.demo.stack import HUB, POSTGRES
from tests.spine.running import Running

_STARTS_S = 120.0
_RETRY_S = 0.2


async def back_up(world: Running, folder: Path) -> None:
    """A cold copy of the database's folder; the hub is away for so long."""
    await _stop(world)
    await asyncio.to_thread(shutil.copytree, _cluster(world), folder)
    await _start(world)


async def put_back(world: Running, folder: Path) -> None:
    """The database is as it was when it was copied; everything later is gone."""
    await _stop(world)
    await asyncio.to_thread(shutil.rmtree, _cluster(world))
    await asyncio.to_thread(shutil.copytree, folder, _cluster(world))
    await _start(world)


def _cluster(world: Running) -> Path:
    return world.stack.folder / "postgres" / "cluster"


async def _stop(world: Running) -> None:
    for name in (HUB, POSTGRES):
        await asyncio.to_thread(world.children.stop, name)


async def _start(world: Running) -> None:
    async with asyncio.timeout(_STARTS_S):
        await asyncio.to_thread(world.children.start, POSTGRES)
        while True:
            try:
                await asyncio.to_thread(world.children.start, HUB)
            except Unavailable:
                await asyncio.sleep(_RETRY_S)
            else:
                return
