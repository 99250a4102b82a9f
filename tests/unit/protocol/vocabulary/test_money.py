"""Exact integer money."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.vocabulary.money import (
    MAX_AMOUNT_MINOR,
    allocate,
    checked,
    multiply,
    round_half_away,
)
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors

AMOUNTS = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)
WEIGHTS = st.lists(st.integers(0, MAX_AMOUNT_MINOR), min_size=1, max_size=40)


@pytest.mark.parametrize("vector", vectors("money", "round_half_away"))
def test_round_half_away_vectors(vector: Vector) -> None:
    check(
        vector,
        lambda numerator, denominator: str(round_half_away(int(numerator), int(denominator))),
    )


@pytest.mark.parametrize("vector", vectors("money", "multiply"))
def test_multiply_vectors(vector: Vector) -> None:
    check(vector, lambda quantity, unit_price_minor: multiply(Decimal(quantity), unit_price_minor))


@pytest.mark.parametrize("vector", vectors("money", "allocate"))
def test_allocate_vectors(vector: Vector) -> None:
    check(vector, allocate)


@given(st.integers(), st.integers(min_value=1))
def test_rounding_is_the_nearest_integer_and_symmetric(numerator: int, denominator: int) -> None:
    rounded = round_half_away(numerator, denominator)
    distance = abs(Fraction(numerator, denominator) - rounded)
    assert distance <= Fraction(1, 2)
    assert rounded == -round_half_away(-numerator, denominator)
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(numerator, denominator))


@given(AMOUNTS, WEIGHTS)
def test_allocation_sums_exactly_and_stays_within_one_of_fair(
    total: int, weights: list[int]
) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    shares = weights if any(weights) else [1] * len(weights)
    for part, share in zip(parts, shares, strict=True):
        assert abs(Fraction(total * share, sum(shares)) - part) < 1
        assert part == 0 or share > 0


@given(WEIGHTS, st.data())
def test_allocating_no_more_than_the_weights_exceeds_none(
    weights: list[int], draw: st.DataObject
) -> None:
    total = draw.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    if any(weights):
        assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, MAX_AMOUNT_MINOR), st.lists(st.integers(1, 999), min_size=1, max_size=20))
def test_the_largest_remainders_are_served_first(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    served: list[tuple[int, int]] = []
    passed_over: list[tuple[int, int]] = []
    for index, part in enumerate(allocate(total, weights)):
        floor, remainder = divmod(total * weights[index], whole)
        assert part - floor in (0, 1)
        (served if part > floor else passed_over).append((-remainder, index))
    assert max(served, default=(-whole, 0)) < min(passed_over, default=(0, len(weights)))


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_whole_quantities_multiply_without_rounding(quantity: int, price: int) -> None:
    assert multiply(Decimal(quantity), price) == quantity * price


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-sNaN", "1e999999", "1e-999999"])
def test_absurd_quantities_are_malformed_not_slow(quantity: str) -> None:
    with pytest.raises(Malformed) as refusal:
        multiply(Decimal(quantity), 1)
    assert refusal.value.code == "quantity-not-a-number"


@pytest.mark.parametrize("amount", [MAX_AMOUNT_MINOR, -MAX_AMOUNT_MINOR, 0])
def test_amounts_within_the_bound_pass(amount: int) -> None:
    assert checked(amount) == amount


@pytest.mark.parametrize("amount", [MAX_AMOUNT_MINOR + 1, -MAX_AMOUNT_MINOR - 1])
def test_amounts_beyond_the_bound_are_malformed(amount: int) -> None:
    with pytest.raises(Malformed):
        checked(amount)
