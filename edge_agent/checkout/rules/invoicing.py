"""Which invoice or credit note a ticket gets.

Law: one paper per ticket, with the ticket's own figures; a credit note is a return's, and names the
invoice that it takes back, where there was one.
"""

from datetime import date
from uuid import UUID

from msgspec import Struct

from edge_agent.sales.rules import BookedInvoice, InvoiceSeries, TicketDocument
from protocol.documents.invoice import invoice_number
from protocol.errors import Refused
from protocol.messages.collections import LegalEntity
from protocol.messages.invoice import InvoiceIssued, InvoiceKind, Party


class InvoiceOrder(Struct, frozen=True, kw_only=True):
    """What a tablet asks for. Without a `buyer` it is that of the invoice taken back."""

    id: UUID
    ticket_id: UUID
    buyer: Party | None = None


class Issue(Struct, frozen=True, kw_only=True):
    """All that an invoice is made of but its number, and its buyer, who is yet to be sealed."""

    id: UUID
    ticket: TicketDocument
    entity: LegalEntity
    series: InvoiceSeries
    issued_on: date
    corrected: BookedInvoice | None = None


class InvoiceState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is answered. `buyer` is None once the person has been erased."""

    id: UUID
    kind: InvoiceKind
    text: str
    number: int
    series_epoch: int
    year: int
    register_id: UUID
    legal_entity_id: UUID
    seller: Party
    buyer: Party | None
    issued_on: date
    ticket_id: UUID
    currency: str
    payable_minor: int
    seq: int
    hash: str
    corrects: UUID | None = None
    exemption: str | None = None


def kind_for(ticket: TicketDocument) -> InvoiceKind:
    """A return's is a credit note."""
    return "invoice" if ticket.kind == "sale" else "credit_note"


def require_entity(entity: LegalEntity | None, ticket_entity_id: UUID | None) -> LegalEntity:
    """Who sells, if the office has said so; Refused `no-legal-entity`, `other-legal-entity`."""
    if entity is None:
        raise Refused("no-legal-entity", "Have the office say to which legal entity this shop is.")
    if ticket_entity_id not in (None, entity.legal_entity_id):
        raise Refused(
            "other-legal-entity", "This ticket is another legal entity's: the office invoices it."
        )
    return entity


def refuse_second(known: BookedInvoice | None) -> None:
    """Refused `already-invoiced`."""
    if known is not None:
        raise Refused("already-invoiced", f"This ticket has {known.text} already: print it again.")


def booked(
    issue: Issue, *, number: int, buyer_id: UUID, sealed: bytes, register_code: str
) -> BookedInvoice:
    """The invoice under its number; its place in the journal is yet to be given."""
    ticket, series = issue.ticket, issue.series
    issued = InvoiceIssued(
        kind=series.kind,
        legal_entity_id=series.legal_entity_id,
        seller=issue.entity.party,
        year=series.year,
        series_epoch=series.series_epoch,
        number=number,
        issued_on=issue.issued_on,
        ticket_id=ticket.id,
        currency=ticket.currency,
        payable_minor=ticket.totals.payable_minor,
        buyer_id=buyer_id,
        buyer=sealed,
        corrects=None if issue.corrected is None else issue.corrected.id,
        exemption=ticket.exemption,
    )
    return BookedInvoice(
        id=issue.id,
        register_id=series.register_id,
        text=invoice_number(issued, register_code=register_code),
        seq=0,
        hash="",
        issued=issued,
    )


def state_of(invoice: BookedInvoice, buyer: Party | None) -> InvoiceState:
    """What is answered."""
    issued = invoice.issued
    return InvoiceState(
        id=invoice.id,
        kind=issued.kind,
        text=invoice.text,
        number=issued.number,
        series_epoch=issued.series_epoch,
        year=issued.year,
        register_id=invoice.register_id,
        legal_entity_id=issued.legal_entity_id,
        seller=issued.seller,
        buyer=buyer,
        issued_on=issued.issued_on,
        ticket_id=issued.ticket_id,
        currency=issued.currency,
        payable_minor=issued.payable_minor,
        seq=invoice.seq,
        hash=invoice.hash,
        corrects=issued.corrects,
        exemption=issued.exemption,
    )
