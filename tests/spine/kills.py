"""SIGKILL to every program in turn, started again at once, one to two seconds apart."""

import asyncio
from collections.abc import Iterator
from random import Random

from protocol.errors import Unavailable
from provisioning.demo.children import Children
from provisioning.demo.stack import BROKER, HUB, POSTGRES, Stack

_BETWEEN_S = (1.0, 2.0)
_RETRY_S = 0.2
_START_S = 300.0


class Killer:
    """`strike` kills so many programs. Each comes back while the next ones are killed already."""

    def __init__(self, stack: Stack, children: Children, rng: Random) -> None:
        self._children = children
        self._rng = rng
        self._victims = _victims([agent.store.slug for agent in stack.agents], rng)
        self._rising: dict[str, asyncio.Task[None]] = {}
        self.killed: list[str] = []

    async def strike(self, kills: int) -> None:
        """So many kills; returns when everything runs again."""
        async with asyncio.TaskGroup() as group:
            for _ in range(kills):
                await asyncio.sleep(self._rng.uniform(*_BETWEEN_S))
                name = next(self._victims)
                if name in self._rising:
                    await self._rising[name]
                await asyncio.to_thread(self._children.kill, name)
                self.killed.append(name)
                self._rising[name] = group.create_task(start_again(self._children, name))


async def start_again(children: Children, name: str) -> None:
    """Start it until it stays up: the hub cannot while its database is still coming back."""
    async with asyncio.timeout(_START_S):
        while True:
            try:
                await asyncio.to_thread(children.start, name)
            except Unavailable:
                await asyncio.sleep(_RETRY_S)
            else:
                return


def _victims(agents: list[str], rng: Random) -> Iterator[str]:
    """Every kind once, in an order of chance, then every kind again."""
    while True:
        kinds = [rng.choice(agents), HUB, BROKER, POSTGRES]
        rng.shuffle(kinds)
        yield from kinds
