"""Cursors and limits of lists."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.kit.pages import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    checked_limit,
    decode_cursor,
    encode_cursor,
    page_of,
)
from protocol.errors import Malformed


@given(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(), st.uuids(), st.dates()))
def test_a_cursor_comes_back_as_it_was(key: tuple[int, str, UUID, date]) -> None:
    assert decode_cursor(encode_cursor(key), tuple[int, str, UUID, date]) == key


@given(st.text(min_size=300, max_size=300))
@example("\x01" * 300)
@example("\N{PILE OF POO}" * 300)
def test_a_cursor_behind_the_longest_key_leads_on(text: str) -> None:
    key = (text, UUID(int=1), date(2026, 1, 1))
    assert decode_cursor(encode_cursor(key), tuple[str, UUID, date]) == key


@given(st.text(max_size=2_000))
def test_any_other_word_is_malformed(word: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_cursor(word, tuple[int, UUID])
    assert caught.value.code == "bad-cursor"
    assert "cursor" in caught.value.fields


def test_pages_follow_each_other_to_the_end() -> None:
    rows = list(range(25))
    seen: list[int] = []
    after = -1
    while True:
        fetched = [row for row in rows if row > after][: 10 + 1]
        page = page_of(fetched, 10, lambda row: (row,))
        seen += page.items
        if page.next is None:
            break
        (after,) = decode_cursor(page.next, tuple[int])
    assert seen == rows


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_limits_are_bounded(limit: int) -> None:
    with pytest.raises(Malformed):
        checked_limit(limit)


def test_limits_that_may_be() -> None:
    assert [checked_limit(n) for n in (None, 1, MAX_LIMIT)] == [DEFAULT_LIMIT, 1, MAX_LIMIT]
