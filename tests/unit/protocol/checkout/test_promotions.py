"""What no promotion may be, field by field."""

from dataclasses import dataclass

import pytest

from protocol.checkout.promotions import (
    MAX_SELECTED,
    GoodsSelector,
    HappyHour,
    Promotion,
    check_promotion,
)
from protocol.errors import Malformed
from tests.unit.protocol.checkout.promoted_baskets import (
    TODAY,
    a_promotion,
    amount,
    bundle,
    days,
    n_for_m,
    percent,
    promotion_id,
    these,
    ticket_amount,
    ticket_percent,
)

ALL = GoodsSelector(everything=True)
ONE = (these(1), 1)


@pytest.mark.parametrize(
    "promotion",
    [
        percent(1, 1),
        percent(1, 100, stacks=True, goods=these(1, categories=("a",))),
        amount(1, 1, coupon="TEN", price_lists=(promotion_id(7),)),
        n_for_m(1, 2, 1, most=1),
        n_for_m(1, 20, 19, min_spend_minor=10**12),
        bundle(1, 1, ONE, ONE),
        bundle(1, 10**12, *[(ALL, 2)] * 10, most=10_000),
        ticket_percent(1, 5, stacks=True),
        ticket_amount(1, 10**12),
        percent(1, 5, happy_hour=HappyHour(from_minute=0, to_minute=1439, weekdays=(0, 6))),
        percent(1, 5, ends_on=TODAY + days(9999)),
    ],
    ids=lambda promotion: promotion.kind,
)
def test_a_sound_promotion_passes(promotion: Promotion) -> None:
    check_promotion(promotion)


@dataclass(frozen=True)
class Wrong:
    """A promotion that is none, and all its faults."""

    promotion: Promotion
    fields: tuple[str, ...]


def hour(**terms: object) -> HappyHour:
    return HappyHour(**terms)  # type: ignore[arg-type]


WRONG = [
    Wrong(percent(1, 0), ("percent_ppm",)),
    Wrong(percent(1, -5), ("percent_ppm",)),
    Wrong(percent(1, 101), ("percent_ppm",)),
    Wrong(ticket_percent(1, 101), ("percent_ppm",)),
    Wrong(amount(1, 0), ("amount_minor",)),
    Wrong(amount(1, -1), ("amount_minor",)),
    Wrong(ticket_amount(1, 10**12 + 1), ("amount_minor",)),
    Wrong(a_promotion(1, "percent"), ("percent_ppm",)),
    Wrong(a_promotion(1, "ticket_amount"), ("amount_minor",)),
    Wrong(a_promotion(1, "n_for_m"), ("buy", "pay")),
    Wrong(a_promotion(1, "bundle"), ("parts", "price_minor")),
    Wrong(percent(1, 5, amount_minor=5), ("amount_minor",)),
    Wrong(percent(1, 5, buy=3, pay=2, price_minor=9), ("buy", "pay", "price_minor")),
    Wrong(n_for_m(1, 3, 3), ("pay",)),
    Wrong(n_for_m(1, 3, 4), ("pay",)),
    Wrong(n_for_m(1, 3, 0), ("pay",)),
    Wrong(n_for_m(1, 1, 0), ("buy", "pay")),
    Wrong(n_for_m(1, 21, 20), ("buy",)),
    Wrong(n_for_m(1, 3, 2, most=0), ("most",)),
    Wrong(n_for_m(1, 3, 2, most=10_001), ("most",)),
    Wrong(n_for_m(1, 3, 2, stacks=True), ("stacks",)),
    Wrong(bundle(1, 5, ONE, ONE, stacks=True), ("stacks",)),
    Wrong(bundle(1, 0, ONE, ONE), ("price_minor",)),
    Wrong(bundle(1, -1, ONE, ONE), ("price_minor",)),
    Wrong(bundle(1, 5, ONE), ("parts",)),
    Wrong(bundle(1, 5, *[ONE] * 11), ("parts",)),
    Wrong(bundle(1, 5, (ALL, 11), (ALL, 10)), ("parts",)),
    Wrong(bundle(1, 5, (ALL, 0), (ALL, 2)), ("parts.0.count",)),
    Wrong(bundle(1, 5, (ALL, 21), (ALL, -1)), ("parts.0.count", "parts.1.count")),
    Wrong(bundle(1, 5, ONE, (GoodsSelector(), 1)), ("parts.1.goods",)),
    Wrong(bundle(1, 5, ONE, ONE, goods=these(1)), ("goods",)),
    Wrong(ticket_percent(1, 5, goods=these(1)), ("goods",)),
    Wrong(percent(1, 5, most=1), ("most",)),
    Wrong(ticket_amount(1, 5, most=1), ("most",)),
    Wrong(percent(1, 5, goods=GoodsSelector()), ("goods",)),
    Wrong(percent(1, 5, goods=GoodsSelector(everything=True, categories=("a",))), ("goods",)),
    Wrong(percent(1, 5, goods=these(categories=("a", ""))), ("goods.categories",)),
    Wrong(percent(1, 5, goods=these(*range(MAX_SELECTED + 1))), ("goods",)),
    Wrong(percent(1, 5, names={}), ("names",)),
    Wrong(percent(1, 5, names={"fr": "Solde", "ar": " "}), ("names",)),
    Wrong(percent(1, 5, names={"fr": "x" * 201}), ("names",)),
    Wrong(percent(1, 5, currency="DA"), ("currency",)),
    Wrong(percent(1, 5, ends_on=TODAY - days(1)), ("ends_on",)),
    Wrong(percent(1, 5, coupon=""), ("coupon",)),
    Wrong(percent(1, 5, coupon=" TEN"), ("coupon",)),
    Wrong(percent(1, 5, min_spend_minor=-1), ("min_spend_minor",)),
    Wrong(percent(1, 5, price_lists=(promotion_id(1),) * 1001), ("price_lists",)),
    Wrong(percent(1, 5, happy_hour=hour(from_minute=1440)), ("happy_hour.from_minute",)),
    Wrong(percent(1, 5, happy_hour=hour(to_minute=-1)), ("happy_hour.to_minute",)),
    Wrong(percent(1, 5, happy_hour=hour(weekdays=(7,))), ("happy_hour.weekdays",)),
    Wrong(percent(1, 5, happy_hour=hour(weekdays=(1, 1))), ("happy_hour.weekdays",)),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "+".join(wrong.fields))
def test_a_promotion_that_is_none_is_malformed_by_field(wrong: Wrong) -> None:
    with pytest.raises(Malformed) as refusal:
        check_promotion(wrong.promotion)
    assert refusal.value.code == "malformed-promotion"
    assert tuple(sorted(refusal.value.fields)) == wrong.fields
