"""Sells: the gift shop replays invoices in order, the superette's customers come without end."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import httpx

from protocol.errors import Malformed
from protocol.vocabulary.ids import Uuid7Source
from provisioning.demo.baskets import Basket, ReturnWish
from provisioning.demo.cashier import Cashier
from provisioning.demo.goods import gift_id, grocery_id
from provisioning.demo.ledger import Accepted, Ledger, Moved
from provisioning.demo.online_retail_tickets import (
    Entry,
    RefusedRow,
    ReturnTicket,
    SaleTicket,
    StockAdjustment,
    Ticket,
)
from provisioning.demo.plan import CASHIER_PIN, Tenant
from provisioning.demo.progress import Progress
from provisioning.demo.stack import Agent
from provisioning.demo.tablet import Tablet, TicketRefused

# How many past tickets of a shop a customer may bring a line back from.
_REMEMBERED = 200

# Invoice → its sale; None: refused.
_Sold = dict[str, asyncio.Future[dict[str, Any] | None]]


Refuse = Callable[[Ticket, str], None]
"""Called with what an agent does not take, and why."""


class Pace:
    """Seconds between two tickets at one register; 0: as fast as it goes."""

    def __init__(self, seconds: float, rng: Random) -> None:
        self._seconds = seconds
        self._rng = rng

    async def rest(self) -> None:
        """Wait for the next customer."""
        if self._seconds:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._seconds)


class Shop:
    """One shop's registers, each worked by a task of its own."""

    def __init__(
        self,
        tenant: Tenant,
        agent: Agent,
        ledger: Ledger,
        *,
        rng: Random,
        pace: Pace,
        progress: Progress,
        refuse: Refuse | None = None,
    ) -> None:
        """`refuse`: None lets a refusal end the replay."""
        self._tenant = tenant
        self._agent = agent
        self._ledger = ledger
        self._rng = rng
        self._pace = pace
        self._progress = progress
        self._refuse = refuse
        self._client = httpx.AsyncClient(base_url=agent.url)
        self._cashiers: list[Cashier] = []

    async def open(self) -> None:
        """Pair, sign in and open a shift at every register."""
        ids = Uuid7Source(lambda: time.time_ns() // 1_000_000, self._rng.randbytes)
        for register in self._agent.store.registers:
            tablet = Tablet(self._client, register, rng=self._rng)
            await tablet.sign_in(pin=CASHIER_PIN)
            cashier = Cashier(tablet, currency=self._tenant.currency, ids=ids, rng=self._rng)
            await cashier.open_shift()
            self._cashiers.append(cashier)

    async def close_shifts(self) -> None:
        """Close every register's shift: each makes its Z."""
        for cashier in self._cashiers:
            await cashier.close_shift()

    async def close(self) -> None:
        """End the tablets' connections."""
        await self._client.aclose()

    async def replay(self, entries: Sequence[Entry]) -> None:
        """All entries, shared by the registers in the order in which they happened."""
        waiting = iter(entries)
        sold: _Sold = {
            entry.invoice_no: asyncio.get_running_loop().create_future()
            for entry in entries
            if isinstance(entry, SaleTicket)
        }
        async with asyncio.TaskGroup() as group:
            for cashier in self._cashiers:
                group.create_task(self._replay_some(cashier, waiting, sold))

    async def serve(
        self, customers: Iterator[Basket | ReturnWish], wanted: Callable[[], bool]
    ) -> None:
        """Customers as long as tickets are `wanted`, which is asked before each."""
        past: list[tuple[dict[str, Any], int]] = []
        async with asyncio.TaskGroup() as group:
            for cashier in self._cashiers:
                group.create_task(self._serve_some(cashier, customers, wanted=wanted, past=past))

    async def _replay_some(
        self,
        cashier: Cashier,
        waiting: Iterator[Entry],
        sold: _Sold,
    ) -> None:
        for entry in waiting:
            if isinstance(entry, RefusedRow):
                continue
            try:
                await self._replay_one(cashier, entry, sold)
            except (Malformed, TicketRefused) as error:
                if self._refuse is None:
                    raise
                self._refuse(entry, f"the shop refused it: {error}")
                if isinstance(entry, SaleTicket):
                    sold[entry.invoice_no].set_result(None)
                if not isinstance(entry, StockAdjustment):
                    self._progress.step()
            await self._pace.rest()

    async def _replay_one(self, cashier: Cashier, entry: Ticket, sold: _Sold) -> None:
        match entry:
            case SaleTicket():
                answer = await cashier.sell_invoice(entry)
                self._accept(answer, _units(entry, sign=-1))
                sold[entry.invoice_no].set_result(answer)
            case ReturnTicket():
                invoice_no = entry.original_invoice_no
                original = await sold[invoice_no] if invoice_no in sold else None
                answer = await cashier.return_invoice(entry, original)
                self._accept(answer, _units(entry, sign=1))
            case StockAdjustment():
                answer = await cashier.adjust(entry)
                self._ledger.move(
                    Moved(
                        id=UUID(answer["id"]),
                        organization_id=self._tenant.id,
                        store_id=self._agent.store.id,
                        units=_units(entry, sign=1),
                    )
                )

    async def _serve_some(
        self,
        cashier: Cashier,
        customers: Iterator[Basket | ReturnWish],
        *,
        wanted: Callable[[], bool],
        past: list[tuple[dict[str, Any], int]],
    ) -> None:
        for customer in customers:
            if isinstance(customer, ReturnWish) and not past:
                continue
            if not wanted():
                return
            if isinstance(customer, Basket):
                answer = await cashier.sell_basket(customer)
                units = {grocery_id(one.code): -one.quantity for one in customer.lines}
                line = self._rng.choice(answer["lines"])
                if line["amount_minor"] and len(past) < _REMEMBERED:
                    past.append((answer, line["line_no"]))
            else:
                original, line_no = past.pop(self._rng.randrange(len(past)))
                answer = await cashier.return_lines(original, [line_no], reason="not fresh")
                line = next(one for one in original["lines"] if one["line_no"] == line_no)
                units = {UUID(line["product_id"]): Decimal(str(line["quantity"]))}
            self._accept(answer, units)
            await self._pace.rest()

    def _accept(self, answer: dict[str, Any], units: Mapping[UUID, Decimal]) -> None:
        self._ledger.add(
            Accepted(
                id=UUID(answer["id"]),
                organization_id=self._tenant.id,
                store_id=self._agent.store.id,
                currency=self._tenant.currency,
                answer=answer,
                units=units,
            )
        )
        self._progress.step()


def _units(ticket: Ticket, *, sign: int) -> dict[UUID, Decimal]:
    units: dict[UUID, Decimal] = {}
    for line in ticket.lines:
        product_id = gift_id(line.stock_code)
        units[product_id] = units.get(product_id, Decimal(0)) + sign * line.quantity
    return units
