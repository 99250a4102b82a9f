"""What the projector hands to the slices and what they give back.

The file's law: values only. These words stand below every slice, because the slices that make
something of facts stand below the one that receives them (DESIGN §3).
"""

from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from protocol.messages.facts import Body, Envelope


class ReceivedFact(Struct, frozen=True, kw_only=True):
    """A fact that takes effect now: it was claimed in this transaction, for the first time ever.

    `business_date`: where it lands. That is the fact's own date, unless `moved` says why not.
    `zone`: the store's. `raw`: the fact's exact bytes.
    """

    device_id: UUID
    epoch: int
    seq: int
    received_at: datetime
    business_date: date
    moved: str | None
    zone: ZoneInfo
    envelope: Envelope
    body: Body
    raw: bytes

    @property
    def id(self) -> UUID:
        """The fact's id; a sale's is the tablet's sale id."""
        return self.envelope.id


class NewEvent(Struct, frozen=True, kw_only=True):
    """Something to tell whoever follows the event log.

    `id`: the fact's. One fact gives at most one event per type. `payload`: JSON-serialisable.
    """

    id: UUID
    type: str
    store_id: UUID | None
    occurred_at: datetime
    payload: dict[str, Any]


class StoredEvent(Struct, frozen=True, kw_only=True):
    """An event at its position; `payload` is the JSON text exactly as it was stored."""

    position: int
    id: UUID
    type: str
    store_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    payload: str


class Discrepancy(Struct, frozen=True, kw_only=True):
    """A fact's figure `found` where its inputs, or other facts, say `expected`.

    `subject`: dotted path of the figure, unique per fact and code.
    """

    fact_id: UUID
    store_id: UUID
    business_date: date
    code: str
    subject: str
    expected: str | None
    found: str | None


class Odd(Protocol):
    """What somebody found to disagree in a fact."""

    @property
    def code(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def expected(self) -> str | None: ...
    @property
    def found(self) -> str | None: ...


def discrepancy_of(fact: ReceivedFact, odd: Odd) -> Discrepancy:
    """It, of this fact."""
    return Discrepancy(
        fact_id=fact.id,
        store_id=fact.envelope.store_id,
        business_date=fact.business_date,
        code=odd.code,
        subject=odd.subject,
        expected=odd.expected,
        found=odd.found,
    )
