"""Currencies as data, and amounts as text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.vocabulary.currencies import (
    CASH_STEPS,
    DENOMINATIONS,
    DENOMINATIONS_MINOR,
    CashStep,
    Currency,
    cash_step_minor,
    currency,
    denominations_minor,
    format_amount,
    parse_amount,
)
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors


@pytest.mark.parametrize("vector", vectors("amounts", "parse_amount"))
def test_parse_amount_vectors(vector: Vector) -> None:
    check(vector, lambda text, currency: parse_amount(text, currency))


@pytest.mark.parametrize("vector", vectors("amounts", "format_amount"))
def test_format_amount_vectors(vector: Vector) -> None:
    check(vector, lambda amount_minor, currency: format_amount(amount_minor, currency))


@pytest.mark.parametrize("vector", vectors("amounts", "cash_step_minor"))
def test_cash_step_vectors(vector: Vector) -> None:
    check(vector, lambda currency, on: cash_step_minor(currency, date.fromisoformat(on)))


@given(
    st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR), st.sampled_from(["DZD", "TND", "JPY", "GBP"])
)
def test_amounts_survive_being_written_and_read(amount: int, code: str) -> None:
    assert parse_amount(format_amount(amount, code), code) == amount


@pytest.mark.parametrize(
    ("code", "exponent"), [("DZD", 2), ("TND", 3), ("JPY", 0), ("KWD", 3), ("XOF", 0), ("CHF", 2)]
)
def test_exponents_are_iso_4217s(code: str, exponent: int) -> None:
    assert currency(code) == Currency(code, exponent)


def test_cash_steps_are_sound_rows() -> None:
    assert len({(row.currency, row.valid_from) for row in CASH_STEPS}) == len(CASH_STEPS)
    for row in CASH_STEPS:
        assert currency(row.currency).code == row.currency
        assert row.step_minor > 1


def test_a_shop_may_have_steps_of_its_own() -> None:
    rows = [CashStep("DZD", date(2026, 1, 1), 1000), CashStep("EUR", date(2020, 1, 1), 5)]
    assert cash_step_minor("DZD", date(2026, 1, 1), rows) == 1000
    assert cash_step_minor("DZD", date(2025, 12, 31), rows) == 1
    assert cash_step_minor("EUR", date(2026, 1, 1), rows) == 5


def test_dinars_have_the_coins_and_notes_of_practice() -> None:
    [dinar] = [row for row in DENOMINATIONS if row.currency == "DZD"]
    assert dinar.coins_minor == (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
    assert dinar.notes_minor == (20_000, 50_000, 100_000, 200_000)
    assert dinar.verify
    assert denominations_minor("DZD") == (
        *(100, 200, 500, 1000, 2000, 5000, 10_000, 20_000),
        *(50_000, 100_000, 200_000),
    )


def test_a_currency_without_a_list_has_no_denominations() -> None:
    assert denominations_minor("ISK") == ()
    with pytest.raises(Malformed):
        denominations_minor("ZZZ")


def test_denominations_are_sound_rows() -> None:
    assert len(DENOMINATIONS) == len(DENOMINATIONS_MINOR)
    for row in DENOMINATIONS:
        for pieces in (row.coins_minor, row.notes_minor):
            assert list(pieces) == sorted(set(pieces))
            assert all(piece > 0 for piece in pieces)
        assert row.notes_minor


def test_what_is_in_circulation_can_pay_every_cash_step() -> None:
    """Some denominations may be finer than the step, and the step is never finer than all."""
    for row in CASH_STEPS:
        step = cash_step_minor(row.currency, date(2026, 11, 24))
        assert min(denominations_minor(row.currency)) <= step
