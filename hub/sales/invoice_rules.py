"""What an invoice's number and ticket say: doubles, gaps and differences are named, never refused.

The file's law: numbers are gapless per (legal entity, register, epoch, year, kind) (promise N); the
hub's own are gapless per (legal entity, year, kind).
"""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from hub.sales.rules import Difference
from protocol.messages.invoice import InvoiceIssued, InvoiceKind

NUMBER_GAP = "invoice-number-gap"
NUMBER_TWICE = "invoice-number-twice"
NO_TICKET = "invoice-without-ticket"
TICKET_DIFFERS = "invoice-differs-from-ticket"
TICKET_TWICE = "ticket-invoiced-twice"

_SERIES: Mapping[InvoiceKind, str] = {"invoice": "FH", "credit_note": "AH"}
_TICKET_KINDS: Mapping[InvoiceKind, str] = {"invoice": "sale", "credit_note": "return"}

Series = tuple[UUID, UUID | None, int, int, str]
"""(legal entity, register, epoch, year, kind)."""


class NumberHeld(Struct, frozen=True):
    """Of a number's series: the highest number that is held, and whether the number itself is."""

    newest: int | None
    taken: bool


class TicketHeld(Struct, frozen=True, kw_only=True):
    """A ticket as far as its invoice says the same. `kind`: sale, return."""

    kind: str
    store_id: UUID
    currency: str
    payable_minor: int


class NewInvoice(Struct, frozen=True, kw_only=True):
    """An invoice that a shop issued, in its journal's order."""

    store_id: UUID
    register_id: UUID | None
    issued: InvoiceIssued

    @property
    def series(self) -> Series:
        """Where its number stands."""
        each = self.issued
        own = (each.legal_entity_id, self.register_id)
        return (*own, each.series_epoch, each.year, each.kind)


def number_differences(
    invoices: Sequence[NewInvoice], held: Sequence[NumberHeld]
) -> list[list[Difference]]:
    """For each invoice in order, what is odd about its number. `held`: before any of them."""
    newest: dict[Series, int] = {}
    given: set[tuple[Series, int]] = set()
    found = []
    for invoice, known in zip(invoices, held, strict=True):
        series, number = invoice.series, invoice.issued.number
        last = newest.get(series, known.newest or 0)
        if known.taken or (series, number) in given:
            found.append([Difference(NUMBER_TWICE, "number", str(last + 1), str(number))])
        elif number != last + 1:
            found.append([Difference(NUMBER_GAP, "number", str(last + 1), str(number))])
        else:
            found.append([])
        given.add((series, number))
        newest[series] = max(last, number)
    return found


def ticket_differences(
    invoice: NewInvoice, ticket: TicketHeld | None, *, invoiced: bool
) -> Iterator[Difference]:
    """Where an invoice and its ticket disagree. `invoiced`: an earlier one stands on it too."""
    issued = invoice.issued
    if issued.year != issued.issued_on.year:
        yield Difference(TICKET_DIFFERS, "year", str(issued.issued_on.year), str(issued.year))
    if invoiced:
        yield Difference(TICKET_TWICE, "ticket_id", None, str(issued.ticket_id))
    if ticket is None:
        yield Difference(NO_TICKET, "ticket_id", None, str(issued.ticket_id))
        return
    pairs: tuple[tuple[str, object, object], ...] = (
        ("kind", ticket.kind, _TICKET_KINDS[issued.kind]),
        ("store_id", ticket.store_id, invoice.store_id),
        ("currency", ticket.currency, issued.currency),
        ("payable_minor", ticket.payable_minor, issued.payable_minor),
    )
    for subject, expected, said in pairs:
        if expected != said:
            yield Difference(TICKET_DIFFERS, subject, str(expected), str(said))


def kind_for(ticket_kind: str) -> InvoiceKind:
    """Which paper a ticket gets."""
    return "credit_note" if ticket_kind == "return" else "invoice"


def hub_number(kind: InvoiceKind, *, year: int, number: int) -> str:
    """A number of the hub's own series as printed; no register's code has a hyphen."""
    return f"{_SERIES[kind]}-{year}-{number:06d}"
