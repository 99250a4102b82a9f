from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from protocol.documents import amounts
from protocol.errors import Malformed


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "shown"),
    [
        (0, "DZD", "fr", "0,00"),
        (5, "DZD", "ar", "0,05"),
        (123456, "DZD", "fr", "1\u202f234,56"),
        (-123456, "DZD", "ar", "-1\u202f234,56"),
        (10**12, "DZD", "fr", "10\u202f000\u202f000\u202f000,00"),
        (123456, "DZD", "en", "1,234.56"),
        (1234567, "TND", "fr", "1\u202f234,567"),
        (1234567, "JPY", "en", "1,234,567"),
    ],
)
def test_money(amount_minor: int, currency: str, language: str, shown: str) -> None:
    assert amounts.money(amount_minor, currency, language) == shown


def test_a_currency_that_is_not_kept_is_refused() -> None:
    with pytest.raises(Malformed, match="unknown-currency"):
        amounts.money(1, "XYZ", "fr")


def test_symbols() -> None:
    assert amounts.symbol("DZD", "fr") == "DA"
    assert amounts.symbol("DZD", "ar") == "د.ج"
    assert amounts.symbol("CHF", "fr") == "CHF"


def test_quantities_and_rates() -> None:
    assert amounts.quantity(Decimal("0.735"), "fr") == "0,735"
    assert amounts.quantity(Decimal(1200), "en") == "1,200"
    assert amounts.percent(190_000, "fr") == "19\u00a0%"
    assert amounts.percent(55_500, "ar") == "5,55\u00a0%"
    assert amounts.percent(90_000, "en") == "9%"
    assert amounts.percent(55_500, "en") == "5.55%"


def test_days_and_moments_are_the_shops() -> None:
    assert amounts.day(date(2026, 11, 4), "fr") == "04/11/2026"
    assert amounts.day(date(2026, 11, 4), "en") == "2026-11-04"
    midnight = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert amounts.local(midnight, "Africa/Algiers").day == 25
