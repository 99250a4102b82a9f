"""The moving average: by hand, and that nothing is lost in any order of arrival."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.costing import (
    Costing,
    CostMovement,
    Margin,
    MovementCost,
    cost_movements,
    margin,
)
from protocol.errors import Malformed

START = datetime(2026, 11, 1, tzinfo=UTC)


def moved(number: int, quantity: str, cost: int | None = None) -> CostMovement:
    """The `number`th movement, an hour after the one before."""
    return CostMovement(
        movement_id=UUID(int=number),
        occurred_at=START + timedelta(hours=number),
        quantity=Decimal(quantity),
        cost_minor=cost,
    )


def costs(found: Costing) -> list[tuple[int, str, int]]:
    return [(each.cost_minor, each.basis, each.correction_minor) for each in found.movements]


def on_hand(found: Costing) -> tuple[str, int, int | None]:
    return str(found.quantity), found.value_minor, found.unit_cost_minor


def test_what_goes_out_leaves_at_the_average() -> None:
    """10 at 1.00 and 10 at 2.00: 1.50 each."""
    found = cost_movements([moved(1, "10", 1000), moved(2, "10", 2000), moved(3, "-5")])
    assert costs(found)[-1] == (750, "average", 0)
    assert on_hand(found) == ("15", 2250, 150)


def test_the_last_piece_takes_the_odd_cent() -> None:
    """Three for 1.00."""
    pieces = [moved(number, "-1") for number in (2, 3, 4)]
    found = cost_movements([moved(1, "3", 100), *pieces])
    assert [cost for cost, _, _ in costs(found)[1:]] == [33, 34, 33]
    assert on_hand(found) == ("0", 0, 33)


def test_a_late_receipt_is_reckoned_in_its_place() -> None:
    late = moved(2, "10", 3000)
    others = [moved(1, "10", 1000), moved(3, "-10")]
    assert costs(cost_movements(others))[-1] == (1000, "average", 0)
    assert costs(cost_movements([*others, late]))[-1] == (2000, "average", 0)


def test_short_of_stock_the_last_cost_is_used_and_marked() -> None:
    """2 at 1.00 are there, 5 go out: the other 3 cost 1.00 too, for now."""
    found = cost_movements([moved(1, "2", 200), moved(2, "-5")])
    assert costs(found)[-1] == (500, "last", 0)
    assert on_hand(found) == ("-3", -300, 100)


def test_what_the_shortage_really_cost_is_a_correction() -> None:
    """The 3 short were booked at 1.00 each and really cost 1.20; 7 remain at 1.20."""
    found = cost_movements([moved(1, "2", 200), moved(2, "-5"), moved(3, "10", 1200)])
    assert costs(found)[-1] == (1200, "given", 60)
    assert on_hand(found) == ("7", 840, 120)


def test_a_shortage_may_outlast_a_receipt() -> None:
    """Then its cost is the last known."""
    some = [moved(1, "1", 100), moved(2, "-5"), moved(3, "2", 240), moved(4, "-1")]
    found = cost_movements(some)
    assert costs(found)[2:] == [(240, "given", 40), (120, "last", 0)]
    assert on_hand(found) == ("-3", -320, 120)


def test_what_comes_in_without_a_cost_comes_at_the_average() -> None:
    found = cost_movements([moved(1, "2", 300), moved(2, "4"), moved(3, "-6"), moved(4, "1")])
    assert costs(found)[1:] == [(600, "average", 0), (900, "average", 0), (150, "last", 0)]


def test_less_than_one_unit_has_an_average_too() -> None:
    """Half a kilo at 10.00, and half a kilo found; then a dearer delivery makes the last cost."""
    found = cost_movements([moved(1, "0.5", 500), moved(2, "-0.25"), moved(3, "0.25")])
    assert costs(found)[1:] == [(250, "average", 0), (250, "average", 0)]
    some = [moved(1, "1", 1000), moved(2, "-1"), moved(3, "0.5", 1000), moved(4, "-1.5")]
    assert costs(cost_movements(some))[-1] == (3000, "last", 0)


def test_without_any_cost_it_is_unknown() -> None:
    found = cost_movements([moved(1, "-1"), moved(2, "3"), moved(3, "-1")])
    assert costs(found) == [(0, "unknown", 0)] * 3
    assert found.unit_cost_minor == 0
    assert cost_movements([moved(1, "-1")]).unit_cost_minor is None
    assert cost_movements([]) == Costing(
        movements=(), quantity=Decimal(0), value_minor=0, unit_cost_minor=None
    )


@pytest.mark.parametrize(
    ("movement", "field"),
    [
        (moved(1, "0"), "quantity"),
        (moved(1, "NaN"), "quantity"),
        (moved(1, "1", -1), "cost_minor"),
        (moved(1, "1", 10**12 + 1), "cost_minor"),
        (moved(1, "-1", 5), "cost_minor"),
        (moved(1, "0", 5), "quantity"),
    ],
)
def test_a_movement_that_is_none_is_malformed(movement: CostMovement, field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        cost_movements([movement])
    assert (refusal.value.code, list(refusal.value.fields)) == ("malformed-movement", [field])


def test_a_cost_beyond_the_bound_is_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        cost_movements([moved(1, "1", 10**12), moved(2, "-2")])
    assert refusal.value.code == "amount-too-large"


@pytest.mark.parametrize(
    ("revenue", "cost", "earned", "ppm"),
    [
        (1000, 750, 250, 250_000),
        (1000, 1250, -250, -250_000),
        (300, 200, 100, 333_333),
        (1, 0, 1, 1_000_000),
    ],
)
def test_a_margin_is_of_the_revenue(revenue: int, cost: int, earned: int, ppm: int) -> None:
    assert margin(revenue, cost) == Margin(
        revenue_minor=revenue, cost_minor=cost, margin_minor=earned, margin_ppm=ppm
    )


def test_goods_given_away_have_no_rate() -> None:
    assert margin(0, 100).margin_ppm is None


@st.composite
def histories(draw: st.DrawFn) -> list[CostMovement]:
    found = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        milli = draw(st.integers(1, 20_000))
        sign = draw(st.sampled_from([1, -1]))
        cost = draw(st.none() | st.integers(0, 10**6)) if sign > 0 else None
        found.append(moved(number, str(Decimal(sign * milli).scaleb(-3)), cost))
    return found


@given(histories())
def test_nothing_is_lost(some: list[CostMovement]) -> None:
    found = cost_movements(some)
    value = 0
    for movement, cost in zip(some, found.movements, strict=True):
        sign = 1 if movement.quantity > 0 else -1
        value += sign * cost.cost_minor - cost.correction_minor
    assert value == found.value_minor
    assert found.quantity == sum(each.quantity for each in some)
    if found.quantity == 0:
        assert found.value_minor == 0
    assert found.value_minor * found.quantity >= 0


@given(histories(), st.integers(0, 2**32))
def test_the_order_of_arrival_changes_nothing(some: list[CostMovement], seed: int) -> None:
    late = list(some)
    Random(seed).shuffle(late)
    assert cost_movements(late) == cost_movements(some)


@given(histories())
def test_what_happens_later_changes_no_cost_before(some: list[CostMovement]) -> None:
    whole = cost_movements(some).movements
    for count in range(len(some)):
        assert cost_movements(some[:count]).movements == whole[:count]


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(1, 5_000), st.integers(0, 100)),
        min_size=1,
        max_size=8,
    )
)
def test_with_stock_enough_the_average_is_the_exact_one(
    rounds: list[tuple[int, int, int]],
) -> None:
    """Reckoned in fractions; every rounding is at most half a minor unit."""
    some: list[CostMovement] = []
    held, value = Fraction(0), Fraction(0)
    for pieces, cost, percent_sold in rounds:
        some.append(moved(len(some) + 1, str(pieces), cost))
        held, value = held + pieces, value + cost
        going = int(held * percent_sold / 100)
        if going:
            some.append(moved(len(some) + 1, str(-going)))
            value -= value * going / held
            held -= going
    found = cost_movements(some)
    assert {each.basis for each in found.movements} <= {"given", "average"}
    assert found.quantity == held
    assert abs(found.value_minor - value) <= Fraction(len(some), 2)


def test_a_movements_cost_names_its_movement() -> None:
    [cost] = cost_movements([moved(7, "1", 5)]).movements
    assert cost == MovementCost(
        movement_id=UUID(int=7), cost_minor=5, basis="given", correction_minor=0
    )
