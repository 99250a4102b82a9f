import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.layout import UNPRINTABLE, isolated, printable, unisolated


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café 1,50 €", "Café 1,50 €"),
        ("1\u202f234\u00a0DA", "1\u202f234\u00a0DA"),
        ("a\tb\r\nc\u2028d", "a b  c d"),
        ("a\x00b\x1bc\x7f", f"a{UNPRINTABLE}b{UNPRINTABLE}c{UNPRINTABLE}"),
        ("\u202eABC", f"{UNPRINTABLE}ABC"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ue000\U000e0041", UNPRINTABLE * 2),
        ("\u2067أب\u2069", "\u2067أب\u2069"),
        ("\u2067أب", f"{UNPRINTABLE}أب"),
        ("أب\u2069", f"أب{UNPRINTABLE}"),
        ("\u2066a\u2067b\u2069", f"{UNPRINTABLE}a\u2067b\u2069"),
    ],
)
def test_what_shows_nothing_is_marked(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(text=st.text())
def test_every_character_stays_or_is_marked(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert printable(shown) == shown


def test_a_phrase_keeps_to_itself() -> None:
    assert isolated("أب", rtl=True) == "\u2067أب\u2069"
    assert isolated("ab", rtl=False) == "\u2066ab\u2069"
    assert unisolated("\u2066ab\u2069 é") == "ab é"
    assert unisolated("ab") == "ab"
