"""Schedules of prices, and names of products that shops proposed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.models import TaxRate
from hub.catalog.rules import (
    PriceChange,
    Schedule,
    language_of,
    proposed_sku,
    schedule,
    schedules,
    tax_item,
)
from hub.catalog.schemas import Unit
from protocol.checkout.prices import PricePoint
from protocol.checkout.tax import RatePoint
from protocol.messages.collections import TaxRate as Tax
from protocol.vocabulary.quantity import UNIT_SCALES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANTS = st.none() | st.integers(-20, 20).map(lambda days: NOW + timedelta(days=days))
CHANGES = st.lists(
    st.builds(PriceChange, INSTANTS, st.integers(0, 10**12), st.booleans()),
    max_size=12,
    # The table holds one price per product, store, currency and instant.
    unique_by=lambda change: (change.effective_at, change.own),
)


def charged(changes: list[PriceChange], at: datetime) -> int | None:
    """What counts at an instant, by the words of the rule alone."""
    begun = [c for c in changes if c.effective_at is None or c.effective_at <= at]
    for own in (True, False):
        candidates = [c for c in begun if c.own is own]
        if candidates:
            last = max(candidates, key=lambda c: c.effective_at or datetime(1, 1, 1, tzinfo=UTC))
            return last.unit_price_minor
    return None


@given(CHANGES)
def test_a_shop_charges_what_the_office_said_from_now_on(changes: list[PriceChange]) -> None:
    points = schedule(changes, NOW)
    for day in range(21):
        at = NOW + timedelta(days=day)
        begun = [p for p in points if p.effective_at is None or p.effective_at <= at]
        assert (begun[-1].unit_price_minor if begun else None) == charged(changes, at)


@given(CHANGES)
def test_a_schedule_rises_and_repeats_nothing(changes: list[PriceChange]) -> None:
    points = schedule(changes, NOW)
    instants = [p.effective_at for p in points]
    assert all(instant is not None for instant in instants[1:])
    known = [instant for instant in instants if instant is not None]
    assert known == sorted(set(known))
    assert sum(instant is not None and instant <= NOW for instant in instants[1:]) == 0
    amounts = [p.unit_price_minor for p in points]
    assert all(one != other for one, other in pairwise(amounts))


def test_the_stores_own_price_beats_the_general_one() -> None:
    general = PriceChange(None, 100, own=False)
    own = PriceChange(NOW + timedelta(days=1), 90, own=True)
    later = PriceChange(NOW + timedelta(days=2), 120, own=False)
    points = schedule([later, own, general], NOW)
    assert [p.unit_price_minor for p in points] == [100, 90]


def test_what_holds_now_holds_for_a_shop_whose_clock_is_behind() -> None:
    changed = PriceChange(NOW - timedelta(seconds=1), 150, own=False)
    (point,) = schedule([PriceChange(None, 100, own=False), changed], NOW)
    assert (point.unit_price_minor, point.effective_at) == (150, None)


def test_every_unit_of_the_protocol_is_offered() -> None:
    assert set(get_args(Unit)) == set(UNIT_SCALES)


def test_names_are_kept_under_the_language_of_their_letters() -> None:
    assert language_of("خبز الدار") == "ar"
    assert language_of("Pain maison") == "fr"


def test_a_proposed_product_has_a_sku_of_its_own() -> None:
    product_id = UUID("01890000-0000-7000-8000-0000deadbeef")
    assert proposed_sku(product_id, "613") == "613"
    assert proposed_sku(product_id, None) == "N-0000DEADBEEF"


@given(CHANGES, CHANGES, CHANGES)
def test_each_list_and_quantity_has_a_schedule_of_its_own(
    own: list[PriceChange], listed: list[PriceChange], dozen: list[PriceChange]
) -> None:
    wholesale = UUID(int=3)
    groups: dict[Schedule, list[PriceChange]] = {
        (wholesale, Decimal(12)): dozen,
        (wholesale, None): listed,
        (None, None): own,
    }
    points = schedules(groups, NOW)
    keys = [(point.price_list_id, point.min_quantity) for point in points]
    assert keys == sorted(keys, key=lambda key: (str(key[0] or ""), key[1] or 0))
    for key, changes in groups.items():
        mine = [
            PricePoint(unit_price_minor=p.unit_price_minor, effective_at=p.effective_at)
            for p, own_key in zip(points, keys, strict=True)
            if own_key == key
        ]
        assert mine == schedule(changes, NOW)


def test_a_tax_shows_todays_rate_and_every_dated_one() -> None:
    first = TaxRate(tax_id="T", name="TVA 19 %", rate_ppm=190_000)
    assert tax_item("T", [first], NOW.date()) == Tax(tax_id="T", name="TVA 19 %", rate_ppm=190_000)
    later = TaxRate(
        tax_id="T", name="Exonéré", rate_ppm=0, exempt=True, valid_from=date(2027, 1, 1)
    )
    rates = [first, later]
    points = [
        RatePoint(valid_from=date(2000, 1, 1), rate_ppm=190_000),
        RatePoint(valid_from=date(2027, 1, 1), rate_ppm=0, exempt=True),
    ]
    today = tax_item("T", rates, NOW.date())
    assert (today.rate_ppm, today.exempt, today.schedule) == (190_000, False, points)
    then = tax_item("T", rates, date(2027, 1, 1))
    assert (then.name, then.rate_ppm, then.exempt, then.schedule) == ("Exonéré", 0, True, points)
    to_come = tax_item("T", [later], NOW.date())
    assert (to_come.rate_ppm, to_come.schedule) == (0, points[1:])
