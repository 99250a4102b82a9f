from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.kit.clock import SystemClock, from_unix_ms, unix_ms


@given(st.integers(-(10**13), 10**13))
def test_milliseconds_and_back(at_ms: int) -> None:
    assert unix_ms(from_unix_ms(at_ms)) == at_ms


def test_the_zone_does_not_matter() -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    assert from_unix_ms(unix_ms(at)) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_the_system_clock_is_utc_and_steady() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic_ms() <= clock.monotonic_ms()
