"""How wrong guesses are slowed down. Pure: the state comes and goes as a value.

Law: a clock that jumps never blocks longer than the longest delay.
"""

from msgspec import Struct


class ThrottleRule(Struct, frozen=True, kw_only=True):
    """From the `allowed`th wrong guess on, each one costs a delay that doubles. Wrong guesses count
    together until a `window_ms` without any has passed."""

    allowed: int
    window_ms: int = 300_000
    first_delay_ms: int = 30_000
    max_delay_ms: int = 3_600_000


class Throttle(Struct, frozen=True, kw_only=True):
    """What is remembered of wrong guesses; times in Unix milliseconds."""

    wrong_count: int = 0
    last_wrong_at_ms: int = 0
    blocked_until_ms: int = 0


def wait_ms(throttle: Throttle, rule: ThrottleRule, *, now_ms: int) -> int:
    """How long no guess is taken; 0 = now."""
    return max(0, min(throttle.blocked_until_ms - now_ms, rule.max_delay_ms))


def after_wrong(throttle: Throttle, rule: ThrottleRule, *, now_ms: int) -> Throttle:
    """The state after one more wrong guess."""
    quiet_since_ms = max(throttle.last_wrong_at_ms, throttle.blocked_until_ms)
    forgotten = now_ms - quiet_since_ms > rule.window_ms
    wrong_count = 1 if forgotten else throttle.wrong_count + 1
    over = wrong_count - rule.allowed
    delay_ms = 0 if over < 0 else min(rule.first_delay_ms << min(over, 30), rule.max_delay_ms)
    return Throttle(
        wrong_count=wrong_count, last_wrong_at_ms=now_ms, blocked_until_ms=now_ms + delay_ms
    )
