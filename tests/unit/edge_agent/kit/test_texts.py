"""A text that a person is to read shows something."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.kit.texts import require_visible


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\t\n", "\u00a0\u2003", "\u202e\u202e", "\u200b", "\u200f \u200e"),
        *("\u2066\u2069", "\x07", "\ufeff", "\u0301", "\u3164", "\u2800", "\u00ad", "\ue000"),
    ],
)
def test_what_nobody_sees_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="can be seen"):
        require_visible(text)


@pytest.mark.parametrize("text", ["a", " 7 ", "-", "حليب", "\u202bخبز\u202c", "牛", "€", "🥖", "é"])
def test_what_somebody_sees_stands_as_it_is(text: str) -> None:
    assert require_visible(text) == text
    assert require_visible(unicodedata.normalize("NFD", text))


@given(st.text(), st.characters(categories=["L", "N"], max_codepoint=0x1000))
def test_one_letter_is_enough(text: str, letter: str) -> None:
    assert require_visible(text + letter) == text + letter
