"""The dated table of duties on cash."""

from datetime import date

import pytest

from protocol.checkout.duty import CashDuty, cash_duty_minor
from protocol.errors import Malformed

OLD, NEW = date(2020, 1, 1), date(2025, 1, 1)
TARIFFS = [
    CashDuty("DZD", NEW, above_minor=30_000, tranche_minor=10_000, duty_minor=100),
    CashDuty("DZD", NEW, above_minor=3_000_000, tranche_minor=10_000, duty_minor=150),
    CashDuty(
        "DZD", OLD, above_minor=2_000, tranche_minor=10_000, duty_minor=100, minimum_minor=500
    ),
    CashDuty("TND", OLD, above_minor=0, tranche_minor=10**12, duty_minor=600),
]


@pytest.mark.parametrize(
    ("cash_minor", "on", "duty_minor"),
    [
        (30_000, NEW, 0),  # not above the threshold
        (30_001, NEW, 400),  # a started tranche counts
        (40_000, NEW, 400),
        (3_000_000, NEW, 30_000),
        (3_000_001, NEW, 45_150),  # 301 tranches at the higher row
        (30_000, date(2024, 12, 31), 500),  # the older tariff: three tranches, at least 5.00
        (90_000, date(2024, 12, 31), 900),
        (90_000, date(2019, 12, 31), 0),  # before any tariff
        (0, NEW, 0),
    ],
)
def test_the_tariff_in_force_decides(cash_minor: int, on: date, duty_minor: int) -> None:
    found = cash_duty_minor(cash_minor, currency="DZD", on=on, duties=TARIFFS)
    assert found == duty_minor


def test_other_currencies_have_tariffs_of_their_own() -> None:
    assert cash_duty_minor(1, currency="TND", on=NEW, duties=TARIFFS) == 600
    assert cash_duty_minor(10**9, currency="EUR", on=NEW, duties=TARIFFS) == 0


def test_no_currency_has_a_duty_yet() -> None:
    assert cash_duty_minor(10**9, currency="DZD", on=NEW) == 0


def test_an_absurd_duty_is_malformed() -> None:
    row = CashDuty("DZD", NEW, above_minor=0, tranche_minor=1, duty_minor=2)
    with pytest.raises(Malformed):
        cash_duty_minor(10**12, currency="DZD", on=NEW, duties=[row])
