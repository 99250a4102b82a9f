"""Finalised tickets → sale, lines, tax lines, tenders. One that differs is booked and named."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from hub.events.models import Discrepancy, NewEvent, ReceivedFact, discrepancy_of
from hub.events.service import DiscrepancyList
from hub.kit.db import TenantSession
from hub.sales import repository
from hub.sales.models import ShiftPlace, ShiftTotals
from hub.sales.rules import Ticket, differences
from protocol.messages.ticket import ReturnFinalised, SaleFinalised

# Beyond this the rest says nothing new: the ticket is wrong as a whole.
_MAX_DIFFERENCES_PER_TICKET = 20


class SalesProjection:
    """Handles tickets; shares the projector's commit."""

    fact_types = frozenset({"sale.finalised", "return.finalised"})

    def __init__(self, discrepancies: DiscrepancyList) -> None:
        self._discrepancies = discrepancies

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Book the tickets with their own figures; one event each."""
        tickets = [(fact, ticket_of(fact)) for fact in facts]
        await repository.insert_tickets(session, tickets)
        found = [odd for fact, ticket in tickets for odd in _oddities(fact, ticket)]
        await self._discrepancies.record(session, found)
        return [_event(fact, ticket) for fact, ticket in tickets]


class SalesTotals:
    """What is asked of tickets by those who prove a Z or a journal."""

    async def payable_of(
        self, session: TenantSession, places: Sequence[tuple[date, UUID]]
    ) -> dict[UUID, int]:
        """Tickets and invoices in the books → payable. `places`: (business date, fact id)."""
        return await repository.payable_of(session, places)

    async def shift_totals(
        self,
        session: TenantSession,
        fact: ReceivedFact,
        *,
        shift_id: UUID,
        currency: str,
    ) -> ShiftTotals:
        """What the tickets before the closing fact come to, addenda left out."""
        place = ShiftPlace(
            store_id=fact.envelope.store_id,
            shift_id=shift_id,
            business_date=fact.business_date,
            currency=currency,
            device_id=fact.device_id,
            epoch=fact.epoch,
            seq=fact.seq,
        )
        return await repository.shift_totals(session, place)

    async def addenda_totals(
        self,
        session: TenantSession,
        fact: ReceivedFact,
        *,
        currency: str,
        z_numbers: Sequence[int],
    ) -> Mapping[int, tuple[int, int, int, int]]:
        """By Z: counts and payable of its register's late sales, then of its late returns."""
        return await repository.addenda_held(session, fact, currency=currency, numbers=z_numbers)


def ticket_of(fact: ReceivedFact) -> Ticket:
    """The fact's body, which its type promises to be a ticket."""
    assert isinstance(fact.body, SaleFinalised | ReturnFinalised)
    return fact.body


def _oddities(fact: ReceivedFact, ticket: Ticket) -> list[Discrepancy]:
    # The device reckoned with its own date, wherever the ticket landed.
    on = fact.envelope.business_date or fact.business_date
    return [
        discrepancy_of(fact, odd)
        for odd in differences(ticket, on=on)[:_MAX_DIFFERENCES_PER_TICKET]
    ]


def _event(fact: ReceivedFact, ticket: Ticket) -> NewEvent:
    """Thin: enough for a live tile; who wants more asks for the sale."""
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={
            "sale_id": fact.id,
            "kind": repository.kind_of(ticket),
            "store_id": fact.envelope.store_id,
            "register_id": fact.envelope.register_id,
            "business_date": fact.business_date,
            "currency": ticket.currency,
            "payable_minor": ticket.totals.payable_minor,
            "line_count": len(ticket.lines),
            "series_epoch": ticket.series_epoch,
            "receipt_number": ticket.receipt_number,
        },
    )
