"""Tickets in SQLite. Every method runs inside the transaction of the connection it is given."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import aiosqlite
import msgspec

from edge_agent.kit.clock import from_unix_ms, unix_ms
from edge_agent.kit.queries import load_queries
from edge_agent.sales.rules import (
    AddendaTotal,
    KeptBody,
    KeptRequest,
    QuarantinedRequest,
    Settlement,
    ShiftTickets,
    StoredTicket,
    TaxTotal,
    TenderTotal,
    TicketDocument,
)

_documents = msgspec.json.Decoder(TicketDocument)
_QUERIES = load_queries("edge_agent.sales")
# Older Zs that one Z names; the next one names what is left.
_MOST_ADDENDA = 500


def find(connection: sqlite3.Connection, ticket_id: UUID) -> StoredTicket | None:
    """The ticket of this id, sale or return."""
    row = connection.execute(_QUERIES["ticket_by_id"], {"id": str(ticket_id)}).fetchone()
    return None if row is None else StoredTicket(kind=row[0], content_hash=row[1], answer=row[2])


def next_receipt_number(
    connection: sqlite3.Connection, *, register_id: UUID, series_epoch: int
) -> int:
    """The number that the next ticket of the series takes, from 1."""
    parameters = {"register_id": str(register_id), "series_epoch": series_epoch}
    (number,) = connection.execute(_QUERIES["next_receipt_number"], parameters).fetchone()
    return int(number)


def insert(
    connection: sqlite3.Connection,
    document: TicketDocument,
    *,
    content_hash: bytes,
    answer: bytes,
) -> None:
    """The ticket with its tenders and taxes; raises sqlite3.IntegrityError when its id is taken."""
    ticket_id = str(document.id)
    connection.execute(
        _QUERIES["insert_ticket"],
        {
            "id": ticket_id,
            "kind": document.kind,
            "mode": document.mode,
            "register_id": str(document.receipt.register_id),
            "shift_id": None if document.shift_id is None else str(document.shift_id),
            "addendum_to_z": document.addendum_to_z,
            "business_date": document.business_date.isoformat(),
            "currency": document.currency,
            "series_epoch": document.receipt.series_epoch,
            "receipt_number": document.receipt.number,
            "payable_minor": document.totals.payable_minor,
            "change_minor": document.totals.change_minor,
            "duty_minor": document.totals.duty_minor,
            "original_sale_id": (
                None if document.original_sale_id is None else str(document.original_sale_id)
            ),
            "content_hash": content_hash,
            "answer": answer,
        },
    )
    connection.executemany(
        _QUERIES["insert_tender"],
        [
            {
                "ticket_id": ticket_id,
                "position": position,
                "kind": tender.kind,
                "amount_minor": tender.amount_minor,
            }
            for position, tender in enumerate(document.tenders)
        ],
    )
    connection.executemany(
        _QUERIES["insert_tax"],
        [
            {
                "ticket_id": ticket_id,
                "tax_id": tax.tax_id,
                "rate_ppm": tax.rate_ppm,
                "base_minor": tax.base_minor,
                "tax_minor": tax.tax_minor,
                "treatment": tax.treatment,
            }
            for tax in document.tax_lines
        ],
    )


def documents_of_returns(connection: sqlite3.Connection, sale_id: UUID) -> list[TicketDocument]:
    """Every return that was booked against the sale."""
    rows = connection.execute(_QUERIES["returns_of_sale"], {"sale_id": str(sale_id)})
    return [_documents.decode(answer) for (answer,) in rows]


def decode_document(answer: bytes) -> TicketDocument:
    """The ticket behind the stored bytes."""
    return _documents.decode(answer)


def shift_tickets(
    connection: sqlite3.Connection, *, shift_id: UUID, register_id: UUID, currency: str
) -> ShiftTickets:
    """What the shift's tickets add up to, addenda and other currencies left out; beside it the
    register's addenda that no Z has told of."""
    parameters = {"shift_id": str(shift_id), "currency": currency}
    counts = {
        kind: figures for kind, *figures in connection.execute(_QUERIES["shift_counts"], parameters)
    }
    sales = counts.get("sale", (0, 0, 0, 0, 0, 0))
    returns = counts.get("return", (0, 0, 0, 0, 0, 0))
    receipts = connection.execute(_QUERIES["shift_receipts"], parameters).fetchone()
    series_epoch, first_receipt, last_receipt = receipts or (None, None, None)
    return ShiftTickets(
        sales_count=sales[0],
        returns_count=returns[0],
        gross_minor=sales[1],
        returns_minor=returns[1],
        change_minor=sales[2],
        returns_change_minor=returns[2],
        handed_over_count=sales[3] + returns[3],
        duty_minor=sales[4],
        duty_count=sales[5],
        tenders=[
            TenderTotal(ticket_kind=row[0], tender_kind=row[1], count=row[2], amount_minor=row[3])
            for row in connection.execute(_QUERIES["shift_tenders"], parameters)
        ],
        taxes=[
            TaxTotal(
                tax_id=row[0],
                rate_ppm=row[1],
                base_minor=row[2],
                tax_minor=row[3],
                treatment=row[4],
                count=row[5],
            )
            for row in connection.execute(_QUERIES["shift_taxes"], parameters)
        ],
        addenda=_untold_addenda(connection, register_id=register_id, currency=currency),
        series_epoch=series_epoch,
        first_receipt=first_receipt,
        last_receipt=last_receipt,
    )


def _untold_addenda(
    connection: sqlite3.Connection, *, register_id: UUID, currency: str
) -> list[AddendaTotal]:
    parameters = {"register_id": str(register_id), "currency": currency, "most": _MOST_ADDENDA}
    return [
        AddendaTotal(
            z_number=row[0],
            ticket_kind=row[1],
            year=row[2],
            count=row[3],
            payable_minor=row[4],
            duty_minor=row[5],
        )
        for row in connection.execute(_QUERIES["untold_addenda"], parameters)
    ]


def tell_addenda(
    connection: sqlite3.Connection,
    addenda: Iterable[int],
    *,
    register_id: UUID,
    currency: str,
    z_number: int,
) -> None:
    """The Z of this number tells of everything that came after these older ones."""
    rows = [
        {
            "register_id": str(register_id),
            "currency": currency,
            "z_number": z_number,
            "addendum_to_z": older,
        }
        for older in addenda
    ]
    connection.executemany(_QUERIES["tell_addenda"], rows)


def is_quarantined(connection: sqlite3.Connection, ticket_id: UUID, *, content_hash: bytes) -> bool:
    """Whether the same request was kept aside before, also where a person has settled it since."""
    parameters = {"ticket_id": str(ticket_id), "content_hash": content_hash}
    return connection.execute(_QUERIES["quarantined_exists"], parameters).fetchone() is not None


def quarantine_size(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many requests wait for a person, and their bytes."""
    count, size_bytes = connection.execute(_QUERIES["quarantine_size"]).fetchone()
    return count, size_bytes


def insert_quarantined(connection: sqlite3.Connection, request: QuarantinedRequest) -> None:
    """Keep the request, byte for byte."""
    connection.execute(
        _QUERIES["insert_quarantined"],
        {
            "ticket_id": str(request.ticket_id),
            "kind": request.kind,
            "reason": request.reason,
            "register_id": str(request.register_id),
            "staff_id": str(request.staff_id),
            "received_at_ms": unix_ms(request.received_at),
            "content_hash": request.content_hash,
            "body": request.body,
        },
    )


def is_open(connection: sqlite3.Connection, number: int) -> bool:
    """Whether this request still waits for a person."""
    return (
        connection.execute(_QUERIES["quarantined_open"], {"number": number}).fetchone() is not None
    )


def settle(connection: sqlite3.Connection, settlement: Settlement, *, at: datetime) -> int:
    """How many requests wait no longer."""
    row = {
        "ticket_id": str(settlement.ticket_id),
        "staff_id": str(settlement.staff_id),
        "why": settlement.why,
        "number": settlement.number,
        "at_ms": unix_ms(at),
    }
    return connection.execute(_QUERIES["settle_quarantined"], row).rowcount


def was_quarantined(connection: sqlite3.Connection, ticket_id: UUID) -> bool:
    """Whether anything was kept aside under the id, settled or not."""
    parameters = {"ticket_id": str(ticket_id)}
    return connection.execute(_QUERIES["quarantined_known"], parameters).fetchone() is not None


def drop_settled(
    connection: sqlite3.Connection, *, before: datetime, most_bytes: int, most: int
) -> int:
    """Delete some that were settled before that, or beyond so many bytes; returns how many."""
    bounds = {"before_ms": unix_ms(before), "most_bytes": most_bytes, "most": most}
    return connection.execute(_QUERIES["drop_settled"], bounds).rowcount


def old_tickets(connection: sqlite3.Connection, *, before: date, most: int) -> list[UUID]:
    """Tickets of business dates before that one, among so many of the oldest."""
    bounds = {"before": before.isoformat(), "most": most}
    return [UUID(found) for (found,) in connection.execute(_QUERIES["old_tickets"], bounds)]


def drop(connection: sqlite3.Connection, ticket_ids: Iterable[UUID]) -> None:
    """Delete the tickets with their tenders and taxes."""
    rows = [{"id": str(ticket_id)} for ticket_id in ticket_ids]
    for query in ("drop_tenders", "drop_taxes", "drop_ticket"):
        connection.executemany(_QUERIES[query], rows)


async def answer_of(reader: aiosqlite.Connection, ticket_id: UUID) -> bytes | None:
    """The bytes that were answered."""
    rows = list(await reader.execute_fetchall(_QUERIES["ticket_by_id"], {"id": str(ticket_id)}))
    return bytes(rows[0][2]) if rows else None


async def quarantined_count(reader: aiosqlite.Connection) -> int:
    """How many requests wait for a person."""
    ((count, _),) = await reader.execute_fetchall(_QUERIES["quarantine_size"])
    return int(count)


async def quarantined_page(
    reader: aiosqlite.Connection, *, after: int, most: int
) -> list[KeptRequest]:
    """What waits for a person, the oldest first, after that number."""
    bounds = {"after": after, "most": most}
    rows = await reader.execute_fetchall(_QUERIES["quarantined_page"], bounds)
    return [_kept(tuple(row)) for row in rows]


async def quarantined_requests(
    reader: aiosqlite.Connection, ticket_id: UUID, *, most: int
) -> list[KeptBody]:
    """What waits under the id, the oldest first."""
    bounds = {"ticket_id": str(ticket_id), "most": most}
    rows = await reader.execute_fetchall(_QUERIES["quarantined_requests"], bounds)
    return [
        KeptBody(request=_kept(tuple(row)[:8]), content_hash=row[8], body=bytes(row[9]))
        for row in rows
    ]


def _kept(row: Sequence[Any]) -> KeptRequest:
    number, ticket_id, kind, reason, register_id, staff_id, received_at_ms, size_bytes = row
    return KeptRequest(
        number=number,
        ticket_id=UUID(ticket_id),
        kind=kind,
        reason=reason,
        register_id=UUID(register_id),
        staff_id=UUID(staff_id),
        received_at=from_unix_ms(received_at_ms),
        size_bytes=size_bytes,
    )
