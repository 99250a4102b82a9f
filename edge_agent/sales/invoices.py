"""The book of invoices and credit notes.

What takes a connection runs inside the writer's transaction of its caller: a number is given in the
commit that journals it (promise N).
"""

import sqlite3
from uuid import UUID

from edge_agent.sales import invoice_store
from edge_agent.sales.rules import BookedInvoice, InvoiceSeries


class InvoiceBook:
    """One paper per ticket, never rewritten."""

    def find(self, connection: sqlite3.Connection, invoice_id: UUID) -> BookedInvoice | None:
        """The invoice of this id."""
        return invoice_store.find(connection, invoice_id)

    def of_ticket(self, connection: sqlite3.Connection, ticket_id: UUID) -> BookedInvoice | None:
        """The ticket's invoice or credit note."""
        return invoice_store.of_ticket(connection, ticket_id)

    def next_number(self, connection: sqlite3.Connection, series: InvoiceSeries) -> int:
        """The number of the series' next paper; taken once `book` has run."""
        return invoice_store.next_number(connection, series)

    def book(self, connection: sqlite3.Connection, invoice: BookedInvoice) -> None:
        """Keep the invoice for good."""
        invoice_store.book(connection, invoice)
