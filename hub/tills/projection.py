"""Shift and cash facts → shift, cash movement, Z report; each Z is held against the tickets."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.events.models import Discrepancy, NewEvent, ReceivedFact, discrepancy_of
from hub.events.service import DiscrepancyList
from hub.kit.db import TenantSession
from hub.tills import repository
from hub.tills.ports import ShiftTickets
from hub.tills.rules import ShiftHeld, cash_differences, shift_not_open, ticket_differences
from protocol.messages.till import CashMoved, ShiftClosed, ShiftOpened

# More figures than an honest shop's tickets have. Beyond, the rest says nothing new: the Z is wrong
# as a whole.
_MAX_DIFFERENCES_PER_Z = 50


class TillsProjection:
    """Handles the facts of registers; shares the projector's commit.

    Must run after the tickets of the same group are booked, because a Z counts them.
    """

    fact_types = frozenset({"shift.opened", "shift.closed", "cash.moved"})

    def __init__(self, tickets: ShiftTickets, discrepancies: DiscrepancyList) -> None:
        self._tickets = tickets
        self._discrepancies = discrepancies

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Write them and prove the Zs; one event each."""
        opened = [(fact, fact.body) for fact in facts if isinstance(fact.body, ShiftOpened)]
        moved = [(fact, fact.body) for fact in facts if isinstance(fact.body, CashMoved)]
        closed = [(fact, fact.body) for fact in facts if isinstance(fact.body, ShiftClosed)]
        if opened:
            await repository.open_shifts(session, opened)
        if moved:
            await repository.insert_cash_movements(session, moved)
        if closed:
            held = await repository.shifts_held(session, [fact for fact, _ in closed])
            await repository.close_shifts(session, closed)
            await self._prove(session, closed, held)
        return [_event(fact) for fact in facts]

    async def _prove(
        self,
        session: TenantSession,
        closed: Sequence[tuple[ReceivedFact, ShiftClosed]],
        held: Mapping[UUID, ShiftHeld],
    ) -> None:
        found: list[Discrepancy] = []
        shifts = dict(held)
        for fact, z in closed:
            shift_id, store_id = fact.envelope.shift_id, fact.envelope.store_id
            assert shift_id is not None, "close_shifts refuses a Z without its shift"
            odd = shift_not_open(shifts.get(shift_id), store_id=store_id)
            if odd is None:
                totals = await self._tickets.shift_totals(
                    session, fact, shift_id=shift_id, currency=z.currency
                )
                odds = ticket_differences(z, totals)[:_MAX_DIFFERENCES_PER_Z]
                shifts[shift_id] = ShiftHeld(store_id=store_id, status="closed")
            else:
                odds = [odd]
            found += [discrepancy_of(fact, each) for each in (*cash_differences(z.cash), *odds)]
        await self._discrepancies.record(session, found)


def _event(fact: ReceivedFact) -> NewEvent:
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={
            "shift_id": fact.envelope.shift_id,
            "store_id": fact.envelope.store_id,
            "register_id": fact.envelope.register_id,
            "business_date": fact.business_date,
            **_figures(fact),
        },
    )


def _figures(fact: ReceivedFact) -> dict[str, Any]:
    body = fact.body
    if isinstance(body, ShiftClosed):
        return {
            "z_number": body.z_number,
            "currency": body.currency,
            "net_minor": body.net_minor,
            "over_short_minor": body.cash.over_short_minor,
        }
    if isinstance(body, CashMoved):
        return {
            "kind": body.kind,
            "currency": body.currency,
            "amount_minor": body.amount_minor,
        }
    assert isinstance(body, ShiftOpened)
    return {"currency": body.currency, "float_minor": body.float_minor}
