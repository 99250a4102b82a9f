"""Two boxes under one name, told from one box that starts again, and from late messages."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.fleet.clones import (
    CLONED,
    HARDWARE_CHANGED,
    RETURNS,
    WITHIN,
    Run,
    Sign,
    heard,
    may_speak,
    sign_of,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Watch:
    """Hears hellos as the hub does."""

    def __init__(self) -> None:
        self.known: dict[str, Run] = {}
        self.at = NOON

    def hello(self, boot: str, sess: int, *, fingerprint: str = "", after_s: float = 60) -> object:
        self.at += timedelta(seconds=after_s)
        before = sorted(self.known.values(), key=lambda run: run.last_at)
        fresh = Run(boot, fingerprint, sess, first_at=self.at, last_at=self.at)
        now = heard(before, fresh)
        self.known[boot] = now
        return sign_of(before, now)


@given(st.lists(st.booleans(), max_size=40))
def test_one_box_that_starts_and_connects_as_it_likes_is_never_two(restarts: list[bool]) -> None:
    watch, run = Watch(), 0
    for sess, again in enumerate(restarts, 1):
        run += again
        assert watch.hello(f"run {run}", sess, fingerprint="pi") is None


@given(st.integers(1, 5), st.integers(1, 5))
def test_one_late_or_doubled_hello_is_no_second_box(late: int, doubled: int) -> None:
    watch = Watch()
    for sess in range(1, late + 2):
        watch.hello("old", sess)
    watch.hello("new", late + 2)
    assert watch.hello("old", late + 2) is None  # was on its way all the time
    for _ in range(doubled):
        assert watch.hello("new", late + 2) is None
    assert watch.hello("new", late + 3) is None


def test_two_that_take_turns_are_two() -> None:
    watch = Watch()
    signs = [watch.hello(box, sess) for sess in (1, 2, 3) for box in ("a", "b")]
    assert signs[: RETURNS + 1] == [None] * (RETURNS + 1)
    assert signs[RETURNS + 1] == Sign(CLONED, "")


def test_turns_too_far_apart_do_not_add_up() -> None:
    watch = Watch()
    turns = [(box, sess) for sess in range(1, 9) for box in ("a", "b")]
    assert not any(watch.hello(*turn, after_s=WITHIN.total_seconds()) for turn in turns)


def test_the_hardware_that_was_first_keeps_the_name() -> None:
    watch = Watch()
    assert watch.hello("a", 1, fingerprint="first") is None
    assert watch.hello("b", 1, fingerprint="copy") == Sign(HARDWARE_CHANGED, "first")
    watch.hello("a", 2, fingerprint="first")
    watch.hello("b", 2, fingerprint="copy")
    assert watch.hello("a", 3, fingerprint="first") == Sign(CLONED, "first")
    assert may_speak("first", "first")
    assert not may_speak("first", "copy")
    assert not may_speak("first", "")


def test_boxes_that_look_alike_are_both_served() -> None:
    assert may_speak("", "")
    assert may_speak("", "anything")
