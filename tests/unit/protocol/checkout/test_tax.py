"""Regimes, rates and exemptions by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.basket import PPM
from protocol.checkout.pricing import tax_on
from protocol.checkout.tax import (
    LineTax,
    RatePoint,
    RegimeKind,
    RegimePoint,
    line_tax,
    rate_on,
    regime_on,
    without_tax,
)
from protocol.errors import Malformed

OLD, NEW = date(2017, 1, 1), date(2026, 1, 1)
BEFORE = OLD - timedelta(days=1)
SCHEDULE = [
    RatePoint(valid_from=OLD, rate_ppm=170_000),
    RatePoint(valid_from=NEW, rate_ppm=190_000),
]
REGIMES = [RegimePoint(valid_from=OLD, kind="ifu"), RegimePoint(valid_from=NEW, kind="reel")]


def charged(on: date, *, regime: RegimeKind = "reel", exempt_customer: bool = False) -> LineTax:
    return line_tax("tva", SCHEDULE, on=on, regime=regime, exempt_customer=exempt_customer)


def test_the_rate_of_the_day_counts() -> None:
    assert charged(NEW) == LineTax(tax_id="tva", rate_ppm=190_000, treatment="taxed")
    assert charged(NEW - timedelta(days=1)).rate_ppm == 170_000


def test_a_day_without_a_rate_is_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        charged(BEFORE)
    assert refusal.value.code == "no-tax-rate-on-day"
    assert "tva" in refusal.value.fields["tax_id"]
    with pytest.raises(Malformed):
        rate_on([], NEW, tax_id="tva")


def test_an_exempt_customer_pays_none_and_it_is_called_exempt() -> None:
    assert charged(NEW, exempt_customer=True) == LineTax(
        tax_id="tva", rate_ppm=0, treatment="exempt"
    )


def test_exempt_goods_are_not_goods_at_zero_percent() -> None:
    for exempt, treatment in ((True, "exempt"), (False, "taxed")):
        schedule = [RatePoint(valid_from=OLD, rate_ppm=0, exempt=exempt)]
        found = line_tax("milk", schedule, on=NEW, regime="reel", exempt_customer=False)
        assert (found.rate_ppm, found.treatment) == (0, treatment)


def test_under_ifu_no_tax_exists_on_any_day() -> None:
    for on in (BEFORE, NEW):
        for exempt in (False, True):
            found = charged(on, regime="ifu", exempt_customer=exempt)
            assert found == LineTax(tax_id="tva", rate_ppm=0, treatment="outside")


def test_the_regime_of_the_day_counts() -> None:
    assert regime_on(REGIMES, OLD) == "ifu"
    assert regime_on(REGIMES, NEW) == "reel"
    assert regime_on([], BEFORE) == "reel"


def test_a_day_without_a_regime_is_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        regime_on(REGIMES, BEFORE)
    assert refusal.value.code == "no-regime-on-day"
    assert list(refusal.value.fields) == ["regimes"]


@pytest.mark.parametrize(
    ("price", "rate", "net"), [(119_00, 190_000, 100_00), (1, 190_000, 1), (100, 10**6, 50)]
)
def test_an_exempt_customer_pays_the_price_without_its_tax(price: int, rate: int, net: int) -> None:
    assert without_tax(price, rate) == net


@given(st.integers(0, 10**12), st.integers(0, 10 * PPM))
def test_what_is_taken_out_is_the_tax_that_a_ticket_would_show(price: int, rate: int) -> None:
    shown = tax_on(("t", rate, "taxed"), price, included=True)
    assert without_tax(price, rate) == shown.base_minor
