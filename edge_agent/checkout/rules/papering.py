"""Stored tickets, reports and invoices → the papers that are made of them."""

import re
from base64 import b64decode
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from edge_agent.catalog.models import PriceBook
from edge_agent.sales.rules import BookedInvoice, TicketDocument
from edge_agent.shop.models import House
from edge_agent.tills.report_rules import TillReport, shift_closed
from protocol.checkout import RULES_VERSION
from protocol.documents.context import PaperContext
from protocol.documents.invoice import Named, invoice
from protocol.documents.layout import Paper
from protocol.documents.receipt import receipt
from protocol.documents.till_report import x_report, z_report
from protocol.messages.collections import RegisterSettings
from protocol.messages.invoice import Party
from protocol.messages.ticket import ReturnFinalised, SaleFinalised

_NOBODY = Party(name="")
# Papers say the rate of the day beside the name.
_RATE_AT_END = re.compile(r"\s*[0-9]+([.,][0-9]+)?\s*%$")


class PaperSetting(Struct, frozen=True, kw_only=True):
    """What the shop adds to a paper."""

    house: House
    book: PriceBook
    register: RegisterSettings
    cashier: str
    languages: tuple[str, ...]
    now: datetime


class InvoicePaper(Struct, frozen=True, kw_only=True):
    """An invoice with its ticket and what only a key opens."""

    booked: BookedInvoice
    ticket: TicketDocument
    buyer: Party | None
    corrects: str | None


def ticket_paper(
    ticket: TicketDocument, setting: PaperSetting, *, original: str | None, copy: int
) -> Paper:
    """A receipt; `original`: the number of the ticket that comes back, as printed."""
    context = _context(setting, copy=copy, seller_id=ticket.legal_entity_id)
    context = replace(
        context,
        business_date=ticket.business_date,
        chain_hash=bytes.fromhex(ticket.hash),
        original=original,
    )
    return receipt(body_again(ticket), context=context)


def report_paper(report: TillReport, setting: PaperSetting, *, copy: int = 0) -> Paper:
    """An X or a Z."""
    context = replace(
        _context(setting, copy=copy),
        business_date=report.business_date,
        opened_at=report.opened_at,
        closed_at=report.closed_at,
    )
    if report.kind == "x":
        return x_report(report, context=context)
    z = shift_closed(report)
    if report.signature is not None:
        z = replace(z, signature=b64decode(report.signature))
    return z_report(z, context=context)


def invoice_paper(of: InvoicePaper, setting: PaperSetting, *, copy: int) -> Paper:
    """An invoice or a credit note."""
    issued, ticket = of.booked.issued, of.ticket
    context = replace(
        _context(setting, copy=copy),
        party=issued.seller,
        business_date=issued.issued_on,
        chain_hash=bytes.fromhex(of.booked.hash),
    )
    named = Named(buyer=of.buyer or _NOBODY, corrects=of.corrects)
    return invoice(issued, body_again(ticket), context=context, named=named)


def body_again(ticket: TicketDocument) -> SaleFinalised | ReturnFinalised:
    """The ticket as a message, for what papers read of it."""
    body = SaleFinalised(
        mode=ticket.mode,
        currency=ticket.currency,
        prices_include_tax=ticket.prices_include_tax,
        rules_version=RULES_VERSION,
        price_version=0,
        series_epoch=ticket.receipt.series_epoch,
        receipt_number=ticket.receipt.number,
        rung_at=ticket.rung_at,
        lines=ticket.lines,
        tax_lines=ticket.tax_lines,
        tenders=ticket.tenders,
        totals=ticket.totals,
        discounts=ticket.discounts,
        customer_id=ticket.customer_id,
        flags=ticket.flags,
        addendum_to_z=ticket.addendum_to_z,
        paper=ticket.paper,
        coupons=ticket.coupons,
        cash_step_minor=ticket.cash_step_minor,
        duty_tariff=ticket.duty_tariff,
        legal_entity_id=ticket.legal_entity_id,
        regime=ticket.regime,
        exemption=ticket.exemption,
    )
    if ticket.kind == "sale":
        return body
    shared = {name: getattr(body, name) for name in body.__struct_fields__}
    return ReturnFinalised(
        **shared, reason=ticket.reason or "", original_sale_id=ticket.original_sale_id
    )


def _context(setting: PaperSetting, *, copy: int, seller_id: UUID | None = None) -> PaperContext:
    """Who sells is said where it is still who sold."""
    settings, entity = setting.house.settings, setting.house.legal_entity
    party = None
    if entity is not None and seller_id in (None, entity.legal_entity_id):
        party = entity.party
    languages = setting.languages or tuple(settings.languages)
    return PaperContext(
        languages=languages,
        timezone=settings.timezone,
        business_date=setting.now.date(),
        party=party,
        store=settings.name,
        register=setting.register.name,
        register_code=setting.register.code,
        cashier=setting.cashier,
        promotion_names={
            one.promotion_id: _in_language(one.names, languages) for one in setting.book.promotions
        },
        tax_names={
            tax_id: _RATE_AT_END.sub("", name) or name
            for tax_id, name in setting.book.tax_names.items()
        },
        duplicate=copy,
        printed_at=setting.now if copy else None,
    )


def _in_language(names: dict[str, str], languages: tuple[str, ...]) -> str:
    known = [names[language] for language in languages if names.get(language)]
    return known[0] if known else next(iter(names.values()), "")
