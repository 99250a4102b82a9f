"""All SQL of invoices, the shops' and the hub's own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hub.events.models import ReceivedFact
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from hub.sales.invoice_rules import NewInvoice, NumberHeld, TicketHeld
from protocol.messages.invoice import InvoiceIssued

_QUERIES = load_queries("hub.sales", "invoices.sql")
_INVOICES = BulkInsert(
    "invoice",
    {
        "id": "uuid",
        "source": "text",
        "kind": "text",
        "legal_entity_id": "uuid",
        "store_id": "uuid",
        "register_id": "uuid",
        "series_epoch": "bigint",
        "year": "bigint",
        "number": "bigint",
        "issued_on": "date",
        "ticket_id": "uuid",
        "currency": "text",
        "payable_minor": "bigint",
        "seller": "json",
        "buyer_id": "uuid",
        "buyer": "bytea",
        "corrects": "uuid",
        "exemption": "text",
        "staff_id": "uuid",
        "device_id": "uuid",
        "business_date": "date",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
    },
)


class InvoiceRow(Struct, frozen=True, kw_only=True):
    """An invoice and where it comes from; a shop's has a device."""

    id: UUID
    source: Literal["shop", "hub"]
    issued: InvoiceIssued
    store_id: UUID
    register_id: UUID | None
    staff_id: UUID | None
    device_id: UUID | None
    business_date: date
    occurred_at: datetime
    received_at: datetime


class TicketToInvoice(Struct, frozen=True, kw_only=True):
    """A ticket and whose it is. `kind`: sale, return."""

    id: UUID
    kind: str
    store_id: UUID
    currency: str
    payable_minor: int
    exemption: str | None
    original_sale_id: UUID | None
    legal_entity_id: UUID | None
    timezone: str


async def insert(session: TenantSession, invoices: Sequence[InvoiceRow]) -> None:
    """Insert at least one."""
    rows = [
        (
            each.id,
            each.source,
            each.issued.kind,
            each.issued.legal_entity_id,
            each.store_id,
            each.register_id,
            each.issued.series_epoch,
            each.issued.year,
            each.issued.number,
            each.issued.issued_on,
            each.issued.ticket_id,
            each.issued.currency,
            each.issued.payable_minor,
            each.issued.seller,
            each.issued.buyer_id,
            each.issued.buyer,
            each.issued.corrects,
            each.issued.exemption,
            each.staff_id,
            each.device_id,
            each.business_date,
            each.occurred_at,
            each.received_at,
        )
        for each in invoices
    ]
    await session.execute(_INVOICES.sql, _INVOICES.parameters(rows))


def row_of(fact: ReceivedFact, issued: InvoiceIssued) -> InvoiceRow:
    """A shop's invoice as it is kept."""
    return InvoiceRow(
        id=fact.id,
        source="shop",
        issued=issued,
        store_id=fact.envelope.store_id,
        register_id=fact.envelope.register_id,
        staff_id=fact.envelope.staff_id,
        device_id=fact.device_id,
        business_date=fact.business_date,
        occurred_at=fact.envelope.at,
        received_at=fact.received_at,
    )


async def numbers_held(session: TenantSession, invoices: Sequence[NewInvoice]) -> list[NumberHeld]:
    """For each of them in order, what its series holds."""
    parameters = {
        "entities": [each.issued.legal_entity_id for each in invoices],
        "registers": [each.register_id for each in invoices],
        "epochs": [each.issued.series_epoch for each in invoices],
        "years": [each.issued.year for each in invoices],
        "kinds": [each.issued.kind for each in invoices],
        "numbers": [each.issued.number for each in invoices],
    }
    rows = await session.rows(_QUERIES["numbers_held"], parameters)
    return [NumberHeld(newest=row["newest"], taken=row["taken"]) for row in rows]


async def tickets_held(
    session: TenantSession, ticket_ids: Sequence[UUID]
) -> dict[UUID, TicketHeld]:
    """Those of these tickets that are in the books."""
    rows = await session.rows(_QUERIES["tickets_of_invoices"], {"ids": list(ticket_ids)})
    return {
        row["id"]: TicketHeld(**{name: row[name] for name in TicketHeld.__struct_fields__})
        for row in rows
    }


async def invoiced(session: TenantSession, ticket_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these tickets on which an invoice stands."""
    rows = await session.rows(_QUERIES["invoices_of_tickets"], {"ids": list(ticket_ids)})
    return {row["ticket_id"] for row in rows}


async def lock_ticket(session: TenantSession, ticket_id: UUID) -> TicketToInvoice | None:
    """The ticket, of which nobody else makes an invoice until the transaction ends."""
    await session.rows(_QUERIES["lock_ticket"], {"ticket_id": ticket_id})
    row = await session.row(_QUERIES["ticket_to_invoice"], {"ticket_id": ticket_id})
    return None if row is None else TicketToInvoice(**row)


async def newest_invoice(session: TenantSession, ticket_id: UUID) -> UUID | None:
    """The invoice on a sale, the latest where there are two."""
    found: UUID | None = await session.scalar(_QUERIES["newest_invoice"], {"ticket_id": ticket_id})
    return found


async def next_number(
    session: TenantSession, legal_entity_id: UUID, *, year: int, kind: str
) -> int:
    """The next number of the hub's own series, given for good by the commit alone."""
    series = {"legal_entity_id": legal_entity_id, "year": year, "kind": kind}
    return int(await session.scalar(_QUERIES["next_number"], series))


async def keep_key(session: TenantSession, person_id: UUID, key: bytes, *, at: datetime) -> None:
    """Keep a person's key where it can be erased."""
    await session.execute(_QUERIES["keep_key"], {"person_id": person_id, "key": key, "at": at})
