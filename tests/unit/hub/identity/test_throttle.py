"""Who may try again, and when."""

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from hub.identity.models import Caller
from hub.identity.throttle import SignInThrottle
from protocol.errors import Throttled, Unauthenticated


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


HERE, THERE = Caller(address="192.0.2.1"), Caller(address="192.0.2.2")


def right(throttle: SignInThrottle, email: str, caller: Caller) -> None:
    with throttle.attempt(email, caller):
        pass


def wrong(throttle: SignInThrottle, email: str, caller: Caller) -> None:
    with pytest.raises(Unauthenticated), throttle.attempt(email, caller):
        raise Unauthenticated("wrong-credentials", "")


def refused(throttle: SignInThrottle, email: str, caller: Caller) -> Throttled:
    with pytest.raises(Throttled) as caught, throttle.attempt(email, caller):
        pass
    return caught.value


def test_ten_failures_at_one_address_close_it_for_that_person() -> None:
    clock = HandClock()
    throttle = SignInThrottle(clock)
    for _ in range(10):
        wrong(throttle, "a@b", HERE)
    wait_s = refused(throttle, "a@b", HERE).retry_after_s
    right(throttle, "a@b", THERE)
    right(throttle, "c@b", HERE)
    clock.seconds = wait_s + 1
    right(throttle, "a@b", HERE)


def test_ten_attempts_at_once_are_all_there_are() -> None:
    """Whatever becomes of them: as long as they are looked at, they count."""
    throttle = SignInThrottle(HandClock())
    with ExitStack() as under_way:
        for _ in range(10):
            under_way.enter_context(throttle.attempt("a@b", HERE))
        refused(throttle, "a@b", HERE)
        right(throttle, "a@b", THERE)
    right(throttle, "a@b", HERE)


def test_success_forgives_that_person_there() -> None:
    throttle = SignInThrottle(HandClock())
    for _ in range(3):
        for _ in range(9):
            wrong(throttle, "a@b", HERE)
        right(throttle, "a@b", HERE)


def test_many_addresses_do_not_help_against_one_person() -> None:
    throttle = SignInThrottle(HandClock())
    for number in range(50):
        wrong(throttle, "a@b", Caller(address=f"192.0.2.{number}"))
    refused(throttle, "a@b", Caller(address="fresh"))


def test_many_persons_do_not_help_one_address() -> None:
    throttle = SignInThrottle(HandClock())
    for number in range(100):
        wrong(throttle, f"{number}@b", HERE)
    refused(throttle, "fresh@b", HERE)
