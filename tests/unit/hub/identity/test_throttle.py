"""Who may try again, and when."""

from datetime import UTC, datetime

import pytest

from hub.identity.models import Caller
from hub.identity.throttle import SignInThrottle
from protocol.errors import Throttled


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


HERE, THERE = Caller(address="192.0.2.1"), Caller(address="192.0.2.2")


def test_ten_failures_at_one_address_close_it_for_that_person() -> None:
    clock = HandClock()
    throttle = SignInThrottle(clock)
    for _ in range(10):
        throttle.check("a@b", HERE)
        throttle.failed("a@b", HERE)
    with pytest.raises(Throttled) as caught:
        throttle.check("a@b", HERE)
    throttle.check("a@b", THERE)
    throttle.check("c@b", HERE)
    clock.seconds = caught.value.retry_after_s + 1
    throttle.check("a@b", HERE)


def test_success_forgives_that_person_there() -> None:
    throttle = SignInThrottle(HandClock())
    for _ in range(3):
        for _ in range(9):
            throttle.failed("a@b", HERE)
        throttle.succeeded("a@b", HERE)
        throttle.check("a@b", HERE)


def test_many_addresses_do_not_help_against_one_person() -> None:
    throttle = SignInThrottle(HandClock())
    for number in range(50):
        throttle.failed("a@b", Caller(address=f"192.0.2.{number}"))
    with pytest.raises(Throttled):
        throttle.check("a@b", Caller(address="fresh"))


def test_many_persons_do_not_help_one_address() -> None:
    throttle = SignInThrottle(HandClock())
    for number in range(100):
        throttle.failed(f"{number}@b", HERE)
    with pytest.raises(Throttled):
        throttle.check("fresh@b", HERE)
