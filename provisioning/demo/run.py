"""The demo from start to end: bring up, sell, and in a bounded run prove the books."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
from rich.markup import escape

from protocol.errors import Unavailable
from provisioning.demo import online_retail, online_retail_file, sample_files
from provisioning.demo.baskets import customers
from provisioning.demo.books import (
    Comparison,
    compare,
    published_versions,
    tickets_at_hub,
    unprojected,
)
from provisioning.demo.children import Children
from provisioning.demo.faults import Outages
from provisioning.demo.goods import gift_ware, groceries
from provisioning.demo.ledger import Ledger
from provisioning.demo.online_retail_tickets import Entry, ReturnTicket, SaleTicket, Ticket
from provisioning.demo.plan import GIFTS, SUPERETTE, TENANTS, Tenant
from provisioning.demo.progress import Progress
from provisioning.demo.replay import Pace, Shop
from provisioning.demo.stack import Agent, Stack
from provisioning.demo.tablet import Tablet

_QUIET_TIMEOUT_S = 300.0
_QUIET_POLL_S = 0.2
_UNHURRIED_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line asked for. `sales` None: without end, or the whole of `input`."""

    data_dir: Path
    once: bool
    replay: bool
    sales: int | None
    seed: int
    outages: int
    input: Path | None


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be sold: invoices in order, and so many baskets (None: without end)."""

    invoices: list[Entry]
    baskets: int | None
    tickets: int | None


def work_of(wishes: Wishes, entries: list[Entry]) -> Work:
    """A given file is sold whole, or its first tickets; else both tenants share the number."""
    if wishes.input is not None:
        chosen = (
            entries if wishes.sales is None else online_retail.first_tickets(entries, wishes.sales)
        )
        return Work(invoices=chosen, baskets=0, tickets=_tickets(chosen))
    if wishes.sales is None:
        return Work(invoices=entries, baskets=None, tickets=None)
    invoices = online_retail.first_tickets(entries, wishes.sales // 2)
    baskets = wishes.sales - _tickets(invoices)
    return Work(invoices=invoices, baskets=baskets, tickets=wishes.sales)


class Demo:
    """One run. `up` brings everything up, then `sell` and, when it is bounded, `prove`."""

    def __init__(self, wishes: Wishes, children: Children, progress: Progress) -> None:
        self._wishes = wishes
        self._progress = progress
        self._children = children
        self._ledger = Ledger()
        path = wishes.input or sample_files.ONLINE_RETAIL
        progress.tell(f"reading {path.name}")
        self._entries = online_retail_file.read_online_retail(path)
        self._work = work_of(wishes, self._entries)
        self._groceries = groceries(sample_files.read_groceries())
        self.stack = Stack(wishes.data_dir, children, tell=progress.tell)
        self._shops: list[tuple[Tenant, Shop]] = []
        self._began = time.monotonic()
        self._refused: list[tuple[Ticket, str]] = []
        self._before: frozenset[UUID] = frozenset()
        self._outages: Outages | None = None

    async def up(self) -> None:
        """Everything is there and every shop has its catalogue."""
        self._progress.tell("starting the whole product")
        catalogue = online_retail.catalogue(self._entries)
        await self.stack.start({GIFTS.id: gift_ware(catalogue), SUPERETTE.id: self._groceries})
        self._progress.tell("  the shops receive their goods")
        for agent in self.stack.agents:
            await self._stocked(agent)
        if self._wishes.once:
            await self._quiet()  # what an earlier run on this folder still owed
            self._before = await tickets_at_hub(self.stack.database_url)

    async def sell(self) -> None:
        """All of the work, with outages on the way; the shifts are closed at the end."""
        self._progress.expect(self._work.tickets)
        rng = Random(self._wishes.seed)
        pace = Pace(0 if self._wishes.once else _UNHURRIED_S, rng)
        self._began = time.monotonic()
        tenants = {tenant.id: tenant for tenant in TENANTS}
        for agent in self.stack.agents:
            tenant = tenants[agent.organization_id]
            shop = Shop(
                tenant,
                agent,
                self._ledger,
                rng=Random(rng.random()),
                pace=pace,
                progress=self._progress,
                refuse=self._refuse if self._wishes.input else None,
            )
            self._shops.append((tenant, shop))
        self._outages = outages = Outages(
            self.stack, count=self._wishes.outages, tickets=self._work.tickets or 0
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(outages.run(self._progress))
            baskets = self._work.baskets
            quota = itertools.repeat(True) if baskets is None else itertools.repeat(True, baskets)
            for tenant, shop in self._shops:
                group.create_task(self._serve(tenant, shop, quota=quota, rng=rng))
        for _, shop in self._shops:
            await shop.close_shifts()

    async def prove(self) -> dict[str, Any]:
        """Wait until it is quiet, compare the books; the line to print."""
        await self._quiet()
        seconds = time.monotonic() - self._began
        found = await compare(
            self.stack.database_url,
            self._ledger,
            [tenant.id for tenant in TENANTS],
            before=self._before,
        )
        for difference in found.differences:
            self._progress.tell(f"[red]{difference}[/red]")
        return self._line(found, seconds)

    async def down(self) -> None:
        """End what lives in this process; the programs are the children's to end."""
        for _, shop in self._shops:
            await shop.close()
        await self.stack.stop_links()

    def _refuse(self, ticket: Ticket, reason: str) -> None:
        self._progress.tell(f"[red]{escape(f'invoice {ticket.invoice_no}: {reason}')}[/red]")
        self._refused.append((ticket, reason))

    def _settled(self, path: Path) -> list[Entry]:
        """What became of the file: a ticket that a shop refused is refused rows."""
        refused = {id(ticket) for ticket, _ in self._refused}
        kept = [entry for entry in self._work.invoices if id(entry) not in refused]
        return [*kept, *online_retail_file.refused_tickets(path, self._refused)]

    async def _serve(
        self, tenant: Tenant, shop: Shop, *, quota: Iterator[bool], rng: Random
    ) -> None:
        await shop.open()
        if tenant is GIFTS:
            await shop.replay(self._work.invoices)
        else:
            shapes = sample_files.read_basket_shapes()
            coming = customers(self._groceries, shapes, Random(rng.random()))
            await shop.serve(coming, lambda: next(quota, False))

    async def _stocked(self, agent: Agent) -> None:
        """Wait until the agent has what the hub has published to its shop by now, of each
        collection: a shop without products has no catalogue to wait for."""
        deadline = time.monotonic() + _QUIET_TIMEOUT_S
        wanted = await published_versions(
            self.stack.database_url, agent.organization_id, agent.store.id
        )
        async with _client(agent) as client:
            tablet = Tablet(client, agent.store.registers[0], rng=Random(0))
            while time.monotonic() < deadline:
                held = (await tablet.get("/v1/sync"))["collections"]
                if all(held[name]["version"] >= version for name, version in wanted.items()):
                    return
                await asyncio.sleep(_QUIET_POLL_S)
        raise Unavailable("no-catalogue", f"{agent.store.name} received no catalogue in time.")

    async def _quiet(self) -> None:
        """No agent owes the hub anything, and the hub has booked what it holds."""
        deadline = time.monotonic() + _QUIET_TIMEOUT_S
        owed: Sequence[int] = ()
        while time.monotonic() < deadline:
            owed = [await self._debt(agent) for agent in self.stack.agents]
            if not any(owed) and not await unprojected(self.stack.database_url):
                return
            await asyncio.sleep(_QUIET_POLL_S)
        raise Unavailable("not-quiet", f"The agents still owe {owed} facts after five minutes.")

    async def _debt(self, agent: Agent) -> int:
        async with _client(agent) as client:
            tablet = Tablet(client, agent.store.registers[0], rng=Random(0))
            return int((await tablet.get("/v1/sync"))["debt"]["count"])

    def _line(self, found: Comparison, seconds: float) -> dict[str, Any]:
        whole = found.sales_at_hub == len(self._ledger)
        whole = whole and found.lines_at_hub == self._ledger.lines()
        outages = self._outages.done if self._outages else 0
        if self._wishes.replay:
            refused = _tickets([ticket for ticket, _ in self._refused])
            whole = whole and len(self._ledger) + refused == self._work.tickets
            whole = whole and outages == self._wishes.outages
        line: dict[str, Any] = {
            "ok": found.agree and whole,
            "sales_accepted": len(self._ledger),
            "sales_at_hub": found.sales_at_hub,
            "lines": self._ledger.lines(),
            "gross_minor_accepted": self._ledger.gross_minor(),
            "gross_minor_at_hub": found.gross_minor_at_hub,
            "duplicates": found.duplicates,
            "missing": found.missing,
            "tenants": len(TENANTS),
            "outages": outages,
            "seconds": round(seconds, 1),
            "sales_per_second": round(len(self._ledger) / seconds, 1),
        }
        if self._wishes.input is not None:
            settled = self._settled(self._wishes.input)
            refused_file = self._wishes.data_dir / "refused.csv"
            online_retail_file.write_refused(refused_file, settled)
            line["rows"] = online_retail.count_rows(settled)
            line["refused_file"] = str(refused_file.resolve())
        return line


def _tickets(entries: Sequence[Entry | Ticket]) -> int:
    return sum(isinstance(entry, SaleTicket | ReturnTicket) for entry in entries)


def _client(agent: Agent) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=agent.url)
