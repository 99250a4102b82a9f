"""The tables of words agree, are used, and a paper always has a language."""

import re
from pathlib import Path
from string import Formatter

import pytest

import protocol.documents
from protocol.documents.layout import isolated
from protocol.documents.wording import TABLES, wording

SOURCES = Path(protocol.documents.__file__).parent
BUILT = (
    "credit_note",
    "exempt",
    "tender_",
    "unit_",
    "in_words_",
    "line_discount",
    "ticket_discount",
)


def marks(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


@pytest.mark.parametrize("language", TABLES)
def test_every_language_says_the_same_things(language: str) -> None:
    french = TABLES["fr"]
    table = TABLES[language]
    assert table.keys() == french.keys()
    assert {key: marks(phrase) for key, phrase in table.items()} == {
        key: marks(phrase) for key, phrase in french.items()
    }
    assert all(phrase.strip() for phrase in table.values())


def test_no_word_is_kept_for_nothing() -> None:
    code = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    said = set(re.findall(r'"([a-z0-9_]+)"', code))
    assert {key for key in TABLES["fr"] if not key.startswith(BUILT)} - said == set()


@pytest.mark.parametrize(
    ("languages", "spoken"),
    [
        (["fr"], ("fr",)),
        (["ar", "fr"], ("ar", "fr")),
        (["fr", "fr"], ("fr",)),
        (["fr", "ar", "en"], ("fr", "ar")),
        (["tlh", "en"], ("en",)),
        (["tlh"], ("fr",)),
        ([], ("fr",)),
    ],
)
def test_an_unknown_language_is_passed_over(languages: list[str], spoken: tuple[str, ...]) -> None:
    assert wording(languages, currency="DZD").languages == spoken


def test_two_languages_stand_beside_each_other() -> None:
    words = wording(["fr", "ar"], currency="DZD")
    assert words.say("total") == f"Total / {isolated('المجموع', rtl=True)}"
    assert words.with_currency("total") == f"Total (DA) / {isolated('المجموع (د.ج)', rtl=True)}"
    assert not words.rtl
    turned = wording(["ar", "fr"], currency="DZD")
    assert turned.rtl
    assert turned.say("total") == f"المجموع / {isolated('Total', rtl=False)}"
    assert wording(["fr", "en"], currency="DZD").say("total") == "Total"
    assert wording(["fr", "en"], currency="DZD").say("date", at=1) == "Date"


def test_a_value_keeps_its_direction_in_an_arabic_phrase() -> None:
    said = wording(["ar"], currency="DZD").say("exempt_by", number="2026/17-A")
    assert isolated("2026/17-A", rtl=False) in said


def test_what_has_no_word_is_said_as_it_is() -> None:
    words = wording(["ar"], currency="DZD")
    assert words.named("tender", "cash") == "نقدا"
    assert words.named("tender", "ticket resto") == "ticket resto"
    assert words.unit("kg") == "كغ"
    assert words.unit("fathom") == "fathom"
    assert words.once("number") == "رقم"
