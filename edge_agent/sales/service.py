"""The book of tickets. What takes a connection runs inside the writer's transaction of its caller,
because a ticket is booked together with its stock, its fact and its number (promises A and N)."""

import sqlite3
from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec

from edge_agent.journal.service import Journal
from edge_agent.printing.service import PrintService
from edge_agent.sales import store
from edge_agent.sales.rules import (
    QuarantinedRequest,
    ShiftTickets,
    StoredTicket,
    TicketDocument,
)
from edge_agent.storage.readers import Readers
from protocol.errors import NotFound, Unavailable

_DROPPED_PER_RUN = 200
# A bad tablet may fill this, never the disk (promise G).
MAX_QUARANTINED = 10_000
MAX_QUARANTINED_BYTES = 256 * 1024 * 1024


class SalesService:
    """Booked tickets, and requests that were kept aside."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def ticket(self, ticket_id: UUID) -> bytes:
        """The document as it was answered; raises NotFound `unknown-ticket`."""
        async with self._readers.connection() as reader:
            answer = await store.answer_of(reader, ticket_id)
        if answer is None:
            raise NotFound("unknown-ticket", "This shop has no ticket of that id.")
        return answer

    async def quarantined_count(self) -> int:
        """How many handed-over requests wait for a person."""
        async with self._readers.connection() as reader:
            return await store.quarantined_count(reader)

    def find(self, connection: sqlite3.Connection, ticket_id: UUID) -> StoredTicket | None:
        """The ticket of this id, sale or return."""
        return store.find(connection, ticket_id)

    def document(self, connection: sqlite3.Connection, ticket_id: UUID) -> TicketDocument | None:
        """The ticket of this id as it was answered, sale or return."""
        stored = store.find(connection, ticket_id)
        return None if stored is None else store.decode_document(stored.answer)

    def sale(self, connection: sqlite3.Connection, sale_id: UUID) -> TicketDocument | None:
        """The sale of this id; a return is none."""
        stored = store.find(connection, sale_id)
        if stored is None or stored.kind != "sale":
            return None
        return store.decode_document(stored.answer)

    def returns_of(self, connection: sqlite3.Connection, sale_id: UUID) -> list[TicketDocument]:
        """Every return that was booked against the sale."""
        return store.documents_of_returns(connection, sale_id)

    def next_number(
        self, connection: sqlite3.Connection, *, register_id: UUID, series_epoch: int
    ) -> int:
        """The number of the series' next ticket; taken once `book` has run."""
        return store.next_receipt_number(
            connection, register_id=register_id, series_epoch=series_epoch
        )

    def book(
        self, connection: sqlite3.Connection, document: TicketDocument, *, content_hash: bytes
    ) -> bytes:
        """Keep the ticket for good; returns the bytes to answer with, now and ever after."""
        answer = msgspec.json.encode(document)
        store.insert(connection, document, content_hash=content_hash, answer=answer)
        return answer

    def quarantine(self, connection: sqlite3.Connection, request: QuarantinedRequest) -> None:
        """Keep the request aside, once. Raises Unavailable `quarantine-full`."""
        if store.is_quarantined(connection, request.ticket_id, content_hash=request.content_hash):
            return
        count, size_bytes = store.quarantine_size(connection)
        if count >= MAX_QUARANTINED or size_bytes + len(request.body) > MAX_QUARANTINED_BYTES:
            raise Unavailable("quarantine-full", "Settle the quarantined requests first.")
        store.insert_quarantined(connection, request)

    def drop_old(self, connection: sqlite3.Connection, journal: Journal, *, before: date) -> int:
        """Delete some tickets of business dates before that one whose facts the hub has had for
        the journal's whole retention; returns how many, 0 = nothing left."""
        old = store.old_tickets(connection, before=before, most=_DROPPED_PER_RUN)
        gone = [ticket_id for ticket_id in old if not journal.holds(connection, ticket_id)]
        store.drop(connection, gone)
        PrintService.forget_tickets(connection, gone)
        return len(gone)

    def shift_tickets(
        self,
        connection: sqlite3.Connection,
        *,
        shift_id: UUID,
        register_id: UUID,
        currency: str,
    ) -> ShiftTickets:
        """What an X or Z needs of the shift's tickets."""
        return store.shift_tickets(
            connection, shift_id=shift_id, register_id=register_id, currency=currency
        )

    def tell_addenda(
        self,
        connection: sqlite3.Connection,
        addenda: Iterable[int],
        *,
        register_id: UUID,
        currency: str,
        z_number: int,
    ) -> None:
        """The Z of this number has told of everything that came after these older ones."""
        store.tell_addenda(
            connection,
            addenda,
            register_id=register_id,
            currency=currency,
            z_number=z_number,
        )
