"""Papers of tickets, reports and invoices, at any time and again."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from edge_agent.catalog.service import CatalogService
from edge_agent.checkout.rules.papering import (
    InvoicePaper,
    PaperSetting,
    invoice_paper,
    report_paper,
    ticket_paper,
)
from edge_agent.customers.service import CustomerService
from edge_agent.kit.clock import Clock
from edge_agent.printing.models import PaperAsked, PrintedPaper
from edge_agent.printing.service import PrintService
from edge_agent.sales.invoices import InvoiceBook
from edge_agent.sales.rules import TicketDocument
from edge_agent.sales.service import SalesService
from edge_agent.shop.service import ShopService
from edge_agent.staff.service import StaffService
from edge_agent.storage.writer import Writer
from edge_agent.tills.report_rules import TillReport
from edge_agent.tills.service import TillService
from protocol.errors import NotFound

_T = TypeVar("_T")
_reports = msgspec.json.Decoder(TillReport)


class PaperParts(Struct, frozen=True, kw_only=True):
    """What papers are made of."""

    writer: Writer
    printing: PrintService
    tickets: SalesService
    invoices: InvoiceBook
    tills: TillService
    customers: CustomerService
    catalog: CatalogService
    shop: ShopService
    staff: StaffService
    clock: Clock


class PaperService:
    """The first paper of each is the original, every other one a duplicate; an X is neither."""

    def __init__(self, parts: PaperParts) -> None:
        self._parts = parts

    async def ticket(self, ticket_id: UUID, asked: PaperAsked) -> PrintedPaper:
        """The receipt; raises NotFound `unknown-ticket`."""

        def work(connection: sqlite3.Connection) -> tuple[TicketDocument, str | None, PaperSetting]:
            ticket = self._ticket(connection, ticket_id)
            original = None
            if ticket.original_sale_id is not None:
                sale = self._parts.tickets.document(connection, ticket.original_sale_id)
                original = None if sale is None else sale.receipt.text
            register_id = ticket.receipt.register_id
            setting = self._setting(connection, asked, register_id, staff_id=ticket.staff_id)
            return ticket, original, setting

        ticket, original, setting = await self._read(work)
        return await self._parts.printing.counted(
            "ticket",
            str(ticket_id),
            asked,
            make=lambda copy: ticket_paper(ticket, setting, original=original, copy=copy),
        )

    async def x(self, register_id: UUID, asked: PaperAsked) -> PrintedPaper:
        """The open shift as it stands; raises NotFound `no-open-shift`."""
        report = await self._parts.tills.x_report(register_id)
        setting = await self._read(lambda c: self._setting(c, asked, register_id))
        return await self._parts.printing.rendered(report_paper(report, setting), asked)

    async def z(self, register_id: UUID, z_number: int, asked: PaperAsked) -> PrintedPaper:
        """A Z; raises NotFound `unknown-z-report`."""
        report = _reports.decode(await self._parts.tills.z_report(register_id, z_number))
        setting = await self._read(lambda c: self._setting(c, asked, register_id))
        return await self._parts.printing.counted(
            "z",
            f"{register_id}/{z_number}",
            asked,
            make=lambda copy: report_paper(report, setting, copy=copy),
        )

    async def invoice(self, invoice_id: UUID, asked: PaperAsked) -> PrintedPaper:
        """An invoice or credit note; raises NotFound `unknown-invoice`, or `unknown-ticket` once
        its ticket is gone."""

        def work(connection: sqlite3.Connection) -> tuple[InvoicePaper, PaperSetting]:
            booked = self._parts.invoices.find(connection, invoice_id)
            if booked is None:
                raise NotFound("unknown-invoice", "This shop has no invoice of that id.")
            issued = booked.issued
            ticket = self._ticket(connection, issued.ticket_id)
            corrected = None
            if issued.corrects is not None:
                corrected = self._parts.invoices.find(connection, issued.corrects)
            of = InvoicePaper(
                booked=booked,
                ticket=ticket,
                buyer=self._parts.customers.unseal_buyer(connection, issued.buyer_id, issued.buyer),
                corrects=None if corrected is None else corrected.text,
            )
            setting = self._setting(connection, asked, booked.register_id, staff_id=ticket.staff_id)
            return of, setting

        of, setting = await self._read(work)
        return await self._parts.printing.counted(
            "invoice",
            str(invoice_id),
            asked,
            make=lambda copy: invoice_paper(of, setting, copy=copy),
        )

    def _ticket(self, connection: sqlite3.Connection, ticket_id: UUID) -> TicketDocument:
        ticket = self._parts.tickets.document(connection, ticket_id)
        if ticket is None:
            raise NotFound("unknown-ticket", "This shop has no ticket of that id.")
        return ticket

    def _setting(
        self,
        connection: sqlite3.Connection,
        asked: PaperAsked,
        register_id: UUID,
        *,
        staff_id: UUID | None = None,
    ) -> PaperSetting:
        cashier = "" if staff_id is None else self._parts.staff.name_in(connection, staff_id)
        return PaperSetting(
            house=self._parts.shop.house_in(connection),
            book=self._parts.catalog.price_book_in(connection),
            register=self._parts.shop.register_in(connection, register_id),
            cashier=cashier,
            languages=asked.languages,
            now=self._parts.clock.now(),
        )

    async def _read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        return await self._parts.writer.submit(work)
