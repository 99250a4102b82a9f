"""Finalising tickets: number, ticket, stock, shift sums and fact in ONE commit (promises A, M, N).

Law: this service only orchestrates. What a ticket must satisfy is decided by the rules, inside the
writer's transaction, against what is committed there; a refusal undoes itself whole, so no number
is ever skipped and nothing is half-written.
"""

import sqlite3
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from edge_agent.catalog.service import CatalogService
from edge_agent.checkout.appraisal import Appraiser
from edge_agent.checkout.invoices import Desk, InvoiceService
from edge_agent.checkout.rules.orders import Arrival, TicketOrder, content_hash
from edge_agent.checkout.rules.placing import Placing, day_of, place_handed_over, place_live
from edge_agent.checkout.rules.pricing import price_ticket
from edge_agent.checkout.rules.reading import at_home
from edge_agent.checkout.rules.terms import Setting
from edge_agent.checkout.rules.tickets import Booking, body_of, document_of
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.clock import Clock
from edge_agent.sales.quarantine import Quarantine
from edge_agent.sales.rules import (
    KeptBody,
    QuarantinedRequest,
    Receipt,
    Settlement,
    TicketDocument,
    TicketKind,
    is_repetition,
    receipt_text,
)
from edge_agent.sales.service import SalesService
from edge_agent.shop.service import ShopService
from edge_agent.staff.service import StaffService
from edge_agent.stock.service import StockService
from edge_agent.storage.writer import Writer
from edge_agent.tills.service import TillService
from protocol.codec.facts import encode_fact, refuse_long_lists
from protocol.errors import Malformed, NotFound, Refused
from protocol.messages.collections import LegalEntity, StoreSettings
from protocol.messages.ticket import Door


class CheckoutParts(Struct, frozen=True, kw_only=True):
    """What the checkout is built on."""

    writer: Writer
    journal: Journal
    tickets: SalesService
    quarantine: Quarantine
    tills: TillService
    stock: StockService
    catalog: CatalogService
    shop: ShopService
    staff: StaffService
    clock: Clock
    broadcast: Broadcast
    invoices: InvoiceService


class Outcome(Struct, frozen=True, kw_only=True):
    """What to answer, and what became of the request."""

    status: Literal["booked", "repeated", "quarantined"]
    answer: bytes


class Delivery(Struct, frozen=True, kw_only=True):
    """How an order came in. `token`: of whoever is signed in at the tablet; `body`: its bytes;
    `flags`: what reading it already noticed."""

    mode: Door
    token: str
    body: bytes
    flags: tuple[str, ...] = ()


class _Request(Struct, frozen=True, kw_only=True):
    """One order on its way through the transaction."""

    order: TicketOrder
    arrival: Arrival
    content_hash: bytes
    now: datetime

    @property
    def is_live(self) -> bool:
        return self.arrival.mode == "live"


class CheckoutService:
    """Sales and returns, live and handed over."""

    def __init__(self, parts: CheckoutParts) -> None:
        self._parts = parts
        self._appraiser = Appraiser(catalog=parts.catalog, tickets=parts.tickets)

    async def finalise(self, order: TicketOrder, delivery: Delivery) -> Outcome:
        """Book the ticket; on disk when this returns. Idempotent by id and content.

        The live door raises Malformed, Refused or Forbidden as `rules.live`, `rules.terms` and
        `rules.returns` say, and Refused `sale-id-reused`, `unknown-shift`, `shift-closed`. The
        handed-over door refuses nothing: what cannot be booked is quarantined. Either may raise
        Unauthenticated `not-signed-in`, and Unavailable; ask again then.
        """
        now, hashed = self._parts.clock.now(), content_hash(order)

        def work(connection: sqlite3.Connection) -> tuple[Outcome, TicketDocument | None]:
            caller = self._parts.staff.authenticate_in(connection, delivery.token)
            arrival = Arrival(
                mode=delivery.mode,
                register_id=caller.register_id,
                staff_id=caller.staff_id,
                body=delivery.body,
                flags=delivery.flags,
                roles=caller.roles,
            )
            request = _Request(order=order, arrival=arrival, content_hash=hashed, now=now)
            return self._finalise(connection, request)

        outcome, document = await self._parts.writer.submit(work)
        if document is not None:
            self._announce(document)
        return outcome

    async def retry(
        self, order: TicketOrder, kept: KeptBody, *, flags: tuple[str, ...], token: str
    ) -> Outcome | None:
        """Book what was kept aside, in the name of whoever had rung it up; None: it was settled
        meanwhile. What still cannot be booked waits on.

        Raises Unauthenticated `not-signed-in`, and Unavailable; ask again then.
        """
        request = _Request(
            order=order,
            arrival=Arrival(
                mode="handed_over",
                register_id=kept.request.register_id,
                staff_id=kept.request.staff_id,
                body=kept.body,
                flags=flags,
            ),
            content_hash=content_hash(order),
            now=self._parts.clock.now(),
        )

        def work(conn: sqlite3.Connection) -> tuple[Outcome | None, TicketDocument | None]:
            caller = self._parts.staff.authenticate_in(conn, token)
            if not self._parts.quarantine.is_open(conn, kept.request.number):
                return None, None
            arrival = replace(request.arrival, roles=caller.roles)
            outcome, document = self._finalise(conn, replace(request, arrival=arrival))
            # What could not be read then and can be now waits under the hash of what it says.
            if outcome.status != "quarantined" or request.content_hash != kept.content_hash:
                settlement = Settlement(
                    ticket_id=kept.request.ticket_id,
                    staff_id=caller.staff_id,
                    why=f"retried: {outcome.status}",
                    number=kept.request.number,
                )
                self._parts.quarantine.settle_in(conn, settlement)
            return outcome, document

        outcome, document = await self._parts.writer.submit(work)
        if document is not None:
            self._announce(document)
        return outcome

    async def keep_unreadable(
        self, kind: TicketKind, ticket_id: UUID, *, delivery: Delivery, reason: str
    ) -> Outcome:
        """Keep aside what was handed over and is no ticket but for its id; once for the same bytes.

        Raises Unauthenticated `not-signed-in`, and Unavailable; ask again then.
        """
        now = self._parts.clock.now()

        def work(connection: sqlite3.Connection) -> Outcome:
            caller = self._parts.staff.authenticate_in(connection, delivery.token)
            return self._set_aside(
                connection,
                QuarantinedRequest(
                    ticket_id=ticket_id,
                    kind=kind,
                    reason=reason,
                    register_id=caller.register_id,
                    staff_id=caller.staff_id,
                    received_at=now,
                    content_hash=sha256(delivery.body).digest(),
                    body=delivery.body,
                ),
            )

        return await self._parts.writer.submit(work)

    def _finalise(
        self, connection: sqlite3.Connection, request: _Request
    ) -> tuple[Outcome, TicketDocument | None]:
        order = request.order
        known = self._parts.tickets.find(connection, order.id)
        if known is not None:
            if is_repetition(known, kind=order.kind, content_hash=request.content_hash):
                return Outcome(status="repeated", answer=known.answer), None
            reused = Refused("sale-id-reused", "This id is another ticket's: make a new one.")
            return self._decline(connection, request, reused)
        try:
            booking = self._booking(connection, request)
            document, answer = self._book(connection, request, booking=booking)
        except (Malformed, NotFound, Refused) as refusal:
            return self._decline(connection, request, refusal)
        return Outcome(status="booked", answer=answer), document

    def _booking(self, connection: sqlite3.Connection, request: _Request) -> Booking:
        """Place, price and number the ticket; only reads."""
        order, arrival = request.order, request.arrival
        refuse_long_lists(order)
        house = self._parts.shop.house_in(connection)
        settings = house.settings
        order, flags = at_home(
            order, currency=settings.currency, timezone=settings.timezone, now=request.now
        )
        request = replace(request, order=order)
        if not request.is_live:
            arrival = replace(arrival, flags=(*arrival.flags, *flags))
        placing = self._place(connection, request, settings=settings)
        appraised = self._appraiser.appraise(
            connection,
            order,
            Setting(
                house=house,
                book=self._parts.catalog.price_book_in(connection),
                business_date=placing.business_date,
                now=request.now,
                is_live=request.is_live,
                roles=arrival.roles,
            ),
        )
        seller, flags = self._seller(connection, request)
        return Booking(
            order=appraised.order,
            arrival=replace(arrival, flags=(*arrival.flags, *appraised.flags, *flags)),
            seller=seller,
            terms=appraised.terms,
            placing=placing,
            priced=price_ticket(appraised, is_live=request.is_live),
            receipt=self._receipt(connection, placing),
            price_version=appraised.offers.version,
        )

    def _place(
        self, connection: sqlite3.Connection, request: _Request, *, settings: StoreSettings
    ) -> Placing:
        order, register_id = request.order, request.arrival.register_id
        tills = self._parts.tills
        if request.is_live:
            return place_live(
                tills.open_shift_named(connection, register_id=register_id, shift_id=order.shift_id)
            )
        today = day_of(order.rung_at, settings=settings, now=request.now)
        shifts = tills.shifts_for(connection, register_id=register_id, shift_id=order.shift_id)
        return place_handed_over(shifts, register_id=register_id, today=today)

    def _seller(
        self, connection: sqlite3.Connection, request: _Request
    ) -> tuple[LegalEntity | None, tuple[str, ...]]:
        """Who sells on the invoice that is asked for; a handed-over sale goes without one rather
        than wait."""
        asked = request.order.invoice
        if asked is None:
            return None, ()
        try:
            return self._parts.invoices.admit_in(connection, asked), ()
        except Refused as refusal:
            if request.is_live:
                raise
            return None, (refusal.code,)

    def _receipt(self, connection: sqlite3.Connection, placing: Placing) -> Receipt:
        register = self._parts.shop.register_in(connection, placing.register_id)
        series_epoch = self._parts.journal.epoch(connection)
        number = self._parts.tickets.next_number(
            connection, register_id=placing.register_id, series_epoch=series_epoch
        )
        return Receipt(
            number=number,
            series_epoch=series_epoch,
            register_id=placing.register_id,
            text=receipt_text(
                register_code=register.code, series_epoch=series_epoch, number=number
            ),
        )

    def _book(
        self, connection: sqlite3.Connection, request: _Request, *, booking: Booking
    ) -> tuple[TicketDocument, bytes]:
        """Write all of it. The ticket's fact comes first: it alone may still refuse."""
        order, placing = booking.order, booking.placing
        raw = encode_fact(
            id=order.id,
            at=request.now,
            store_id=self._parts.shop.store_id,
            body=body_of(booking),
            register_id=placing.register_id,
            shift_id=placing.shift_id,
            staff_id=request.arrival.staff_id,
            business_date=placing.business_date,
        )
        payable_minor = booking.priced.totals.payable_minor
        row = self._parts.journal.append(
            connection,
            NewFact(
                raw=raw,
                value_minor=payable_minor if order.kind == "sale" else -payable_minor,
                currency=order.currency,
            ),
        )
        document = document_of(booking, seq=row.seq, chain_hash=row.hash, finalised_at=request.now)
        if booking.seller is not None and order.invoice is not None:
            ref = self._parts.invoices.issue_with_sale(
                connection,
                order.invoice,
                ticket=document,
                seller=booking.seller,
                desk=Desk(
                    register_id=placing.register_id,
                    staff_id=request.arrival.staff_id,
                    now=request.now,
                    shift_id=placing.shift_id,
                ),
            )
            document = replace(document, invoice=ref)
        answer = self._parts.tickets.book(connection, document, content_hash=request.content_hash)
        self._parts.stock.apply_ticket(connection, order.id, lines=document.lines, kind=order.kind)
        return document, answer

    def _decline(
        self,
        connection: sqlite3.Connection,
        request: _Request,
        refusal: Malformed | NotFound | Refused,
    ) -> tuple[Outcome, None]:
        """Refuse at the live door, keep aside at the other. Nothing was written before."""
        if request.is_live:
            raise refusal
        aside = self._set_aside(
            connection,
            QuarantinedRequest(
                ticket_id=request.order.id,
                kind=request.order.kind,
                reason=refusal.code,
                register_id=request.arrival.register_id,
                staff_id=request.arrival.staff_id,
                received_at=request.now,
                content_hash=request.content_hash,
                body=request.arrival.body,
            ),
        )
        return aside, None

    def _set_aside(self, connection: sqlite3.Connection, request: QuarantinedRequest) -> Outcome:
        self._parts.tickets.quarantine(connection, request)
        answer = {"id": request.ticket_id, "status": "quarantined", "flags": [request.reason]}
        return Outcome(status="quarantined", answer=msgspec.json.encode(answer))

    def _announce(self, document: TicketDocument) -> None:
        self._parts.broadcast.publish(
            "sale",
            {
                "id": str(document.id),
                "kind": document.kind,
                "receipt": document.receipt.text,
                "register_id": str(document.receipt.register_id),
                "payable_minor": document.totals.payable_minor,
                "currency": document.currency,
                "flags": document.flags,
            },
        )
