from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from edge_agent.catalog.rules import (
    display_name,
    is_few_letters,
    match_expression,
    shown_rate_ppm,
    sound_schedule,
)
from protocol.checkout.prices import PricePoint
from protocol.checkout.tax import RatePoint
from protocol.messages.collections import TaxRate

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


TAX = TaxRate(tax_id="tva19", name="TVA 19 %", rate_ppm=190_000)
ON = NOW.date()


def test_a_point_without_a_zone_is_utc() -> None:
    since_ever = PricePoint(unit_price_minor=4)
    naive = PricePoint(unit_price_minor=5, effective_at=NOW.replace(tzinfo=None))
    aware = PricePoint(unit_price_minor=5, effective_at=NOW)
    assert sound_schedule([since_ever, naive, aware]) == [since_ever, aware, aware]


def test_the_rate_that_is_shown_is_the_days_and_the_regimes() -> None:
    assert shown_rate_ppm(None, on=ON, regime="reel") is None
    assert shown_rate_ppm(TAX, on=ON, regime="reel") == 190_000
    assert shown_rate_ppm(TAX, on=ON, regime="ifu") == 0
    dated = replace(TAX, schedule=[RatePoint(valid_from=ON, rate_ppm=210_000)])
    assert shown_rate_ppm(dated, on=ON, regime="reel") == 210_000
    assert shown_rate_ppm(dated, on=ON - timedelta(days=1), regime="reel") is None
    assert shown_rate_ppm(replace(TAX, exempt=True), on=ON, regime="reel") == 0


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
