from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.stock.rules import (
    Movement,
    MovementLine,
    from_micro,
    stock_lines,
    sum_deltas,
    to_micro,
)
from edge_agent.stock.schemas import read_quantity
from protocol.errors import Malformed
from protocol.vocabulary.quantity import format_quantity

MILK, CHEESE = UUID(int=1), UUID(int=2)
UNITS = {MILK: "piece", CHEESE: "kg"}


@given(st.integers(-(10**15), 10**15))
def test_millionths_lose_nothing(micro: int) -> None:
    quantity = from_micro(micro)
    assert to_micro(quantity) == micro
    assert str(quantity) == format_quantity(quantity)


def test_one_product_on_two_lines_is_one_delta() -> None:
    moves = [(MILK, Decimal(2)), (CHEESE, Decimal("0.25")), (MILK, Decimal(-3))]
    assert sum_deltas(moves) == {MILK: -1_000_000, CHEESE: 250_000}


def movement(*lines: tuple[UUID, str]) -> Movement:
    return Movement(
        id=UUID(int=9),
        kind="adjustment",
        reason="count",
        lines=[MovementLine(product_id=p, quantity=Decimal(q)) for p, q in lines],
    )


def test_lines_are_numbered_in_their_units() -> None:
    lines = stock_lines(movement((MILK, "-2"), (CHEESE, "0.125")), UNITS)
    assert [(one.line_no, one.quantity, one.unit) for one in lines] == [
        (1, Decimal(-2), "piece"),
        (2, Decimal("0.125"), "kg"),
    ]


@pytest.mark.parametrize(
    ("moved", "code", "field"),
    [
        (movement((UUID(int=3), "1")), "unknown-product", "lines.0.product_id"),
        (movement((MILK, "1"), (CHEESE, "0")), "wrong-quantity", "lines.1.quantity"),
        (movement((MILK, "0.5")), "wrong-quantity", "lines.0.quantity"),
    ],
)
def test_what_is_refused_names_the_field(moved: Movement, code: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        stock_lines(moved, UNITS)
    assert caught.value.code == code
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1", "1"),
        ("1.0", "1"),
        (1, "1"),
        (2.0, "2"),
        ("-0.250", "-0.25"),
        ("-0", "0"),
        ("007", "7"),
    ],
)
def test_one_quantity_may_be_written_in_many_ways(written: object, meant: str) -> None:
    assert str(read_quantity(written)) == meant


@pytest.mark.parametrize("written", [True, 1.5, "1e3", "", "NaN", " 1", None, [], "1.", "٣", 1e30])
def test_what_is_no_quantity_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="quantity"):
        read_quantity(written)
