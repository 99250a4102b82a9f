"""A shop to do harm to: sell so many tickets, take its folder away, put another one back."""

import asyncio
import json
import shutil
import time
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from provisioning.demo import sample_files
from provisioning.demo.baskets import customers
from provisioning.demo.books import unprojected
from provisioning.demo.plan import CASHIER_PIN, SUPERETTE
from provisioning.demo.replay import Pace, Shop
from provisioning.demo.stack import Agent, Stack
from tests.spine.running import Running, client_of, silent, tablet_of
from tests.spine.trading import Answers

_CONVERGES_S = 300.0
_POLL_S = 0.1
_TIMEOUT_S = 60.0


class Trade:
    """One superette's customers, and every ticket that its agent answered OK."""

    def __init__(self, world: Running, agent: Agent, *, seed: int) -> None:
        self.world = world
        self.agent = agent
        self.ledger = Answers()
        self._rng = Random(seed)
        shapes = sample_files.read_basket_shapes()
        self._customers = customers(world.groceries, shapes, Random(seed))

    async def sell(self, tickets: int, *, close: bool = False) -> list[dict[str, Any]]:
        """At least so many; with `close` both registers end their shifts and make their Z."""
        before = set(self.ledger.tickets)
        shop = Shop(
            SUPERETTE,
            self.agent,
            self.ledger,
            rng=Random(self._rng.random()),
            pace=Pace(0, self._rng),
            progress=silent(),
        )
        try:
            await shop.open()
            wanted = len(before) + tickets
            await shop.serve(self._customers, lambda: len(self.ledger) < wanted)
            if close:
                await shop.close_shifts()
        finally:
            await shop.close()
        return [dict(one.answer) for id_, one in self.ledger.tickets.items() if id_ not in before]

    async def sync(self) -> dict[str, Any]:
        """The agent's own account of its sync."""
        async with client_of(self.agent) as client:
            return await tablet_of(client, self.agent.store.registers[0]).get("/v1/sync")

    async def price_of(self, code: str) -> int:
        """What the shop asks for it now."""
        async with client_of(self.agent) as client:
            tablet = tablet_of(client, self.agent.store.registers[0])
            await tablet.sign_in(pin=CASHIER_PIN)
            return (await tablet.product(code)).unit_price_minor

    async def stop(self) -> None:
        """End the agent."""
        await asyncio.to_thread(self.world.children.stop, self.agent.store.slug)

    async def start(self) -> None:
        """Start it on whatever lies in its folder now."""
        await asyncio.to_thread(self.world.children.start, self.agent.store.slug)

    async def reconfigure(self, **settings: object) -> None:
        """Start it again with these settings beside those it has."""
        await self.stop()
        file = self.world.stack.folder / f"{self.agent.store.slug}.toml"
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        file.write_text(file.read_text() + lines)
        await self.start()

    async def copy_to(self, folder: Path) -> None:
        """A backup of the stopped agent's folder, or an image of its card."""
        await asyncio.to_thread(shutil.copytree, self.agent.data_dir, folder)

    async def put_back(self, folder: Path) -> None:
        """The folder is as the copy; the agent must be stopped."""
        await self.wipe()
        await asyncio.to_thread(shutil.copytree, folder, self.agent.data_dir, dirs_exist_ok=True)

    async def wipe(self) -> None:
        """Nothing is left of the agent's folder."""
        await asyncio.to_thread(shutil.rmtree, self.agent.data_dir)
        self.agent.data_dir.mkdir(mode=0o700)

    async def settled(self) -> dict[str, Any]:
        """Wait until the hub holds and has booked everything; the agent's last account.

        Raises TimeoutError with what is still owed.
        """
        deadline = time.monotonic() + _CONVERGES_S
        while True:
            said = await self.sync()
            behind = await unprojected(self.world.stack.database_url)
            if said["connected"] and not said["debt"]["count"] and not behind:
                return said
            if time.monotonic() > deadline:
                raise TimeoutError(f"unprojected {behind}, the agent says {said}")
            await asyncio.sleep(_POLL_S)


async def rows(stack: Stack, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What the hub's database says, past every policy."""
    connection = await asyncpg.connect(stack.database_url, timeout=_TIMEOUT_S)
    try:
        found = await connection.fetch(sql, *parameters, timeout=_TIMEOUT_S)
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    return [tuple(row) for row in found]
