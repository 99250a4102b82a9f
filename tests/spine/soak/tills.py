"""The street's customers: every register of every shop serves them at a steady pace all the time.

A ticket that its agent does not answer is sent again, as a tablet does, until it is; so whatever
fails costs time. Late registers serve the customers who queued, which keeps the pace.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import httpx

from protocol.errors import Refused
from protocol.vocabulary.ids import Uuid7Source
from provisioning.demo.baskets import Basket, ReturnWish
from provisioning.demo.cashier import Cashier
from provisioning.demo.ledger import Accepted
from provisioning.demo.online_retail_tickets import (
    Entry,
    Line,
    ReturnTicket,
    SaleTicket,
    StockAdjustment,
)
from provisioning.demo.plan import CASHIER_PIN, Register, Tenant
from provisioning.demo.stack import Agent
from provisioning.demo.tablet import Tablet
from tests.spine.trading import Answers

Customer = Basket | ReturnWish | Entry
_TICKETS_PER_SHIFT = (60, 180)
_HANDED_OVER_SHARE = 0.08
_ADJUSTED_SHARE = 0.02
_REMEMBERED = 50
_LONGEST_QUEUE_S = 30.0
_SIGN_IN_AGAIN = {"not-signed-in"}
_PRICE_CHANGED = {"price-differs"}


@dataclass(kw_only=True)
class Trade:
    """What all registers share. `closing`: no more customers, the shifts are closed."""

    interval_s: float
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    ledger: Answers = field(default_factory=Answers)
    counts: Counter[str] = field(default_factory=Counter)


class SteadfastTablet(Tablet):
    """Signs in again when its sign-in has ended, and can forget the prices it knew."""

    def forget_prices(self) -> None:
        """Look every product up anew."""
        self._found.clear()

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        while True:
            try:
                return await super()._ask(method, path, body, token=token, query=query)
            except Refused as refused:
                if refused.code not in _SIGN_IN_AGAIN or token is not None:
                    raise
                await self.sign_in(pin=CASHIER_PIN)


class TwoDoorCashier(Cashier):
    """`handing_over`: the tickets were made while the tablet was alone."""

    handing_over = False

    def _head(self) -> dict[str, Any]:
        return super()._head() | {"mode": "handed_over" if self.handing_over else "live"}


class Place:
    """A shop: its box, and how its tills learn that there is another one.

    `leaving` is set when the tills shall close their shifts; `moved` when `agent` is the new box.
    """

    def __init__(self, tenant: Tenant, agent: Agent) -> None:
        self.tenant = tenant
        self.agent = agent
        self.first_register = 0
        self.leaving, self.moved = asyncio.Event(), asyncio.Event()
        self.closed = asyncio.Semaphore(0)

    def register(self, number: int) -> Register:
        """A box that comes later gets registers of its own."""
        return self.agent.store.registers[self.first_register + number]


class Till:
    """One register of one shop."""

    def __init__(self, place: Place, number: int, *, trade: Trade, rng: Random) -> None:
        self._place = place
        self._number = number
        self._trade = trade
        self._rng = rng
        self._ids = Uuid7Source(lambda: time.time_ns() // 1_000_000, rng.randbytes)
        self._past: list[tuple[dict[str, Any], int]] = []
        self._due = time.monotonic() + rng.random() * trade.interval_s

    async def work(self, customers: Iterator[Customer]) -> None:
        """Until the trade closes; moves to another box when the place does."""
        await self._work_here(customers)
        if self._place.leaving.is_set():
            self._place.closed.release()
            await self._place.moved.wait()
            self._past.clear()
            await self._work_here(customers)

    async def _work_here(self, customers: Iterator[Customer]) -> None:
        """Shift after shift at one box; each ends with its Z."""
        async with httpx.AsyncClient(base_url=self._place.agent.url) as client:
            register, tenant = self._place.register(self._number), self._place.tenant
            self._tablet = SteadfastTablet(client, register, rng=self._rng)
            self._cashier = TwoDoorCashier(
                self._tablet, currency=tenant.currency, ids=self._ids, rng=self._rng
            )
            await self._tablet.sign_in(pin=CASHIER_PIN)
            while not self._ends():
                await self._cashier.open_shift()
                await self._serve(customers, self._rng.randint(*_TICKETS_PER_SHIFT))
                await self._cashier.close_shift()
                self._trade.counts["Z reports"] += 1

    def _ends(self) -> bool:
        leaves = self._place.leaving.is_set() and not self._place.moved.is_set()
        return leaves or self._trade.closing.is_set()

    async def _serve(self, customers: Iterator[Customer], count: int) -> None:
        for customer in customers:
            if self._ends() or not count:
                return
            count -= 1
            await self._rest()
            self._cashier.handing_over = self._rng.random() < _HANDED_OVER_SHARE
            try:
                await self._please(customer)
            except Refused as refused:
                if refused.code not in _PRICE_CHANGED:
                    raise
                self._trade.counts["refused, the price had changed"] += 1
                self._tablet.forget_prices()

    async def _please(self, customer: Customer) -> None:
        match customer:
            case Basket():
                if self._rng.random() < _ADJUSTED_SHARE:
                    await self._write_off(customer)
                answer = await self._cashier.sell_basket(customer)
                line = self._rng.choice(answer["lines"])
                if line["amount_minor"] and len(self._past) < _REMEMBERED:
                    self._past.append((answer, line["line_no"]))
                self._accept(answer)
            case ReturnWish() if self._past:
                original, line_no = self._past.pop(self._rng.randrange(len(self._past)))
                self._accept(
                    await self._cashier.return_lines(original, [line_no], reason="not fresh")
                )
            case SaleTicket():
                self._accept(await self._cashier.sell_invoice(customer))
            case ReturnTicket():
                self._accept(await self._cashier.return_invoice(customer, None))
            case StockAdjustment():
                await self._cashier.adjust(customer)
                self._trade.counts["stock adjustments"] += 1

    async def _write_off(self, basket: Basket) -> None:
        code = basket.lines[0].code
        line = Line(
            line_no=1,
            row_number=1,
            stock_code=code,
            description="broken",
            quantity=-1,
            unit_price_minor=0,
            usual_price_minor=0,
            customer_id=None,
        )
        await self._please(_adjustment(line))

    async def _rest(self) -> None:
        now = time.monotonic()
        self._due = max(self._due, now - _LONGEST_QUEUE_S) + self._trade.interval_s
        if self._due > now:
            await asyncio.sleep(self._due - now)

    def _accept(self, answer: dict[str, Any]) -> None:
        counts, kept = self._trade.counts, dict(answer)
        counts["sales" if answer["kind"] == "sale" else "returns"] += 1
        counts["handed over"] += self._cashier.handing_over
        kept["lines"] = [line["line_no"] for line in answer["lines"]]
        self._trade.ledger.add(
            Accepted(
                id=UUID(answer["id"]),
                organization_id=self._place.tenant.id,
                store_id=self._place.agent.store.id,
                currency=self._place.tenant.currency,
                answer=kept,
            )
        )


def _adjustment(line: Line) -> StockAdjustment:
    return StockAdjustment(
        invoice_no="", at=datetime.now(UTC), customer_id=None, country=None, lines=(line,)
    )
