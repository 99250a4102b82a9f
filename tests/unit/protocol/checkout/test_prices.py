"""Which of many prices holds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.prices import PriceChoice, PricePoint, lists_in_force, price_in_force

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TRADE, FRIENDS = UUID(int=1), UUID(int=2)


def point(price: int, at: datetime | None = None, **more: object) -> PricePoint:
    return PricePoint(unit_price_minor=price, effective_at=at, **more)  # type: ignore[arg-type]


def choice(*points: PricePoint, quantity: str = "1", lists: tuple[UUID, ...] = ()) -> object:
    found = price_in_force(points, at=NOON, quantity=Decimal(quantity), price_lists=lists)
    return found and (found.unit_price_minor, found.price_list_id)


def test_the_latest_price_that_has_begun_holds_even_if_dearer() -> None:
    assert choice(point(100), point(120, NOON - DAY), point(90, NOON + DAY)) == (120, None)
    assert choice(point(120, NOON - DAY), point(100)) == (120, None)


def test_a_price_begins_at_its_instant() -> None:
    assert choice(point(100), point(90, NOON)) == (90, None)
    assert choice(point(100), point(90, NOON + timedelta(microseconds=1))) == (100, None)


def test_of_one_instant_the_later_in_the_list_holds() -> None:
    assert choice(point(100), point(130)) == (130, None)
    assert choice(point(100, NOON), point(130, NOON)) == (130, None)


def test_nothing_that_holds_is_no_price() -> None:
    assert choice() is None
    assert choice(point(90, NOON + DAY)) is None
    assert choice(point(90, price_list_id=TRADE)) is None
    assert choice(point(-1)) is None


def test_a_list_counts_for_its_customers_alone_and_only_if_lower() -> None:
    points = [point(100), point(80, price_list_id=TRADE), point(140, price_list_id=FRIENDS)]
    assert choice(*points) == (100, None)
    assert choice(*points, lists=(TRADE,)) == (80, TRADE)
    assert choice(*points, lists=(FRIENDS,)) == (100, None)


def test_among_equals_the_shops_own_list_then_the_lists_id_is_named() -> None:
    lists = (FRIENDS, TRADE)
    both = [point(80, price_list_id=FRIENDS), point(80, price_list_id=TRADE)]
    assert choice(*both, lists=lists) == (80, TRADE)
    assert choice(*both, point(80), lists=lists) == (80, None)


@pytest.mark.parametrize(
    ("quantity", "price"), [("1", 100), ("9.999", 100), ("10", 90), ("99", 90), ("100", 85)]
)
def test_more_may_be_cheaper(quantity: str, price: int) -> None:
    points = [
        point(100),
        point(90, min_quantity=Decimal(10)),
        point(85, min_quantity=Decimal(100)),
    ]
    assert choice(*points, quantity=quantity) == (price, None)


def test_a_tier_has_a_history_of_its_own() -> None:
    points = [
        point(100),
        point(90, min_quantity=Decimal(10)),
        point(80, NOON - DAY),
        point(70, NOON, min_quantity=Decimal(10)),
    ]
    assert choice(*points, quantity="10") == (70, None)
    assert choice(*points) == (80, None)


points = st.lists(
    st.builds(
        PricePoint,
        unit_price_minor=st.integers(0, 50),
        effective_at=st.none() | st.integers(-3, 3).map(lambda days: NOON + days * DAY),
        price_list_id=st.sampled_from([None, TRADE, FRIENDS]),
        min_quantity=st.sampled_from([None, Decimal(2), Decimal(5)]),
    ),
    max_size=8,
    unique_by=lambda each: (each.effective_at, each.price_list_id, each.min_quantity),
)


@given(points, st.integers(1, 6), st.integers(0, 2**32))
def test_neither_order_nor_more_lists_harm(some: list[PricePoint], count: int, seed: int) -> None:
    quantity = Decimal(count)
    found = price_in_force(some, at=NOON, quantity=quantity, price_lists=(TRADE,))
    shuffled = list(some)
    Random(seed).shuffle(shuffled)
    assert price_in_force(shuffled, at=NOON, quantity=quantity, price_lists=(TRADE,)) == found
    more = price_in_force(some, at=NOON, quantity=quantity + 1, price_lists=(TRADE, FRIENDS))
    if found is not None:
        assert more is not None
        assert more.unit_price_minor <= found.unit_price_minor
        assert isinstance(found, PriceChoice)


@dataclass(frozen=True)
class Terms:
    """A price list's terms."""

    price_list_id: UUID
    everybody: bool = False
    customer_ids: tuple[UUID, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


def test_lists_hold_for_their_customers_between_their_days() -> None:
    today, customer = NOON.date(), UUID(int=9)
    lists = [
        Terms(UUID(int=5), everybody=True),
        Terms(UUID(int=4), customer_ids=(customer,)),
        Terms(UUID(int=3), customer_ids=(UUID(int=8),)),
        Terms(UUID(int=2), everybody=True, valid_from=today, valid_until=today),
        Terms(UUID(int=1), everybody=True, valid_from=today + DAY),
        Terms(UUID(int=0), everybody=True, valid_until=today - DAY),
    ]
    found = lists_in_force(lists, customer_id=customer, on=today)
    assert [each.int for each in found] == [2, 4, 5]
    unknown = lists_in_force(lists, customer_id=None, on=today)
    assert [each.int for each in unknown] == [2, 5]
