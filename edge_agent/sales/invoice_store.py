"""Invoices in SQLite. Every function runs inside the transaction of the connection it is given."""

import sqlite3
from uuid import UUID

import msgspec

from edge_agent.kit.queries import load_queries
from edge_agent.sales.rules import BookedInvoice, InvoiceSeries

_QUERIES = load_queries("edge_agent.sales", "invoices.sql")


_booked = msgspec.json.Decoder(BookedInvoice)


def find(connection: sqlite3.Connection, invoice_id: UUID) -> BookedInvoice | None:
    """The invoice of this id."""
    return _one(connection, "invoice_by_id", {"id": str(invoice_id)})


def of_ticket(connection: sqlite3.Connection, ticket_id: UUID) -> BookedInvoice | None:
    """The ticket's invoice or credit note."""
    return _one(connection, "invoice_of_ticket", {"ticket_id": str(ticket_id)})


def next_number(connection: sqlite3.Connection, series: InvoiceSeries) -> int:
    """The number of the series' next paper, from 1."""
    parameters = {
        "legal_entity_id": str(series.legal_entity_id),
        "register_id": str(series.register_id),
        "series_epoch": series.series_epoch,
        "year": series.year,
        "kind": series.kind,
    }
    (number,) = connection.execute(_QUERIES["next_invoice_number"], parameters).fetchone()
    return int(number)


def book(connection: sqlite3.Connection, invoice: BookedInvoice) -> None:
    """Keep the invoice for good."""
    issued = invoice.issued
    row = {
        "id": str(invoice.id),
        "ticket_id": str(issued.ticket_id),
        "kind": issued.kind,
        "legal_entity_id": str(issued.legal_entity_id),
        "register_id": str(invoice.register_id),
        "series_epoch": issued.series_epoch,
        "year": issued.year,
        "number": issued.number,
        "document": msgspec.json.encode(invoice),
    }
    connection.execute(_QUERIES["insert_invoice"], row)


def _one(
    connection: sqlite3.Connection, query: str, parameters: dict[str, str]
) -> BookedInvoice | None:
    row = connection.execute(_QUERIES[query], parameters).fetchone()
    return None if row is None else _booked.decode(row[0])
