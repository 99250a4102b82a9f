"""Where facts land, and what becomes of those that cannot be read. Pure decisions.

The file's law: whatever a device could write, there is an answer here that keeps the bytes and lets
the next fact go on (promise I).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.codec.facts import decode_envelope, decode_fact
from protocol.errors import RemoteProtocolError
from protocol.messages.facts import Envelope, Fact

RECEIVED, DEAD, PARKED = 0, 1, 2
"""States of an inbox row."""

FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)
DATE_MISSING = "business-date-missing"
DATE_OUT_OF_RANGE = "business-date-out-of-range"
# A later release may read these; what is undecodable stays so.
_PARKED_CODES = frozenset({"unknown-type", "unknown-version"})
_MAX_REASON_CHARS = 300


class Slot(Struct, frozen=True, kw_only=True):
    """An inbox row as the projector reads it."""

    epoch: int
    seq: int
    raw: bytes
    received_at: datetime
    state: int
    person_keys: bytes | None


class Candidate(Struct, frozen=True, kw_only=True):
    """A slot whose fact could be read, and where it will land."""

    slot: Slot
    fact: Fact
    content_hash: bytes
    business_date: date
    moved: str | None

    @property
    def fact_id(self) -> UUID:
        """The fact's id."""
        return self.fact.envelope.id


class Aside(Struct, frozen=True, kw_only=True):
    """A slot that takes no effect now; its bytes stay."""

    epoch: int
    seq: int
    state: int
    reason: str
    fact_id: UUID | None = None
    type: str | None = None


def read(slot: Slot) -> Candidate | Aside | None:
    """What a slot holds; None for one that was buried on arrival."""
    if slot.state == DEAD:
        return None
    try:
        fact = decode_fact(slot.raw)
    except RemoteProtocolError as error:
        return _unread(slot, error)
    if fact.envelope.at.tzinfo is None:
        return _aside(slot, fact.envelope, "time-without-zone")
    business_date, moved = landing(fact.envelope.business_date, slot.received_at)
    return Candidate(
        slot=slot,
        fact=fact,
        content_hash=sha256(slot.raw).digest(),
        business_date=business_date,
        moved=moved,
    )


def landing(own: date | None, received_at: datetime) -> tuple[date, str | None]:
    """The business date a fact is booked on, and why it is not its own (DESIGN §4, late facts)."""
    if own is None:
        return received_at.astimezone(UTC).date(), DATE_MISSING
    if not FIRST_DATE <= own <= LAST_DATE:
        return received_at.astimezone(UTC).date(), DATE_OUT_OF_RANGE
    return own, None


def park(candidate: Candidate, error: BaseException) -> Aside:
    """A fact that no handler could take; it waits for a release that can."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return Aside(
        epoch=candidate.slot.epoch,
        seq=candidate.slot.seq,
        state=PARKED,
        reason=f"unprojectable: {words}"[:_MAX_REASON_CHARS],
        fact_id=candidate.fact_id,
        type=candidate.fact.envelope.type,
    )


def first_gap(
    after: tuple[int, int], places: Iterable[tuple[int, int]], bases: Mapping[int, int]
) -> tuple[int, int] | None:
    """The first place (epoch, seq) that does not continue the one before it; None when all do.

    `bases`: the seq after which each later epoch begins.
    """
    for epoch, seq in places:
        expected = after[1] + 1 if epoch == after[0] else bases.get(epoch, -1) + 1
        if seq != expected:
            return epoch, expected
        after = (epoch, seq)
    return None


def months(dates: Iterable[date]) -> set[date]:
    """The first day of each month that the dates are in."""
    return {day.replace(day=1) for day in dates}


def encode_keys(keys: Mapping[str, bytes]) -> bytes | None:
    """The keys of people as they lie beside a fact in the inbox."""
    return msgspec.json.encode(dict(keys)) if keys else None


def decode_keys(raw: bytes) -> dict[UUID, bytes]:
    """Person → key."""
    return msgspec.json.decode(raw, type=dict[UUID, bytes])


def _unread(slot: Slot, error: RemoteProtocolError) -> Aside:
    if error.code in _PARKED_CODES:
        return _aside(slot, decode_envelope(slot.raw), error.code)
    return Aside(epoch=slot.epoch, seq=slot.seq, state=DEAD, reason=error.code)


def _aside(slot: Slot, envelope: Envelope, reason: str) -> Aside:
    return Aside(
        epoch=slot.epoch,
        seq=slot.seq,
        state=PARKED,
        reason=reason,
        fact_id=envelope.id,
        type=envelope.type,
    )
