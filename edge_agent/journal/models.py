"""What the journal takes and gives."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct


class NewFact(Struct, frozen=True, kw_only=True):
    """A fact to append. `raw` is what `encode_fact` made; id, type, time, store are read from it.

    `value_minor` in `currency`: what the shop stands to lose with it (a sale's payable, a return's
    negated), for the sync debt.
    """

    raw: bytes
    value_minor: int = 0
    currency: str | None = None


class JournalRow(Struct, frozen=True, kw_only=True):
    """Where a fact came to stand."""

    seq: int
    epoch: int
    fact_id: UUID
    hash: bytes


class Debt(Struct, frozen=True, kw_only=True):
    """What the hub has not acknowledged. `value_minor`: currency → sum."""

    count: int
    value_minor: Mapping[str, int]
    oldest_at: datetime | None


class DeviceState(Struct, frozen=True, kw_only=True):
    """Who writes this journal, and where it stands. `sess` counts the connections ever made."""

    device_id: UUID
    epoch: int
    epoch_base_seq: int
    base_hash: bytes
    head_seq: int
    head_hash: bytes
    acked_seq: int
    acked_hash: bytes
    last_ack_at: datetime | None
    dead_count: int
    sess: int
