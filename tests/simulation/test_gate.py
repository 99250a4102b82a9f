"""Processes that are killed."""

import asyncio
from contextlib import suppress

from tests.simulation.gate import Running
from tests.simulation.virtual_time import run_virtually


def test_a_program_that_goes_on_when_it_is_told_to_end_is_said_so_of() -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    async def main() -> None:
        running = Running("deaf")
        running.spawn(deaf())
        await asyncio.sleep(1)
        await running.kill()

    _, broken = run_virtually(main)
    assert broken == ["deaf goes on although it was told to end: None"]
