"""Figures as people read them."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard import formats
from hub.dashboard.languages import LANGUAGES, load_languages
from protocol.vocabulary.currencies import currency

SPEECH = load_languages()
_MARKS = str.maketrans("", "", "\u200f\u200e\u00a0\u202f")


@pytest.mark.parametrize(
    ("language", "amount_minor", "code", "shown"),
    [
        ("fr", 123_456_750, "DZD", "1234567,50DA"),
        ("fr", -50, "DZD", "-0,50DA"),
        ("ar", 123_450, "DZD", "1.234,50د.ج."),
        ("en", 123_450, "GBP", "£1,234.50"),
        ("en", 1_234_567, "TND", "TND1,234.567"),
        ("fr", 1_234, "XOF", "1234FCFA"),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    language: str, amount_minor: int, code: str, shown: str
) -> None:
    assert formats.money(amount_minor, code, SPEECH[language]).translate(_MARKS) == shown


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(("DZD", "GBP", "TND", "XOF")),
    st.sampled_from(LANGUAGES),
)
def test_money_is_exact_and_in_latin_digits(amount_minor: int, code: str, language: str) -> None:
    shown = formats.money(amount_minor, code, SPEECH[language])
    digits = str(abs(amount_minor)).zfill(currency(code).exponent + 1)
    assert re.sub(r"[^0-9]", "", shown) == digits
    assert ("-" in shown) == (amount_minor < 0)
    assert not re.search("[٠-٩۰-۹]", shown)


def test_an_unknown_currency_is_shown_in_minor_units() -> None:
    assert formats.money(12_345, "XQZ", SPEECH["en"]) == "12,345 XQZ ×10⁻ⁿ"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("2.000"), "2"), (Decimal("0.750"), "0,75"), (1234, "1234"), (Decimal("1E+2"), "100")],
)
def test_quantities_have_no_trailing_zeros(value: Decimal | int, shown: str) -> None:
    assert formats.number(value, SPEECH["fr"]).translate(_MARKS) == shown


def test_times_are_the_stores() -> None:
    instant = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert formats.clock(instant, "Africa/Algiers") == "00:30"
    assert formats.moment(instant, "Africa/Algiers", SPEECH["fr"]) == "21 nov. 2026, 00:30"
    assert formats.day(date(2026, 11, 20), SPEECH["fr"], full=True) == "vendredi 20 novembre 2026"


def test_ages_never_lie_in_the_future() -> None:
    assert formats.ago(timedelta(minutes=3), SPEECH["fr"]) == "il y a 3 minutes"
    assert formats.ago(timedelta(minutes=-3), SPEECH["en"]) == formats.ago(
        timedelta(0), SPEECH["en"]
    )
    assert formats.age(timedelta(hours=5), SPEECH["en"]) == "5 hours"


def test_rates_keep_their_precision() -> None:
    assert formats.rate(190_000, SPEECH["fr"]).translate(_MARKS) == "19%"
    assert formats.rate(55_000, SPEECH["en"]) == "5.5%"
