"""A clock that the test sets."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock:
    """Stands still until told otherwise."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.ticks_ms = 0

    def now(self) -> datetime:
        return self.at

    def monotonic_ms(self) -> int:
        return self.ticks_ms

    def advance(self, by: timedelta) -> None:
        self.at += by
        self.ticks_ms += by // timedelta(milliseconds=1)
