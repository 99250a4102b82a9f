"""Dated rows."""

from datetime import date
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from protocol.vocabulary.dated import in_force


class Row(NamedTuple):
    valid_from: date
    word: str


ROWS = [
    Row(date(2025, 1, 1), "new"),
    Row(date(2020, 1, 1), "old"),
    Row(date(2025, 1, 1), "corrected"),
]


def test_the_latest_row_that_has_begun_holds() -> None:
    assert in_force(ROWS, date(2024, 12, 31)) == ROWS[1]
    assert in_force(ROWS, date(2020, 1, 1)) == ROWS[1]


def test_of_two_rows_of_one_day_the_later_in_the_list_holds() -> None:
    assert in_force(ROWS, date(2025, 1, 1)) == ROWS[2]
    assert in_force(ROWS[::-1], date(2025, 1, 1)) == ROWS[0]


def test_nothing_holds_before_the_first_row() -> None:
    assert in_force(ROWS, date(2019, 12, 31)) is None
    assert in_force([], date(2025, 1, 1)) is None


@given(st.lists(st.dates(), min_size=1), st.dates())
def test_no_begun_row_is_later_than_the_one_in_force(days: list[date], on: date) -> None:
    found = in_force([Row(day, "") for day in days], on)
    begun = [day for day in days if day <= on]
    assert (found.valid_from if found else None) == (max(begun) if begun else None)
