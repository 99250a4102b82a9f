from datetime import UTC, datetime, timedelta

import pytest

from edge_agent.catalog.rules import (
    display_name,
    is_few_letters,
    match_expression,
    price_at,
)
from protocol.checkout.prices import PricePoint

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("points", "price"),
    [
        ([], None),
        ([(None, 100)], 100),
        ([(1, 100)], None),
        ([(None, 100), (0, 200), (1, 300)], 200),
        ([(-2, 100), (-1, 200)], 200),
    ],
)
def test_the_price_in_force(points: list[tuple[int | None, int]], price: int | None) -> None:
    schedule = [
        PricePoint(
            unit_price_minor=minor,
            effective_at=None if hours is None else NOW + timedelta(hours=hours),
        )
        for hours, minor in points
    ]
    assert price_at(schedule, NOW) == price


def test_a_point_without_a_zone_is_utc() -> None:
    naive = NOW.replace(tzinfo=None)
    assert price_at([PricePoint(unit_price_minor=5, effective_at=naive)], NOW) == 5


def test_expressions() -> None:
    assert match_expression("Café au  LAIT!") == '"cafe"* "au"* "lait"*'
    assert match_expression('"; OR NEAR(') == '"or"* "near"*'
    assert match_expression(" -*\"' ") is None
    assert match_expression("a b c d e f g h i j k").count("*") == 8  # type: ignore[union-attr]
    assert is_few_letters("ق")
    assert not is_few_letters("lai")


def test_the_name_in_the_shops_language() -> None:
    names = {"fr": "Lait", "ar": "حليب"}
    assert display_name(names, ["ar", "fr"]) == "حليب"
    assert display_name(names, ["en"]) == "Lait"
    assert display_name({"ar": "", "fr": "Lait"}, ["ar", "fr"]) == "Lait"
    assert display_name({}, ["ar"]) == ""
