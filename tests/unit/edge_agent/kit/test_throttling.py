from hypothesis import given
from hypothesis import strategies as st

from edge_agent.kit.throttling import Throttle, ThrottleRule, after_wrong, wait_ms

RULE = ThrottleRule(allowed=5)


def test_the_fifth_wrong_guess_costs_a_delay_and_each_further_one_twice_that() -> None:
    throttle, now_ms, waits = Throttle(), 1_000_000, []
    for _ in range(14):
        throttle = after_wrong(throttle, RULE, now_ms=now_ms)
        wait = wait_ms(throttle, RULE, now_ms=now_ms)
        waits.append(wait // 1000)
        now_ms += wait
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_five_minutes_of_quiet_forget() -> None:
    throttle = Throttle()
    for _ in range(4):
        throttle = after_wrong(throttle, RULE, now_ms=0)
    assert after_wrong(throttle, RULE, now_ms=300_000).wrong_count == 5
    assert after_wrong(throttle, RULE, now_ms=300_001).wrong_count == 1


@given(st.lists(st.integers(-(10**14), 10**14), max_size=60))
def test_a_jumping_clock_never_blocks_longer_than_the_longest_delay(times: list[int]) -> None:
    throttle = Throttle()
    for now_ms in times:
        assert 0 <= wait_ms(throttle, RULE, now_ms=now_ms) <= RULE.max_delay_ms
        throttle = after_wrong(throttle, RULE, now_ms=now_ms)
        assert throttle.wrong_count >= 1
