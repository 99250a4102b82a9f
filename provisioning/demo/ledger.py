"""What the agents answered OK: the demo's own books, against which the hub's are held."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

Book = Counter[tuple[str, ...]]
"""(what, tenant, store, business date, …) → signed minor units or a count."""


class Accepted(Struct, frozen=True, kw_only=True):
    """A ticket that an agent answered. Amounts are the answer's; a return's sign is minus."""

    id: UUID
    organization_id: UUID
    store_id: UUID
    currency: str
    answer: Mapping[str, Any]

    @property
    def sign(self) -> int:
        """+1 for a sale, −1 for a return."""
        return 1 if self.answer["kind"] == "sale" else -1

    @property
    def payable_minor(self) -> int:
        """Signed."""
        return self.sign * int(self.answer["totals"]["payable_minor"])


class Ledger:
    """Tickets by id. An answer that was given twice is one ticket."""

    def __init__(self) -> None:
        self._tickets: dict[UUID, Accepted] = {}

    def add(self, ticket: Accepted) -> None:
        """Remember a ticket that was answered OK."""
        self._tickets[ticket.id] = ticket

    def __len__(self) -> int:
        return len(self._tickets)

    def ids(self, organization_id: UUID) -> list[UUID]:
        """A tenant's tickets."""
        return [t.id for t in self._tickets.values() if t.organization_id == organization_id]

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
        return book


def _place(ticket: Accepted) -> tuple[str, str, str]:
    return str(ticket.organization_id), str(ticket.store_id), str(ticket.answer["business_date"])
