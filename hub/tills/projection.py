"""Shift and cash facts → shift, cash movement, Z report; each Z is held against the tickets."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.events.models import Discrepancy, NewEvent, ReceivedFact, discrepancy_of
from hub.events.service import DiscrepancyList
from hub.fleet.models import DeviceKey
from hub.fleet.service import Fleet
from hub.kit.db import TenantSession
from hub.tills import repository
from hub.tills.perpetual_rules import (
    added,
    addenda_differences,
    perpetual_differences,
    signature_difference,
    signer,
)
from hub.tills.ports import ShiftTickets
from hub.tills.rules import (
    Difference,
    ShiftHeld,
    cash_differences,
    shift_not_open,
    ticket_differences,
)
from protocol.messages.till import CashMoved, ShiftClosed, ShiftOpened

# More figures than an honest shop's tickets have. Beyond, the rest says nothing new: the Z is wrong
# as a whole.
_MAX_DIFFERENCES_PER_Z = 50


class TillsProjection:
    """Handles the facts of registers; shares the projector's commit.

    Must run after the tickets of the same group are booked, because a Z counts them.
    """

    fact_types = frozenset({"shift.opened", "shift.closed", "cash.moved"})

    def __init__(
        self, tickets: ShiftTickets, discrepancies: DiscrepancyList, *, fleet: Fleet
    ) -> None:
        self._tickets = tickets
        self._fleet = fleet
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
            keys = await self._keys(session, closed)
            serials = {fact.id: signer(fact.raw, keys[fact.device_id]) for fact, _ in closed}
            await repository.close_shifts(session, closed, serials=serials)
            unsigned = {
                fact.id: signature_difference(z, keys[fact.device_id], serial=serials[fact.id])
                for fact, z in closed
            }
            await self._prove(session, closed, held, unsigned=unsigned)
        return [_event(fact) for fact in facts]

    async def _keys(
        self, session: TenantSession, closed: Sequence[tuple[ReceivedFact, ShiftClosed]]
    ) -> dict[UUID, list[DeviceKey]]:
        """Device → its certified keys; Zs of a group are nearly always of one device."""
        devices = {fact.device_id for fact, _ in closed}
        return {one: await self._fleet.keys_of(session, one) for one in sorted(devices)}

    async def _addenda(
        self, session: TenantSession, fact: ReceivedFact, z: ShiftClosed
    ) -> list[Difference]:
        told = added(await repository.addenda_told(session, fact, z))
        held = await self._tickets.addenda_totals(
            session, fact, currency=z.currency, z_numbers=sorted(told)
        )
        return addenda_differences(z, told=told, held=held)

    async def _prove(
        self,
        session: TenantSession,
        closed: Sequence[tuple[ReceivedFact, ShiftClosed]],
        held: Mapping[UUID, ShiftHeld],
        *,
        unsigned: Mapping[UUID, Difference | None],
    ) -> None:
        found: list[Discrepancy] = []
        shifts = dict(held)
        for fact, z in closed:
            shift_id, store_id = fact.envelope.shift_id, fact.envelope.store_id
            assert shift_id is not None, "close_shifts refuses a Z without its shift"
            odd = shift_not_open(shifts.get(shift_id), store_id=store_id)
            odds = [each for each in (odd, unsigned[fact.id]) if each is not None]
            if odd is None:
                odds += await self._sums(session, fact, z, shift_id=shift_id)
                shifts[shift_id] = ShiftHeld(store_id=store_id, status="closed")
            odds = [*cash_differences(z.cash), *odds]
            found += [discrepancy_of(fact, each) for each in odds]
        await self._discrepancies.record(session, found)

    async def _sums(
        self, session: TenantSession, fact: ReceivedFact, z: ShiftClosed, *, shift_id: UUID
    ) -> list[Difference]:
        """Against the shift's tickets, and against the register's Zs before."""
        totals = await self._tickets.shift_totals(
            session, fact, shift_id=shift_id, currency=z.currency
        )
        odds = ticket_differences(z, totals)[:_MAX_DIFFERENCES_PER_Z]
        if z.perpetual is not None:
            odds += perpetual_differences(z, await repository.before(session, fact, z))
        if z.addenda:
            odds += (await self._addenda(session, fact, z))[:_MAX_DIFFERENCES_PER_Z]
        return odds


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
