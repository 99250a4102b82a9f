"""Exact quantities per unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.vocabulary.quantity import (
    MAX_QUANTITY,
    UNIT_SCALES,
    format_quantity,
    parse_quantity,
    unit_scale,
)
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors


@pytest.mark.parametrize("vector", vectors("quantity", "parse_quantity"))
def test_parse_quantity_vectors(vector: Vector) -> None:
    check(vector, lambda quantity, unit: format_quantity(parse_quantity(quantity, unit)))


@given(st.sampled_from(sorted(UNIT_SCALES)), st.data())
def test_quantities_survive_being_written_and_read(unit: str, draw: st.DataObject) -> None:
    scale = unit_scale(unit)
    steps = draw.draw(st.integers(-MAX_QUANTITY, MAX_QUANTITY))
    quantity = Decimal(steps).scaleb(-scale)
    parsed = parse_quantity(quantity, unit)
    assert parsed == quantity
    assert parse_quantity(format_quantity(parsed), unit) == parsed
    assert str(parsed) == format_quantity(parsed)


@pytest.mark.parametrize("quantity", ["1E+2", "NaN", "Infinity", "-Infinity", "1E-9"])
def test_decimals_in_other_notations_are_malformed(quantity: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_quantity(Decimal(quantity), "kg")
    assert refusal.value.code == "quantity-not-a-number"


@pytest.mark.parametrize(
    ("quantity", "text"), [("1E+2", "100"), ("1.500", "1.5"), ("-0.00", "0"), ("-0", "0")]
)
def test_any_finite_decimal_is_written_plainly(quantity: str, text: str) -> None:
    assert format_quantity(Decimal(quantity)) == text
