"""Faults on the way, in turn: link cut and agent killed, broker killed, hub killed."""

import asyncio
from collections.abc import Awaitable, Callable

from provisioning.demo.progress import Progress
from provisioning.demo.stack import BROKER, HUB, Stack

_PAUSE_S = 1.0


class Outages:
    """`run` waits for its moments, spread evenly over the tickets to be sold."""

    def __init__(self, stack: Stack, *, count: int, tickets: int) -> None:
        self._stack = stack
        self._moments = [tickets * i // (count + 1) for i in range(1, count + 1)]
        self.done = 0

    async def run(self, progress: Progress) -> None:
        """Each fault once its moment has come; returns after the last one is mended."""
        kinds = (self._agent, self._broker, self._hub)
        for i, moment in enumerate(self._moments):
            await progress.reach(moment)
            name, strike = kinds[i % len(kinds)]()
            progress.tell(f"outage {i + 1} of {len(self._moments)}: {name}")
            await strike()
            self.done += 1

    def _agent(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        agent = self._stack.agents[self.done // 3 % len(self._stack.agents)]

        async def strike() -> None:
            await agent.link.cut()
            await asyncio.to_thread(self._stack.children.kill, agent.store.slug)
            await asyncio.sleep(_PAUSE_S)
            await asyncio.to_thread(self._stack.children.start, agent.store.slug)
            await asyncio.sleep(_PAUSE_S)  # it sells with its link down
            await agent.link.restore()

        return f"link cut and agent killed at {agent.store.name}", strike

    def _broker(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        return "broker killed", lambda: self._bounce(BROKER)

    def _hub(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        return "hub killed", lambda: self._bounce(HUB)

    async def _bounce(self, name: str) -> None:
        await asyncio.to_thread(self._stack.children.kill, name)
        await asyncio.sleep(_PAUSE_S)
        await asyncio.to_thread(self._stack.children.start, name)
