"""Counting failures: just long enough, in bounded memory, per network and not per address."""

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.kit.throttle import Allowance, Throttle, network_of, wait_s
from protocol.errors import Throttled


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


def test_the_tightest_key_decides_and_says_how_long() -> None:
    clock = HandClock()
    throttle = Throttle(clock)
    keys = {"one": Allowance(2, 60), "all": Allowance(100, 600)}
    for _ in range(2):
        throttle.check(keys)
        throttle.failed(keys)
    with pytest.raises(Throttled) as caught:
        throttle.check(keys)
    assert caught.value.retry_after_s == 60
    throttle.check({"all": Allowance(100, 600)})
    clock.seconds = 61
    throttle.check(keys)


def test_what_is_forgiven_counts_no_more() -> None:
    throttle = Throttle(HandClock())
    keys = {"one": Allowance(1, 60)}
    throttle.failed(keys)
    throttle.forgive("one")
    throttle.check(keys)


def test_attempts_under_way_count_and_only_wrong_ones_stay() -> None:
    clock = HandClock()
    throttle = Throttle(clock)
    keys = {"one": Allowance(2, 60), "all": Allowance(100, 600)}
    with ExitStack() as under_way:
        for _ in range(2):
            under_way.enter_context(throttle.attempt(keys, wrong=(KeyError,)))
        with pytest.raises(Throttled):
            under_way.enter_context(throttle.attempt(keys, wrong=(KeyError,)))
    for error in (OSError, KeyError, KeyError):
        clock.seconds += 1
        with pytest.raises(error), throttle.attempt(keys, wrong=(KeyError,)):
            raise error
    with pytest.raises(Throttled):
        throttle.check(keys)


def test_giving_back_what_was_forgiven_meanwhile_changes_nothing() -> None:
    throttle = Throttle(HandClock())
    keys = {"one": Allowance(1, 60)}
    with throttle.attempt(keys, wrong=()):
        throttle.forgive("one")
    throttle.check(keys)


def test_memory_is_bounded_and_a_key_in_use_stays() -> None:
    throttle = Throttle(HandClock(), most_keys=30)
    everyone = {"everyone": Allowance(100, 300)}
    for number in range(100):
        throttle.failed({f"stranger {number}": Allowance(1, 300), **everyone})
    assert throttle.key_count == 30
    with pytest.raises(Throttled):
        throttle.check(everyone)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_sender_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@given(
    st.lists(st.integers(0, 100_000), max_size=30).map(sorted),
    st.integers(100_000, 200_000),
    st.integers(1, 5),
)
def test_the_wait_is_just_long_enough(failures: list[int], now_ms: int, attempts: int) -> None:
    allowance = Allowance(attempts, 60)
    wait = wait_s(failures, allowance=allowance, now_ms=now_ms)
    recent = [at for at in failures if at > now_ms - 60_000]
    assert (wait > 0) == (len(recent) >= attempts)
    later = now_ms + wait * 1000 + 1000
    assert wait == 0 or wait_s(failures, allowance=allowance, now_ms=later) == 0
    assert wait <= 60
