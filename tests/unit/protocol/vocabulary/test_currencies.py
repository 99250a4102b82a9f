"""Currencies as data, and amounts as text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.vocabulary.currencies import (
    CASH_STEPS,
    Currency,
    cash_step_minor,
    currency,
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
