"""Time as a thing that is handed in, so that rules and tests never ask the machine."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the agent's time comes from."""

    def now(self) -> datetime:
        """The wall clock, in UTC, aware. It may jump, even backwards: never an order."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds that never go backwards, from no particular start."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """The machine's wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        """The machine's steady clock."""
        return time.monotonic_ns() // 1_000_000


def unix_ms(at: datetime) -> int:
    """An aware time as milliseconds since 1970, the form in which SQLite keeps it."""
    return (at - _EPOCH) // _MILLISECOND


def from_unix_ms(at_ms: int) -> datetime:
    """The UTC time of `unix_ms`."""
    return _EPOCH + at_ms * _MILLISECOND


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = datetime.resolution * 1000
