"""Where facts land, and what becomes of those that cannot be read. Pure decisions.

The file's law: whatever a device could write, there is an answer here that keeps the bytes and lets
the next fact go on (promise I).
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from hub.ingest.bookable_rules import impossible, impossible_time
from protocol.codec.facts import decode_envelope, decode_fact
from protocol.errors import RemoteProtocolError
from protocol.messages.facts import Envelope, Fact
from protocol.messages.proposal import ProductProposed

RECEIVED, DEAD, PARKED = 0, 1, 2
"""States of an inbox row."""

FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)
DATE_MISSING = "business-date-missing"
DATE_OUT_OF_RANGE = "business-date-out-of-range"
FOREIGN_STORE = "foreign-store"

# An AES-256 key has half of it.
_MAX_KEY_BYTES = 64
_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PERSON_IN_BYTES = re.compile(_PERSON.pattern.encode())
# A later release may read these; what is undecodable stays so.
_PARKED_CODES = frozenset({"unknown-type", "unknown-version"})
_MAX_REASON_CHARS = 300
_MAX_TYPE_CHARS = 100


class Slot(Struct, frozen=True, kw_only=True):
    """An inbox row as the projector reads it."""

    epoch: int
    seq: int
    raw: bytes
    received_at: datetime
    state: int
    person_keys: bytes | None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the device's facts."""
        return self.epoch, self.seq


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

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the device's facts."""
        return self.epoch, self.seq


def read(slot: Slot, *, store_id: UUID) -> Candidate | Aside | None:
    """What a slot of a device of this store holds; None for one that was buried on arrival."""
    if slot.state == DEAD:
        return None
    try:
        fact = decode_fact(slot.raw)
    except RemoteProtocolError as error:
        return _unread(slot, error)
    reason = impossible_time(fact.envelope.at) or impossible(fact.body)
    if fact.envelope.store_id != store_id:
        # A device writes its own store's books and nobody else's (promise K).
        reason = FOREIGN_STORE
    if reason is not None:
        return _aside(slot, fact.envelope, reason)
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
    words = _storable(" ".join(f"{type(error).__name__}: {error}".split()))
    return Aside(
        epoch=candidate.slot.epoch,
        seq=candidate.slot.seq,
        state=PARKED,
        reason=f"unprojectable: {words}"[:_MAX_REASON_CHARS],
        fact_id=candidate.fact_id,
        type=_storable(candidate.fact.envelope.type)[:_MAX_TYPE_CHARS],
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


def within_months(
    outcomes: Sequence[Candidate | Aside | None], *, known: Set[date], most: int
) -> int:
    """How many of the first outcomes land in at most so many months beside the known ones."""
    fresh = set[date]()
    for count, each in enumerate(outcomes):
        if isinstance(each, Candidate):
            fresh |= months([each.business_date]) - known
            if len(fresh) > most:
                return count
    return len(outcomes)


def within_proposals(outcomes: Sequence[Candidate | Aside | None], *, most: int) -> int:
    """How many of the first outcomes propose at most so many products."""
    proposed = 0
    for count, each in enumerate(outcomes):
        if isinstance(each, Candidate) and isinstance(each.fact.body, ProductProposed):
            proposed += 1
            if proposed > most:
                return count
    return len(outcomes)


def encode_keys(keys: Mapping[str, bytes]) -> bytes | None:
    """The keys of people as they lie beside a fact in the inbox."""
    return msgspec.json.encode(dict(keys)) if keys else None


def decode_keys(raw: bytes) -> dict[UUID, bytes]:
    """Person → key; what names no person is left out."""
    named = msgspec.json.decode(raw, type=dict[str, bytes])
    return {UUID(who): key for who, key in persons(named).items()}


def persons(keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """The keys that are some person's; a long one would lie beside each fact that names it."""
    return {
        who: key
        for who, key in keys.items()
        if _PERSON.fullmatch(who) and len(key) <= _MAX_KEY_BYTES
    }


def keys_beside(raw: bytes, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """The keys of the people whom a fact's bytes name; one look at the bytes, however many keys."""
    if not keys:
        return {}
    named = {found[0].decode() for found in _PERSON_IN_BYTES.finditer(raw)}
    return persons({who: keys[who] for who in sorted(named & keys.keys())})


def fact_id_of(raw: bytes) -> UUID | None:
    """The id in a fact's bytes, as far as they can be read."""
    try:
        return decode_envelope(raw).id
    except (RemoteProtocolError, msgspec.ValidationError):
        return None


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
        type=_storable(envelope.type)[:_MAX_TYPE_CHARS],
    )


def _storable(text: str) -> str:
    """As a text column takes it: Postgres has no NUL."""
    return text.replace("\0", "\ufffd")
