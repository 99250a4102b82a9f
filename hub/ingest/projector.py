"""The inbox becomes tickets, stock, tills, customers, sums and events, exactly once (promise B).

The file's law: per group of one device's facts ONE commit holds every effect, the events and the
cursor. Whoever dies in between leaves nothing behind; whoever comes second finds the row locked and
goes on with another device.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import structlog
from msgspec import Struct

from hub.events.service import EventLog
from hub.ingest import repository
from hub.ingest.repository import Cursor, Limits
from hub.ingest.rules import (
    Aside,
    Candidate,
    Slot,
    first_gap,
    months,
    read,
    within_months,
    within_proposals,
)
from hub.ingest.settling import Settled, Settling
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from protocol.errors import LocalProtocolError, Unavailable

_log = structlog.get_logger(__name__)
# To make a partition locks its table for everybody, and a commit holds what it locks.
_MONTHS_AT_ONCE = 3
# Each is written for every shop of its chain.
_PROPOSALS_AT_ONCE = 20
_REST_INITIAL_S = 0.5
_REST_MAX_S = 60.0
# Each may be as large as a fact: 24 MiB at most. More odd ones than these end a turn anyway.
_PARKED_GROUP = 32
# Who is next is asked anew after so many facts or seconds, so that a live sale waits for no
# street's backlog. Odd facts are few and slow: each is tried by itself.
_ROUND_FACTS = 1_000
_ROUND_S = 1.0
# Asked for beyond the limit: the first ones may be in another process's hands.
_SPARE_DEVICES = 48

OnProjected = Callable[[UUID, frozenset[UUID], int], None]
"""Called after a commit: (organization, stores concerned, position of the newest event)."""

DeviceKey = tuple[UUID, UUID]


class _Group(Struct, frozen=True, kw_only=True):
    """Slots that were settled, and the months whose partitions were made for them."""

    slots: list[Slot]
    made: set[date]
    settled: Settled


class Rest(Struct, frozen=True):
    """A device that failed is left alone until then (monotonic seconds)."""

    until_s: float
    pause_s: float


class Projector:
    """Any number may run at once, in one process or many; a device is never projected by two."""

    def __init__(
        self,
        database: Database,
        settling: Settling,
        events: EventLog,
        *,
        clock: Clock,
        on_projected: OnProjected | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._database = database
        self._settling = settling
        self._events = events
        self._clock = clock
        self._on_projected = on_projected
        self._limits = limits or Limits()
        self._months: set[date] = set()
        self._resting: dict[DeviceKey, Rest] = {}
        self._busy: set[DeviceKey] = set()
        # How far each device's parked facts were tried since this start; None: to their end.
        self._tried: dict[DeviceKey, tuple[int, int] | None] = {}

    async def run_once(self, limit: int = 16) -> int:
        """One group each of at most `limit` devices that are due; how many facts were settled.

        One after the other; several rounds may run at once and share no device. A device that fails
        rests and does not hold up the others, nor does one that another process is at. Raises
        Unavailable when the database cannot even say who is due.
        """
        now_s = self._clock.monotonic()
        async with self._database.lookup() as session:
            due = await repository.due(session, limit + _SPARE_DEVICES + len(self._resting))
        self._resting = {key: rest for key, rest in self._resting.items() if key in due}
        facts = devices = 0
        for key in due:
            if devices >= limit or facts >= _ROUND_FACTS:
                break
            if self._clock.monotonic() - now_s >= _ROUND_S:
                break
            if key in self._busy or self._rests(key, now_s):
                continue
            settled = await self._project_awake(key)
            facts += settled
            devices += settled > 0
        return facts

    async def project_device(self, organization_id: UUID, device_id: UUID) -> int:
        """One group of one device; 0 when there is nothing, or somebody else is at it.

        What was parked before this start is tried first: a Z counts what precedes it. Raises
        Unavailable on faults that pass, others when the deployment is broken.
        """
        key = (organization_id, device_id)
        async with self._database.tenant(organization_id) as session:
            cursor = await repository.lock_cursor(session, device_id)
            if cursor is None or cursor.done >= cursor.head:
                return 0
            if (parked := await self._try_parked(session, key, store_id=cursor.store_id)) is None:
                slots = await self._next_slots(session, device_id, cursor)
                group = await self._settle(session, device_id, slots, store_id=cursor.store_id)
                full = bool(group.slots) and group.slots[-1].place < cursor.head
                done = group.slots[-1].place if full else cursor.head
            else:
                group, done = parked, cursor.done
            # Also where it stays: whose turn was last comes after the others of its chain.
            now = self._clock.now()
            await repository.move_cursor(session, device_id, to=done, at=now)
            position = await self._events.append(session, group.settled.events)
        self._after_commit(key, group, position=position, looked_back=parked is not None)
        return len(group.slots)

    async def try_parked(self, organization_id: UUID, device_id: UUID) -> int | None:
        """Try a group of the device's parked facts once more; how many took effect.

        None when all were tried since this start. Raises Unavailable on faults that pass, and
        while somebody else is at the device.
        """
        key = (organization_id, device_id)
        async with self._database.tenant(organization_id) as session:
            cursor = await repository.lock_cursor(session, device_id)
            if cursor is None:
                raise Unavailable("device-busy", "Somebody else projects this device; retry.")
            group = await self._try_parked(session, key, store_id=cursor.store_id)
            if group is None:
                return None
            position = await self._events.append(session, group.settled.events)
        self._after_commit(key, group, position=position, looked_back=True)
        return len(group.slots) - len(group.settled.asides)

    async def _try_parked(
        self, session: TenantSession, key: DeviceKey, *, store_id: UUID
    ) -> _Group | None:
        """None: there is nothing that was parked and not tried since this start."""
        after = self._tried.get(key, (0, 0))
        if after is None:
            return None
        _, device_id = key
        slots = await repository.parked_after(session, device_id, after=after, most=_PARKED_GROUP)
        if not slots:
            self._tried[key] = None
            return None
        group = await self._settle(session, device_id, slots, store_id=store_id)
        aside = {each.place for each in group.settled.asides}
        cured = [slot for slot in group.slots if slot.place not in aside]
        if cured:
            await repository.take_back(session, device_id, cured)
        return group

    async def _next_slots(
        self, session: TenantSession, device_id: UUID, cursor: Cursor
    ) -> list[Slot]:
        slots = await repository.inbox_after(session, device_id, cursor=cursor, limits=self._limits)
        bases = {}
        if cursor.head[0] != cursor.done[0]:
            bases = await repository.epoch_bases(session, device_id, after=cursor.done[0])
        gap = first_gap(cursor.done, [slot.place for slot in slots], bases)
        if gap is not None or (not slots and cursor.head[1] != bases.get(cursor.head[0])):
            raise LocalProtocolError(
                "inbox-gap", f"The inbox of device {device_id} lacks {gap or cursor.head}."
            )
        return slots

    async def _settle(
        self, session: TenantSession, device_id: UUID, slots: list[Slot], *, store_id: UUID
    ) -> _Group:
        """Everything but cursor and events: of the first slots, as many as may take effect at
        once."""
        outcomes = [read(slot, store_id=store_id) for slot in slots]
        outcomes = outcomes[: within_months(outcomes, known=self._months, most=_MONTHS_AT_ONCE)]
        outcomes = outcomes[: within_proposals(outcomes, most=_PROPOSALS_AT_ONCE)]
        slots = slots[: len(outcomes)]
        candidates = [each for each in outcomes if isinstance(each, Candidate)]
        unread = [each for each in outcomes if isinstance(each, Aside)]
        made = months(each.business_date for each in candidates) - self._months
        for month in sorted(made):
            await repository.ensure_month(session, month)
        await repository.keep_person_keys(session, device_id, slots, at=self._clock.now())
        settled = await self._settling.settle(session, device_id, candidates)
        if settled.left:
            slots = slots[: slots.index(candidates[-settled.left].slot)]
            unread = [each for each in unread if each.place <= slots[-1].place]
        asides = unread + settled.asides
        if asides:
            await repository.set_aside(session, device_id, asides)
        settled = Settled(events=settled.events, asides=asides, stores=settled.stores)
        return _Group(slots=slots, made=made, settled=settled)

    def _after_commit(
        self, key: DeviceKey, group: _Group, *, position: int, looked_back: bool
    ) -> None:
        # Not before: what a transaction that fails has made or tried is undone.
        self._months |= group.made
        if looked_back:
            self._tried[key] = group.slots[-1].place
        settled, (organization_id, _) = group.settled, key
        for aside in settled.asides:
            _log.warning("fact_set_aside", epoch=aside.epoch, seq=aside.seq, reason=aside.reason)
        if settled.stores and self._on_projected is not None:
            self._on_projected(organization_id, settled.stores, position)

    async def _project_awake(self, key: DeviceKey) -> int:
        self._busy.add(key)
        try:
            settled = await self.project_device(*key)
        except Unavailable as error:
            _log.warning("projection_waits", device_id=str(key[1]), reason=str(error))
        except Exception:  # noqa: BLE001 - logged whole, and the device rests
            # Whatever it is: one device's trouble ends no hub that serves all tenants (promise I).
            _log.exception("projection_stuck", device_id=str(key[1]))
        else:
            self._resting.pop(key, None)
            return settled
        finally:
            self._busy.discard(key)
        before = self._resting.get(key)
        pause_s = min(before.pause_s * 2, _REST_MAX_S) if before else _REST_INITIAL_S
        self._resting[key] = Rest(self._clock.monotonic() + pause_s, pause_s)
        return 0

    def _rests(self, key: DeviceKey, now_s: float) -> bool:
        rest = self._resting.get(key)
        return rest is not None and now_s < rest.until_s
