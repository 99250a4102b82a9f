"""Continuous load: every shop open and selling until the block ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from provisioning.demo import sample_files
from provisioning.demo.baskets import customers
from provisioning.demo.ledger import Accepted, Ledger
from provisioning.demo.online_retail_tickets import Entry
from provisioning.demo.plan import GIFTS, TENANTS
from provisioning.demo.replay import Pace, Shop
from tests.spine.running import Running, silent

_INVOICES_AT_ONCE = 8


class Answers(Ledger):
    """The demo's ledger, whose tickets can be read one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[UUID, Accepted] = {}

    def add(self, ticket: Accepted) -> None:
        """Remember a ticket that was answered OK."""
        super().add(ticket)
        self.tickets[ticket.id] = ticket


@dataclass(kw_only=True)
class Town:
    """All customers of all shops: they go on where they stopped when trading resumes."""

    world: Running
    rng: Random
    pace_s: float
    ledger: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        self._invoices = _endless(self.world.invoices)
        self._customers = customers(
            self.world.groceries, sample_files.read_basket_shapes(), Random(self.rng.random())
        )

    @asynccontextmanager
    async def trading(self) -> AsyncIterator[None]:
        """Shops open, sell during the block, and close their shifts after it."""
        tenants = {tenant.id: tenant for tenant in TENANTS}
        shops = [
            Shop(
                tenants[agent.organization_id],
                agent,
                self.ledger,
                rng=Random(self.rng.random()),
                pace=Pace(self.pace_s, Random(self.rng.random())),
                progress=silent(),
            )
            for agent in self.world.stack.agents
        ]
        closing = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                for agent, shop in zip(self.world.stack.agents, shops, strict=True):
                    gifts = agent.organization_id == GIFTS.id
                    group.create_task(self._serve(shop, closing, gifts=gifts))
                try:
                    yield
                finally:
                    closing.set()
            for shop in shops:
                await shop.close_shifts()
        finally:
            for shop in shops:
                await shop.close()

    async def _serve(self, shop: Shop, closing: asyncio.Event, *, gifts: bool) -> None:
        await shop.open()
        if not gifts:
            await shop.serve(self._customers, lambda: not closing.is_set())
            return
        while not closing.is_set():
            await shop.replay([next(self._invoices) for _ in range(_INVOICES_AT_ONCE)])


def _endless(entries: list[Entry]) -> Iterator[Entry]:
    while True:
        yield from entries
