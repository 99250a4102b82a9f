"""What the agents answered OK: the demo's own books, against which the hub's are held."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

Book = Counter[tuple[str, ...]]
"""(what, tenant, store, business date, …) → signed minor units or a count."""


class Accepted(Struct, frozen=True, kw_only=True):
    """A ticket that an agent answered. Amounts are the answer's; a return's sign is minus.

    `units`: product → what should leave (minus) or enter (plus) the stock; of the customer's wish,
    not of the answer. Empty: nobody compares it.
    """

    id: UUID
    organization_id: UUID
    store_id: UUID
    currency: str
    answer: Mapping[str, Any]
    units: Mapping[UUID, Decimal] = {}

    @property
    def sign(self) -> int:
        """+1 for a sale, −1 for a return."""
        return 1 if self.answer["kind"] == "sale" else -1

    @property
    def payable_minor(self) -> int:
        """Signed."""
        return self.sign * int(self.answer["totals"]["payable_minor"])


class Moved(Struct, frozen=True, kw_only=True):
    """Stock that an agent booked without a ticket; `units` as in `Accepted`."""

    id: UUID
    organization_id: UUID
    store_id: UUID
    units: Mapping[UUID, Decimal]


class Ledger:
    """Tickets by id. An answer that was given twice is one ticket."""

    def __init__(self) -> None:
        self._tickets: dict[UUID, Accepted] = {}
        self._moves: dict[UUID, Moved] = {}

    def add(self, ticket: Accepted) -> None:
        """Remember a ticket that was answered OK."""
        self._tickets[ticket.id] = ticket

    def move(self, moved: Moved) -> None:
        """Remember a movement of stock that was answered OK."""
        self._moves[moved.id] = moved

    def __len__(self) -> int:
        return len(self._tickets)

    def ids(self, organization_id: UUID) -> list[UUID]:
        """A tenant's tickets."""
        return [t.id for t in self._tickets.values() if t.organization_id == organization_id]

    def moving(self, organization_id: UUID) -> list[UUID]:
        """What of a tenant's tickets and movements is known to move which products."""
        return [one.id for one in self._movers() if one.organization_id == organization_id]

    def lines(self) -> int:
        """Lines on all tickets."""
        return sum(len(ticket.answer["lines"]) for ticket in self._tickets.values())

    def gross_minor(self) -> dict[str, int]:
        """Currency → what was paid, returns subtracted."""
        gross: Counter[str] = Counter()
        for ticket in self._tickets.values():
            gross[ticket.currency] += ticket.payable_minor
        return dict(sorted(gross.items()))

    def book(self) -> Book:
        """Sums per tenant, store, business date, and then per kind of ticket, rate and tender."""
        book: Book = Counter()
        for ticket in self._tickets.values():
            place = _place(ticket)
            answer, sign = ticket.answer, ticket.sign
            book["tickets", *place, answer["kind"]] += 1
            book["payable", *place, answer["kind"]] += ticket.payable_minor
            for tax in answer["tax_lines"]:
                rate = (tax["tax_id"], str(tax["rate_ppm"]))
                book["tax_base", *place, *rate] += sign * int(tax["base_minor"])
                book["tax", *place, *rate] += sign * int(tax["tax_minor"])
            for tender in answer["tenders"]:
                book["tender", *place, tender["kind"]] += sign * int(tender["amount_minor"])
            book["change", *place] += sign * int(answer["totals"]["change_minor"])
        for one in self._movers():
            shop = (str(one.organization_id), str(one.store_id))
            for product_id, quantity in one.units.items():
                book["stock in thousandths", *shop, str(product_id)] += int(quantity * 1000)
        return book

    def _movers(self) -> Iterator[Accepted | Moved]:
        yield from (ticket for ticket in self._tickets.values() if ticket.units)
        yield from self._moves.values()


def _place(ticket: Accepted) -> tuple[str, str, str]:
    return str(ticket.organization_id), str(ticket.store_id), str(ticket.answer["business_date"])
