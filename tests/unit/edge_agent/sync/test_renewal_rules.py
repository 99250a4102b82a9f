"""When to renew, with which pair to connect: every situation."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.sync.renewal_rules import (
    SPREAD_PPM,
    Situation,
    Validity,
    due_at,
    next_step,
    pair_for,
    trusted_now,
)
from tests.unit.edge_agent.clock import START

DAY = timedelta(days=1)
HELD = Validity(not_before=START - DAY, not_after=START + 89 * DAY)
YOUNG = Validity(not_before=START + 59 * DAY, not_after=START + 150 * DAY)


def seen(days: float, **more: object) -> Situation:
    fields: dict[str, object] = {
        "now": START + days * DAY,
        "held": HELD,
        "waiting": None,
        "welcomed": False,
        "with_next": False,
        "asked": False,
        "rested": True,
        "spread_ppm": 0,
    }
    return Situation(**{**fields, **more})  # type: ignore[arg-type]


@given(spread_ppm=st.integers(0, SPREAD_PPM))
def test_it_is_due_at_two_thirds_and_never_all_at_once(spread_ppm: int) -> None:
    at = due_at(HELD, spread_ppm=spread_ppm)
    first, last = START - DAY + 59.4 * DAY, START - DAY + 63.9 * DAY
    assert first <= at <= last


@pytest.mark.parametrize(
    ("situation", "step"),
    [
        (seen(0), "rest"),
        (seen(58), "rest"),
        (seen(59), "obtain"),
        (seen(200), "obtain"),
        (seen(0, asked=True), "obtain"),
        (seen(59, rested=False), "rest"),
        (seen(0, asked=True, rested=False), "obtain"),
        (seen(60, waiting=YOUNG), "rest"),
        (seen(60, waiting=YOUNG, asked=True), "prove"),
        (seen(60, waiting=YOUNG, welcomed=True), "prove"),
        (seen(60, waiting=YOUNG, welcomed=True, rested=False), "rest"),
        (seen(60, waiting=YOUNG, with_next=True), "rest"),
        (seen(60, waiting=YOUNG, with_next=True, welcomed=True), "promote"),
        (seen(60, waiting=HELD), "drop"),
        (seen(60, waiting=HELD, with_next=True, welcomed=True), "promote"),
    ],
)
def test_what_is_done_when(situation: Situation, step: str) -> None:
    assert next_step(situation) == step


def test_old_and_new_pair_take_turns_until_one_is_welcomed() -> None:
    choices, last_was_next = [], False
    for _ in range(4):
        choice = pair_for(waiting=True, last_was_next=last_was_next)
        last_was_next = choice == "next"
        choices.append(choice)
    assert choices == ["next", "current", "next", "current"]
    assert pair_for(waiting=False, last_was_next=False) == "current"


@given(clock=st.datetimes(), floor=st.none() | st.datetimes())
def test_the_time_is_never_before_what_is_known(clock: datetime, floor: datetime | None) -> None:
    now = trusted_now(clock, floor)
    assert now >= clock
    assert floor is None or now >= floor
