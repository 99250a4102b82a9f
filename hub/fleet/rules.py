"""What a heartbeat says, kept within what a row can hold: a device may claim anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from protocol.messages.sync import Heartbeat

_MOST = 2**63 - 1
_MOST_CURRENCIES = 16
# The last second of the year 9999.
_LATEST_MS = 253_402_300_799_000


@dataclass(frozen=True, kw_only=True)
class Debt:
    """What a shop has not brought home yet. `value_minor`: currency → minor units."""

    head_seq: int
    acked_seq: int
    count: int
    value_minor: Mapping[str, int]
    oldest_at: datetime | None
    dead_count: int
    disk_free_bytes: int | None


def debt_of(heartbeat: Heartbeat) -> Debt:
    """The heartbeat as a row."""
    oldest_ms = heartbeat.oldest_pending_at_ms
    values = list(heartbeat.pending_value_minor.items())[:_MOST_CURRENCIES]
    free = heartbeat.disk_free_bytes
    return Debt(
        head_seq=_bounded(heartbeat.head),
        acked_seq=_bounded(heartbeat.acked),
        count=_bounded(heartbeat.pending_count),
        value_minor={currency[:3]: _bounded(value) for currency, value in values},
        oldest_at=None
        if oldest_ms is None or not 0 <= oldest_ms <= _LATEST_MS
        else datetime.fromtimestamp(oldest_ms // 1000, UTC),
        dead_count=_bounded(heartbeat.dead_count),
        disk_free_bytes=None if free is None else _bounded(free),
    )


def _bounded(number: int) -> int:
    return max(0, min(number, _MOST))
