"""What the Today page decides."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.rules import calendar_today, choose_day, tiles, totals

DAY = date(2026, 11, 20)
_SPACE = UUID(int=0)


def store(name: str, **more: Any) -> dict[str, Any]:
    return {
        "store_id": uuid5(_SPACE, name),
        "name": name,
        "timezone": "Africa/Algiers",
        "cutoff_minute": 0,
        "currency": "DZD",
        "sales_count": 2,
        "returns_count": 0,
        "sales_minor": 1_000,
        "returns_minor": 0,
        "last_sale_at": None,
        "last_business_date": None,
        **more,
    }


def hour(name: str, at: int, takings_minor: int, currency: str = "DZD") -> dict[str, Any]:
    return {
        "store_id": uuid5(_SPACE, name),
        "currency": currency,
        "hour": at,
        "takings_minor": takings_minor,
    }


def test_the_day_is_the_one_asked_for_else_the_latest_else_today() -> None:
    latest = date(2011, 12, 9)
    assert choose_day(None, latest=None, today=DAY).is_today
    shown = choose_day(None, latest=latest, today=DAY)
    assert (shown.shown, shown.is_today, shown.is_latest) == (latest, False, True)
    asked = choose_day(date(2011, 12, 8), latest=latest, today=DAY)
    assert (asked.is_today, asked.is_latest, asked.following) == (False, False, latest)


def test_today_is_what_the_furthest_shop_has_reached() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert calendar_today(late, [store("a", timezone="Europe/London")]) == DAY
    assert calendar_today(late, [store("a"), store("b")]) == date(2026, 11, 21)
    assert calendar_today(late, [store("a", cutoff_minute=180)]) == DAY
    assert calendar_today(late, []) == DAY


def test_totals_never_add_currencies_up() -> None:
    shown = tiles([store("a"), store("b"), store("c", currency="EUR", returns_minor=300)], [])
    assert [(t.currency, t.takings_minor, t.store_count) for t in totals(shown)] == [
        ("DZD", 2_000, 2),
        ("EUR", 700, 1),
    ]


@given(st.dictionaries(st.integers(0, 23), st.integers(-(10**12), 10**12), min_size=1, max_size=24))
def test_bars_stand_side_by_side_and_within_the_tile(takings: dict[int, int]) -> None:
    rows = [hour("a", at, amount) for at, amount in takings.items()]
    one, other = tiles([store("a"), store("b")], rows)
    hours = [bar.hour for bar in one.bars]
    assert hours == list(range(hours[0], hours[-1] + 1))
    assert set(takings) <= set(hours) <= set(range(24))
    assert len(hours) >= 8
    assert hours == [bar.hour for bar in other.bars]
    assert all(0 <= bar.share_ppm <= 1_000_000 for bar in one.bars)
    assert [bar.takings_minor for bar in one.bars if bar.hour in takings] == [
        takings[at] for at in sorted(takings)
    ]


@pytest.mark.parametrize(("sales_minor", "count", "basket"), [(1_000, 3, 333), (1_001, 2, 501)])
def test_the_basket_is_rounded_half_up(sales_minor: int, count: int, basket: int) -> None:
    (tile,) = tiles([store("a", sales_minor=sales_minor, sales_count=count)], [])
    assert tile.basket_minor == basket


def test_a_shop_without_a_ticket_is_idle() -> None:
    (tile,) = tiles([store("a", sales_count=0, sales_minor=0)], [])
    assert tile.is_idle
    assert tile.bars == []
