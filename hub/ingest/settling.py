"""A group of facts takes effect: claimed once, handed to every slice that wants it.

The file's law: everything happens inside the caller's transaction. A fact that no handler can take
is found by halving, parked with its reason, and the rest goes on (promise I); a fault that is not a
fact's own (a lost connection, a missing table) is raised and nothing is parked.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy.exc
from msgspec import Struct

from hub.events.models import NewEvent, ReceivedFact
from hub.ingest import repository
from hub.ingest.ports import FactHandler
from hub.ingest.repository import QuarantineItem
from hub.ingest.rules import Aside, Candidate, park
from hub.kit.clock import Clock
from hub.kit.db import TenantSession, sqlstate
from hub.kit.ids import IdSource
from protocol.errors import Malformed, Refused, RemoteProtocolError

ID_REUSED = "id-reused"
# One odd fact of 500 is found in 19 tries. A device that sends nothing else has its turn end here,
# so that the others' sales need not wait until all of its facts are told apart (promise I).
MOST_TRIES = 64
_NOWHERE = ZoneInfo("UTC")
# What Postgres says about values: one row met twice, bad data, broken constraint, a limit of the
# value's own.
_VALUE_STATES = ("21", "22", "23", "54")
_OWN_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    Malformed,
    Refused,
    RemoteProtocolError,
)


class Settled(Struct, frozen=True, kw_only=True):
    """What became of a group; events in the order of their facts.

    `left`: so many at its end were not come to.
    """

    events: list[NewEvent]
    asides: list[Aside]
    stores: frozenset[UUID]
    left: int = 0


class Settling:
    """Applies handlers in the order given: the first one books what later ones count."""

    def __init__(self, handlers: Sequence[FactHandler], *, clock: Clock, ids: IdSource) -> None:
        self._handlers = tuple(handlers)
        self._clock = clock
        self._ids = ids

    async def settle(
        self, session: TenantSession, device_id: UUID, candidates: Sequence[Candidate]
    ) -> Settled:
        """Give each candidate its effect, or say why not.

        Where many are odd, of the first ones only; the first candidate is always among them.
        """
        tries = iter(range(MOST_TRIES))
        return await self._halve(session, device_id, candidates, tries=tries)

    async def _halve(
        self,
        session: TenantSession,
        device_id: UUID,
        candidates: Sequence[Candidate],
        *,
        tries: Iterator[int],
    ) -> Settled:
        if not candidates or next(tries, None) is None:
            return Settled(events=[], asides=[], stores=frozenset(), left=len(candidates))
        try:
            async with session.savepoint():
                return await self._apply(session, device_id, candidates)
        except (sqlalchemy.exc.DBAPIError, *_OWN_FAULTS) as error:
            if not is_facts_own_fault(error):
                raise
            if len(candidates) == 1:
                aside = park(candidates[0], _cause(error))
                return Settled(events=[], asides=[aside], stores=frozenset())
        middle = len(candidates) // 2
        first = await self._halve(session, device_id, candidates[:middle], tries=tries)
        rest = await self._halve(session, device_id, candidates[middle:], tries=tries)
        return Settled(
            events=first.events + rest.events,
            asides=first.asides + rest.asides,
            stores=first.stores | rest.stores,
            left=first.left + rest.left,
        )

    async def _apply(
        self, session: TenantSession, device_id: UUID, candidates: Sequence[Candidate]
    ) -> Settled:
        facts = await self._received(
            session, device_id, await self._claim(session, device_id, candidates)
        )
        order = {fact.id: number for number, fact in enumerate(facts)}
        events: list[NewEvent] = []
        for handler in self._handlers:
            wanted = [fact for fact in facts if fact.envelope.type in handler.fact_types]
            if wanted:
                events += await handler.project(session, wanted)
        events.sort(key=lambda event: order.get(event.id, len(order)))
        stores = frozenset(fact.envelope.store_id for fact in facts)
        return Settled(events=events, asides=[], stores=stores)

    async def _claim(
        self, session: TenantSession, device_id: UUID, candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        """Those whose effect is ours now. The same fact again is skipped; other content under a
        used id goes to quarantine."""
        firsts: dict[UUID, Candidate] = {}
        for candidate in candidates:
            firsts.setdefault(candidate.fact_id, candidate)
        claimed = await repository.claim(session, device_id, list(firsts.values()))
        fresh = [
            each for each in candidates if each.fact_id in claimed and firsts[each.fact_id] is each
        ]
        taken = {id(each) for each in fresh}
        again = [each for each in candidates if id(each) not in taken]
        if again:
            known = await repository.content_hashes(session, [each.fact_id for each in again])
            reused = [each for each in again if known[each.fact_id] != each.content_hash]
            await self._quarantine(session, device_id, reused)
        return fresh

    async def _quarantine(
        self, session: TenantSession, device_id: UUID, reused: Sequence[Candidate]
    ) -> None:
        items = [
            QuarantineItem(
                id=self._ids.next(),
                device_id=device_id,
                epoch=each.slot.epoch,
                from_seq=each.slot.seq,
                to_seq=each.slot.seq,
                reason=ID_REUSED,
                raw=each.slot.raw,
                fact_id=each.fact_id,
            )
            for each in reused
        ]
        if items:
            await repository.quarantine(session, items, at=self._clock.now())

    async def _received(
        self, session: TenantSession, device_id: UUID, fresh: Sequence[Candidate]
    ) -> list[ReceivedFact]:
        store_ids = sorted({each.fact.envelope.store_id for each in fresh})
        zones = await repository.store_zones(session, store_ids) if store_ids else {}
        return [
            ReceivedFact(
                device_id=device_id,
                epoch=each.slot.epoch,
                seq=each.slot.seq,
                received_at=each.slot.received_at,
                business_date=each.business_date,
                moved=each.moved,
                zone=zones.get(each.fact.envelope.store_id, _NOWHERE),
                envelope=each.fact.envelope,
                body=each.fact.body,
                raw=each.slot.raw,
            )
            for each in fresh
        ]


def is_facts_own_fault(error: BaseException) -> bool:
    """Whether the same fact would fail again on a sound system."""
    if not isinstance(error, sqlalchemy.exc.DBAPIError):
        return isinstance(error, _OWN_FAULTS)
    if error.connection_invalidated:
        return False
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_VALUE_STATES)
    # The driver refused a value before it was sent (a number over 64 bits, a naive time).
    return isinstance(_cause(error), ValueError | TypeError | OverflowError)


def _cause(error: BaseException) -> BaseException:
    """The driver's own error under SQLAlchemy's wrappings."""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error
