"""Tickets and stock facts → movements and on-hand."""

from collections.abc import Sequence

from hub.events.models import NewEvent, ReceivedFact
from hub.kit.db import TenantSession
from hub.stock import repository
from hub.stock.rules import movements
from protocol.messages.stock import StockMoved
from protocol.messages.ticket import ReturnFinalised, SaleFinalised


class StockProjection:
    """Handles everything that moves goods; shares the projector's commit."""

    fact_types = frozenset({"sale.finalised", "return.finalised", "stock.moved"})

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Append the movements; an event for those that are no ticket's."""
        moved = []
        events = []
        for fact in facts:
            assert isinstance(fact.body, SaleFinalised | ReturnFinalised | StockMoved)
            moved += [(fact, movement) for movement in movements(fact.body)]
            if isinstance(fact.body, StockMoved):
                events.append(_event(fact, fact.body))
        if moved:
            await repository.insert_movements(session, moved)
        return events


def _event(fact: ReceivedFact, body: StockMoved) -> NewEvent:
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={
            "movement_id": fact.id,
            "kind": body.kind,
            "store_id": fact.envelope.store_id,
            "business_date": fact.business_date,
            "reason": body.reason,
            "line_count": len(body.lines),
        },
    )
