"""The whole product in a folder of the test's own, with a small catalogue, for tests to break."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random
from typing import Protocol

import httpx
from rich.console import Console

from provisioning.demo import online_retail, online_retail_file, sample_files
from provisioning.demo.books import unprojected
from provisioning.demo.children import Children
from provisioning.demo.goods import Product, gift_ware, groceries
from provisioning.demo.online_retail_tickets import Entry
from provisioning.demo.plan import GIFTS, SUPERETTE, Register
from provisioning.demo.progress import Progress
from provisioning.demo.stack import Agent, Stack
from provisioning.demo.tablet import Tablet

_TICKETS = 400
_COLLECTIONS = {"settings", "staff", "catalogue", "prices"}
_POLL_S = 0.1
_QUIET_S = 180.0


class Audited(Protocol):
    """Agents and the hub's database. A box that was replaced stays among its store's agents."""

    @property
    def agents(self) -> Sequence[Agent]: ...

    @property
    def database_url(self) -> str:
        """As superuser."""
        ...


@dataclass(frozen=True, kw_only=True)
class Running:
    """A stack that is up, and what its shops sell."""

    stack: Stack
    children: Children
    invoices: list[Entry]
    groceries: list[Product]

    def agent(self, index: int) -> Agent:
        """Shops in the plan's order: London, Alger, Oran."""
        return self.stack.agents[index]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """Up, every shop with its whole catalogue; everything ends with the block."""
    invoices = _invoices()
    goods = groceries(sample_files.read_groceries())
    with Children(folder) as children:
        stack = Stack(folder, children)
        try:
            gifts = gift_ware(online_retail.catalogue(invoices))
            await stack.start({GIFTS.id: gifts, SUPERETTE.id: goods})
            for agent in stack.agents:
                await stocked(agent)
            yield Running(stack=stack, children=children, invoices=invoices, groceries=goods)
        finally:
            await stack.stop_links()
            await asyncio.to_thread(children.close)


@cache
def _invoices() -> list[Entry]:
    """Read once: seventy thousand rows take seconds."""
    entries = online_retail_file.read_online_retail(sample_files.ONLINE_RETAIL)
    return online_retail.first_tickets(entries, _TICKETS)


def client_of(agent: Agent) -> httpx.AsyncClient:
    """Speaks to the agent."""
    return httpx.AsyncClient(base_url=agent.url)


def silent() -> Progress:
    """Counts and says nothing."""
    return Progress(Console(file=StringIO()))


def tablet_of(client: httpx.AsyncClient, register: Register, *, seed: int = 1) -> Tablet:
    """A tablet that is not paired yet."""
    return Tablet(client, register, rng=Random(seed))


async def stocked(agent: Agent) -> None:
    """Wait until the shop has registers, staff, catalogue and prices."""
    async with asyncio.timeout(_QUIET_S), client_of(agent) as client:
        tablet = tablet_of(client, agent.store.registers[0])
        while True:
            found = (await tablet.get("/v1/sync"))["collections"]
            if {name for name, one in found.items() if one["version"]} >= _COLLECTIONS:
                return
            await asyncio.sleep(_POLL_S)


async def quiet(stack: Audited, *, within_s: float = _QUIET_S) -> None:
    """Wait until no agent owes the hub a fact and the hub has booked what it holds.

    Raises TimeoutError with what is still owed.
    """
    owed: list[int] = []
    try:
        async with asyncio.timeout(within_s):
            while True:
                owed = [await _debt(agent) for agent in stack.agents]
                owed.append(await unprojected(stack.database_url))
                if not any(owed):
                    return
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise TimeoutError(f"still owed by each agent, and unprojected: {owed}") from error


async def _debt(agent: Agent) -> int:
    async with client_of(agent) as client:
        answer = await tablet_of(client, agent.store.registers[0]).get("/v1/sync")
    return int(answer["debt"]["count"])
