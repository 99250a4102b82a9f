"""Price lists that make no sense are refused; promotions hold where they are meant to."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.catalog.offer_models import OfferedPromotion
from hub.catalog.offer_rules import check_price_list
from protocol.checkout.promotions import Promotion
from protocol.errors import Malformed
from protocol.messages.collections import MOST_LIST_CUSTOMERS, PriceList

LIST = PriceList(price_list_id=UUID(int=1), name="Gros", customer_ids=[UUID(int=2)])


def test_a_sound_list_passes() -> None:
    check_price_list(LIST)
    day = date(2026, 1, 1)
    check_price_list(msgspec.structs.replace(LIST, valid_from=day, valid_until=day))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"customer_ids": [UUID(int=2)] * 2}, "customer_ids"),
        (
            {"customer_ids": [UUID(int=n) for n in range(MOST_LIST_CUSTOMERS + 1)]},
            "customer_ids",
        ),
        ({"valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 1)}, "valid_until"),
    ],
)
def test_an_odd_list_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_price_list(msgspec.structs.replace(LIST, **changes))
    assert set(caught.value.fields) == {field}


def test_a_promotion_holds_in_stores_of_its_currency_that_it_names() -> None:
    promotion = Promotion(
        promotion_id=UUID(int=1),
        names={"fr": "Dix pour cent"},
        kind="percent",
        currency="DZD",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        percent_ppm=100_000,
    )
    here, there = UUID(int=7), UUID(int=8)
    everywhere = OfferedPromotion(promotion=promotion)
    assert everywhere.holds_in(here, currency="DZD")
    assert not everywhere.holds_in(here, currency="EUR")
    named = OfferedPromotion(promotion=promotion, store_ids=frozenset([here]))
    assert (named.holds_in(here, currency="DZD"), named.holds_in(there, currency="DZD")) == (
        True,
        False,
    )
    over = OfferedPromotion(promotion=promotion, active=False)
    assert not over.holds_in(here, currency="DZD")
