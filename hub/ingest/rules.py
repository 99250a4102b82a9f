"""Where facts land, and what becomes of those that cannot be read. Pure decisions.

The file's law: whatever a device could write, there is an answer here that keeps the bytes and lets
the next fact go on (promise I).
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.codec.facts import MAX_FACT_LINES, decode_envelope, decode_fact
from protocol.errors import RemoteProtocolError
from protocol.messages.facts import Envelope, Fact
from protocol.messages.proposal import ProductProposed
from protocol.messages.stock import StockLine
from protocol.messages.ticket import TaxLine, Tender, TicketLine, TicketTotals
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.numbering import MAX_Z_NUMBER
from protocol.vocabulary.quantity import MAX_QUANTITY

RECEIVED, DEAD, PARKED = 0, 1, 2
"""States of an inbox row."""

FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)
DATE_MISSING = "business-date-missing"
DATE_OUT_OF_RANGE = "business-date-out-of-range"
TIME_WITHOUT_ZONE = "time-without-zone"
IMPOSSIBLE_TIME = "impossible-time"
IMPOSSIBLE_QUANTITY = "impossible-quantity"
IMPOSSIBLE_CURRENCY = "impossible-currency"
IMPOSSIBLE_AMOUNT = "impossible-amount"
IMPOSSIBLE_COUNT = "impossible-count"
IMPOSSIBLE_NUMBER = "impossible-number"
IMPOSSIBLE_WORD = "impossible-word"
IMPOSSIBLE_TEXT = "impossible-text"
FOREIGN_STORE = "foreign-store"

# Wide: a shop sells with a wrong clock, and what it sold belongs in the books. Beyond, an instant
# is none in some time zone, and no page that shows it can be read.
_FIRST_INSTANT, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_CURRENCY = re.compile(r"[A-Z]{3}")
# An AES-256 key has half of it.
_MAX_KEY_BYTES = 64
_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PERSON_IN_BYTES = re.compile(_PERSON.pattern.encode())
# As many as a quantity's text may have: sums of finer ones are exact nowhere.
_MAX_DECIMALS = 15
# A ticket's own amounts end at MAX_AMOUNT_MINOR (promise M), and so do the sums of its lines, which
# the shop's agent sees to; at the highest rate a tax on top is ten times that. A Z adds up a shift
# of them. It takes 450,000 tickets of that size before the 64 bits of a day's sum are full and a
# later honest one finds no room.
_MAX_TICKET_MINOR = 20 * MAX_AMOUNT_MINOR
_MAX_SUM_MINOR = 1_000 * MAX_AMOUNT_MINOR
# What books and rollups add up, of each part of a ticket.
_SUMMED: Mapping[type[Struct], tuple[str, ...]] = {
    part: tuple(
        name
        for name in part.__struct_fields__
        if name.endswith("_minor") and not name.endswith("price_minor")
    )
    for part in (TicketLine, TaxLine, Tender, TicketTotals)
}
# Words that rows are kept and summed by. A Z's are not among them: it is kept as it was written, so
# that one such word costs its own ticket and never the whole shift's Z.
_KEY_WORDS: Mapping[type[Struct], tuple[str, ...]] = {
    Tender: ("kind",),
    TaxLine: ("tax_id",),
    TicketLine: ("tax_id", "unit"),
    StockLine: ("unit",),
    ProductProposed: ("code", "name", "unit", "tax_id"),
}
# An agent cuts them at 64, a name at this; what no index takes begins beyond 600.
_MAX_WORD_CHARS = 200
# An agent's doors take 500 at most. A product's name goes to every shop of its chain.
_MAX_TEXT_CHARS = 2_000
# What the columns hold: a bigint, and for the places of lines and for rates an integer. Versions of
# prices grow with time and are beyond the latter.
_MAX_NUMBER, _MAX_NARROW = 2**63 - 1, 2**31 - 1
_NARROW = ("line_no", "_ppm")
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
    reason = _impossible_time(fact.envelope.at) or impossible(fact.body)
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


def impossible(part: Struct) -> str | None:
    """Why no fact can say this; None when it can.

    One such value in the books would break every sum and every page that it is on. Whatever the
    type of fact: each quantity is a plain decimal within the vocabulary's bound, each currency is
    three capitals, each amount and each list of them one that many can be summed of, each number
    one that a column holds, each instant known and within every calendar, each text one that a page
    can show and each word that is a key one that an index takes.
    """
    summed = _SUMMED.get(type(part), ())
    if any(abs(getattr(part, name)) > _MAX_TICKET_MINOR for name in summed):
        return IMPOSSIBLE_AMOUNT
    for name in _KEY_WORDS.get(type(part), ()):
        if len(getattr(part, name) or "") > _MAX_WORD_CHARS:
            return IMPOSSIBLE_WORD
    for name in part.__struct_fields__:
        reason = _impossible_value(name, getattr(part, name))
        if reason is not None:
            return reason
    return None


def _impossible_value(name: str, value: object) -> str | None:
    if isinstance(value, str):
        if name == "currency" and _CURRENCY.fullmatch(value) is None:
            return IMPOSSIBLE_CURRENCY
        return IMPOSSIBLE_TEXT if len(value) > _MAX_TEXT_CHARS else None
    if isinstance(value, int):
        return _impossible_int(name, value)
    if isinstance(value, Struct):
        return impossible(value)
    if isinstance(value, list):
        return _impossible_list(name, value)
    if isinstance(value, datetime):
        return _impossible_time(value)
    if isinstance(value, Decimal):
        return None if _is_quantity(value) else IMPOSSIBLE_QUANTITY
    if isinstance(value, dict):
        return _impossible_list(name, [*value, *value.values()])
    # What is sealed is a name and a telephone number.
    sealed = isinstance(value, bytes) and len(value) > _MAX_TEXT_CHARS
    return IMPOSSIBLE_TEXT if sealed else None


def _impossible_int(name: str, value: int) -> str | None:
    if name.endswith("_minor"):
        return None if abs(value) <= _MAX_SUM_MINOR else IMPOSSIBLE_AMOUNT
    if name == "z_number":
        return None if 1 <= value <= MAX_Z_NUMBER else IMPOSSIBLE_NUMBER
    most = _MAX_NARROW if name.endswith(_NARROW) else _MAX_NUMBER
    return None if abs(value) <= most else IMPOSSIBLE_NUMBER


def _impossible_list(name: str, values: list[object]) -> str | None:
    if len(values) > MAX_FACT_LINES:
        return IMPOSSIBLE_COUNT
    for each in values:
        reason = _impossible_value(name, each)
        if reason is not None:
            return reason
    parts = [each for each in values if isinstance(each, Struct)]
    summed = _SUMMED.get(type(parts[0]), ()) if parts else ()
    sums = (sum(abs(getattr(each, field)) for each in parts) for field in summed)
    return IMPOSSIBLE_AMOUNT if any(each > _MAX_TICKET_MINOR for each in sums) else None


def _is_quantity(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    # Text for what is no number; copy_abs, unlike abs, neither rounds nor signals.
    if not isinstance(exponent, int) or exponent < -_MAX_DECIMALS:
        return False
    return value.copy_abs() <= MAX_QUANTITY


def _impossible_time(instant: datetime) -> str | None:
    if instant.tzinfo is None:
        return TIME_WITHOUT_ZONE
    return None if _FIRST_INSTANT <= instant < _END else IMPOSSIBLE_TIME


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
