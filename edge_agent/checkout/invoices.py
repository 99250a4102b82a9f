"""Invoices and credit notes: number, paper and fact in ONE commit, the buyer sealed (promise N).

Law: a request that comes again is answered as before; nothing is numbered that is refused.
"""

import sqlite3
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from edge_agent.checkout.rules.invoicing import (
    InvoiceOrder,
    Issue,
    booked,
    kind_for,
    refuse_second,
    require_entity,
    state_of,
)
from edge_agent.checkout.rules.orders import SaleInvoice
from edge_agent.checkout.rules.placing import day_of
from edge_agent.customers.service import CustomerService
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.sales.invoices import InvoiceBook
from edge_agent.sales.rules import BookedInvoice, InvoiceRef, InvoiceSeries, TicketDocument
from edge_agent.sales.service import SalesService
from edge_agent.shop.service import ShopService
from edge_agent.staff.models import Caller
from edge_agent.storage.writer import Writer
from edge_agent.tills.service import TillService
from protocol.codec.facts import encode_fact
from protocol.errors import Malformed, NotFound, Refused
from protocol.messages.collections import LegalEntity
from protocol.messages.invoice import Party


class InvoiceParts(Struct, frozen=True, kw_only=True):
    """What invoicing is built on."""

    writer: Writer
    journal: Journal
    tickets: SalesService
    tills: TillService
    customers: CustomerService
    shop: ShopService
    clock: Clock
    book: InvoiceBook


class Desk(Struct, frozen=True, kw_only=True):
    """Who issues, where and when. `register_id` says whose series."""

    register_id: UUID
    staff_id: UUID
    now: datetime
    shift_id: UUID | None = None


class InvoiceService:
    """Papers for tickets."""

    def __init__(self, parts: InvoiceParts) -> None:
        self._parts = parts

    async def issue(self, order: InvoiceOrder, *, caller: Caller) -> tuple[bytes, bool]:
        """JSON of the invoice (an InvoiceState), and whether this call issued it.

        Raises NotFound `unknown-ticket`; Refused `no-legal-entity`, `other-legal-entity`,
        `already-invoiced`, `invoice-id-reused`; Malformed `buyer-missing`.
        """
        now = self._parts.clock.now()

        def work(connection: sqlite3.Connection) -> tuple[bytes, bool]:
            known = self._parts.book.find(connection, order.id)
            if known is not None:
                return self._repeated(connection, order, known), False
            ticket = self._parts.tickets.document(connection, order.ticket_id)
            if ticket is None:
                raise NotFound("unknown-ticket", "This shop has no ticket of that id.")
            desk = Desk(register_id=caller.register_id, staff_id=caller.staff_id, now=now)
            issue, buyer = self._issue_for(connection, order, ticket=ticket, desk=desk)
            invoice = self.issue_in(connection, issue, buyer=buyer, desk=desk)
            return msgspec.json.encode(state_of(invoice, buyer)), True

        return await self._parts.writer.submit(work)

    async def invoice(self, invoice_id: UUID) -> bytes:
        """JSON of the invoice; raises NotFound `unknown-invoice`."""
        return await self._parts.writer.submit(
            lambda connection: self._answer(
                connection, self._parts.book.find(connection, invoice_id)
            )
        )

    def admit_in(self, connection: sqlite3.Connection, asked: SaleInvoice) -> LegalEntity:
        """Who will sell on the invoice that a sale asks for; nothing is written.

        Refused `no-legal-entity`, `invoice-id-reused`.
        """
        journal = self._parts.journal
        if self._parts.book.find(connection, asked.id) or journal.holds(connection, asked.id):
            raise Refused("invoice-id-reused", "This id is another invoice's: make a new one.")
        return require_entity(self._parts.shop.house_in(connection).legal_entity, None)

    def issue_with_sale(
        self,
        connection: sqlite3.Connection,
        asked: SaleInvoice,
        *,
        ticket: TicketDocument,
        seller: LegalEntity,
        desk: Desk,
    ) -> InvoiceRef:
        """The invoice of a sale, in the commit that books it; it was admitted before."""
        series = self.series_in(
            connection,
            ticket,
            register_id=desk.register_id,
            year=ticket.business_date.year,
            legal_entity_id=seller.legal_entity_id,
        )
        issue = Issue(
            id=asked.id,
            ticket=ticket,
            entity=seller,
            series=series,
            issued_on=ticket.business_date,
        )
        invoice = self.issue_in(connection, issue, buyer=asked.buyer, desk=desk)
        return InvoiceRef(id=invoice.id, text=invoice.text)

    def issue_in(
        self, connection: sqlite3.Connection, issue: Issue, *, buyer: Party, desk: Desk
    ) -> BookedInvoice:
        """Number, seal, journal and keep it, inside the writer's transaction."""
        refuse_second(self._parts.book.of_ticket(connection, issue.ticket.id))
        buyer_id, sealed = self._parts.customers.seal_buyer(
            connection, buyer, customer_id=issue.ticket.customer_id, other=issue.id
        )
        invoice = booked(
            issue,
            number=self._parts.book.next_number(connection, issue.series),
            buyer_id=buyer_id,
            sealed=sealed,
            register_code=self._parts.shop.register_in(connection, desk.register_id).code,
        )
        raw = encode_fact(
            id=issue.id,
            at=desk.now,
            store_id=self._parts.shop.store_id,
            body=invoice.issued,
            register_id=desk.register_id,
            shift_id=desk.shift_id,
            staff_id=desk.staff_id,
            business_date=issue.issued_on,
        )
        row = self._parts.journal.append(connection, NewFact(raw=raw))
        invoice = replace(invoice, seq=row.seq, hash=row.hash.hex())
        self._parts.book.book(connection, invoice)
        return invoice

    def series_in(
        self,
        connection: sqlite3.Connection,
        ticket: TicketDocument,
        *,
        register_id: UUID,
        year: int,
        legal_entity_id: UUID,
    ) -> InvoiceSeries:
        """The series that the ticket's paper is numbered in."""
        return InvoiceSeries(
            legal_entity_id=legal_entity_id,
            register_id=register_id,
            series_epoch=self._parts.journal.epoch(connection),
            year=year,
            kind=kind_for(ticket),
        )

    def _issue_for(
        self,
        connection: sqlite3.Connection,
        order: InvoiceOrder,
        *,
        ticket: TicketDocument,
        desk: Desk,
    ) -> tuple[Issue, Party]:
        house = self._parts.shop.house_in(connection)
        entity = require_entity(house.legal_entity, ticket.legal_entity_id)
        corrected = None
        if ticket.original_sale_id is not None:
            corrected = self._parts.book.of_ticket(connection, ticket.original_sale_id)
        buyer = order.buyer
        if buyer is None and corrected is not None:
            buyer = self._parts.customers.unseal_buyer(
                connection, corrected.issued.buyer_id, corrected.issued.buyer
            )
        if buyer is None:
            raise Malformed(
                "buyer-missing", "Say who buys.", fields={"buyer": "is needed for this ticket"}
            )
        shifts = self._parts.tills.shifts_for(
            connection, register_id=desk.register_id, shift_id=order.id
        )
        today = day_of(desk.now, settings=house.settings, now=desk.now)
        issued_on = shifts.current.business_date if shifts.current else today
        series = self.series_in(
            connection,
            ticket,
            register_id=desk.register_id,
            year=issued_on.year,
            legal_entity_id=entity.legal_entity_id,
        )
        issue = Issue(
            id=order.id,
            ticket=ticket,
            entity=entity,
            series=series,
            issued_on=issued_on,
            corrected=corrected,
        )
        return issue, buyer

    def _repeated(
        self, connection: sqlite3.Connection, order: InvoiceOrder, known: BookedInvoice
    ) -> bytes:
        issued = known.issued
        buyer = self._parts.customers.unseal_buyer(connection, issued.buyer_id, issued.buyer)
        if issued.ticket_id != order.ticket_id or order.buyer not in (None, buyer):
            raise Refused("invoice-id-reused", "This id is another invoice's: make a new one.")
        return msgspec.json.encode(state_of(known, buyer))

    def _answer(self, connection: sqlite3.Connection, known: BookedInvoice | None) -> bytes:
        if known is None:
            raise NotFound("unknown-invoice", "This shop has no invoice of that id.")
        issued = known.issued
        buyer = self._parts.customers.unseal_buyer(connection, issued.buyer_id, issued.buyer)
        return msgspec.json.encode(state_of(known, buyer))
