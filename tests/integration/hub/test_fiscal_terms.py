"""What the office says of entities, cash, lists and promotions is what the shops hold."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pydantic import ValidationError

from hub.catalog.models import Price
from hub.catalog.offer_models import OfferedList, OfferedPromotion
from hub.catalog.offer_service import Offers
from hub.catalog.service import Catalog
from hub.tenancy.fiscal_service import FiscalTerms
from protocol.checkout.duty import ALGERIAN_CASH_DUTY
from protocol.checkout.prices import PricePoint
from protocol.checkout.promotions import BundlePart, GoodsSelector, HappyHour, Promotion
from protocol.checkout.tax import RegimePoint
from protocol.errors import Malformed
from protocol.messages.collections import (
    CashStepPoint,
    CashTerms,
    LegalEntity,
    PriceItem,
    PriceList,
    PromotionItem,
    StoreSettings,
)
from protocol.messages.invoice import LegalIds, Party
from tests.integration.hub.foundation import Foundation
from tests.integration.hub.seed_document import BETA, seed_id, without_staff

SHOP, SECOND_SHOP = seed_id("beta", "store", 0), seed_id("beta", "store", 1)
PRODUCT, CUSTOMER = seed_id("beta", "product", 0), seed_id("beta", "customer")
ENTITY = LegalEntity(
    legal_entity_id=seed_id("beta", "entity"),
    party=Party(
        name="EURL El Baraka",
        address=("12 rue Didouche", "Alger"),
        ids=LegalIds(nif="000016001234567", nis="1", rc="16/00-1", ai="2"),
        phone="021 00 00 00",
    ),
    regimes=[
        RegimePoint(valid_from=date(2020, 1, 1), kind="ifu"),
        RegimePoint(valid_from=date(2026, 1, 1), kind="reel", verify=True),
    ],
)
CASH = CashTerms(
    currency="DZD",
    steps=[CashStepPoint(valid_from=date(2026, 1, 1), step_minor=500, verify=True)],
    denominations_minor=[200_000, 100_000, 500],
    duty_tariffs=[ALGERIAN_CASH_DUTY],
)
WHOLESALE = PriceList(
    price_list_id=seed_id("beta", "list"),
    name="Gros",
    customer_ids=[CUSTOMER],
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)
BUNDLE = Promotion(
    promotion_id=seed_id("beta", "bundle"),
    names={"fr": "Petit déjeuner", "ar": "فطور"},
    kind="bundle",
    currency="DZD",
    starts_on=date(2026, 11, 1),
    ends_on=date(2026, 11, 30),
    happy_hour=HappyHour(from_minute=420, to_minute=600, weekdays=(5, 6)),
    coupon="MATIN",
    price_lists=(WHOLESALE.price_list_id,),
    parts=(
        BundlePart(goods=GoodsSelector(product_ids=(PRODUCT,)), count=1),
        BundlePart(goods=GoodsSelector(categories=("drinks",)), count=2),
    ),
    price_minor=250,
    most=3,
)


def seeded(**changes: Any) -> dict[str, Any]:
    both = without_staff()
    both["tenants"][1] |= msgspec.to_builtins(
        {
            "legal_entities": [{"code": "EURL", "entity": ENTITY}],
            "cash_terms": [CASH],
            "price_lists": [WHOLESALE],
            "promotions": [{"promotion": BUNDLE, "stores": [SHOP]}],
        }
    )
    both["tenants"][1]["stores"][0] |= {"legal_entity": "EURL", "cashier_may": ["discount"]}
    both["tenants"][1]["products"][0]["list_prices"] = [
        {"price_minor": 90, "price_list_id": str(WHOLESALE.price_list_id)},
        {"price_minor": 80, "min_quantity": "6"},
    ]
    both["tenants"][1] |= changes
    return both


async def test_a_seed_file_says_it_all(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    settings = await foundation.published(BETA, SHOP, "settings")
    assert settings[f"entity/{ENTITY.legal_entity_id}"] == ENTITY
    assert settings["cash/DZD"] == CASH
    store = settings[f"store/{SHOP}"]
    assert isinstance(store, StoreSettings)
    assert (store.legal_entity_id, store.cashier_may) == (ENTITY.legal_entity_id, ("discount",))
    elsewhere = await foundation.published(BETA, SECOND_SHOP, "settings")
    assert f"entity/{ENTITY.legal_entity_id}" not in elsewhere
    assert elsewhere["cash/DZD"] == CASH
    prices = await foundation.published(BETA, SHOP, "prices")
    assert prices[f"pricelist/{WHOLESALE.price_list_id}"] == WHOLESALE
    assert prices[f"promotion/{BUNDLE.promotion_id}"] == PromotionItem(promotion=BUNDLE)
    assert f"promotion/{BUNDLE.promotion_id}" not in await foundation.published(
        BETA, SECOND_SHOP, "prices"
    )
    item = prices[f"price/{PRODUCT}"]
    assert isinstance(item, PriceItem)
    assert item.schedule == [
        PricePoint(unit_price_minor=100),
        PricePoint(unit_price_minor=80, min_quantity=Decimal(6)),
        PricePoint(unit_price_minor=90, price_list_id=WHOLESALE.price_list_id),
    ]


async def test_seeding_it_again_publishes_nothing_new(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    before = await foundation.versions(BETA, SHOP)
    await foundation.seed(seeded())
    assert await foundation.versions(BETA, SHOP) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"legal_entities": [], "cash_terms": []},
        {"cash_terms": [{"currency": "DZD", "step": 5}]},
        {"promotions": [{"promotion": {"kind": "percent"}}]},
        {"price_lists": [{"name": "Gros"}]},
    ],
)
async def test_a_seed_file_that_is_wrong_is_refused(
    foundation: Foundation, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        await foundation.seed(seeded(**changes))


async def test_rows_that_the_terms_no_longer_have_are_gone(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    fiscal = FiscalTerms(foundation.clock)
    reel = msgspec.structs.replace(ENTITY, regimes=ENTITY.regimes[1:])
    bare = CashTerms(currency="DZD", denominations_minor=[100_000])
    async with foundation.database.tenant(BETA) as session:
        await fiscal.put_legal_entity(session, reel, code="EURL")
        await fiscal.put_cash_terms(session, bare)
        assert await fiscal.legal_entities(session) == {"EURL": reel}
        assert await fiscal.cash_terms(session) == {"DZD": bare}
        await fiscal.put_cash_terms(session, CashTerms(currency="DZD"))
        await foundation.tenancy.publish(session, [SHOP])
    settings = await foundation.published(BETA, SHOP, "settings")
    assert settings[f"entity/{ENTITY.legal_entity_id}"] == reel
    assert "cash/DZD" not in settings


async def test_two_entities_have_two_codes(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    other = msgspec.structs.replace(ENTITY, legal_entity_id=seed_id("beta", "other"))
    async with foundation.database.tenant(BETA) as session:
        with pytest.raises(Malformed, match="malformed-legal-entity"):
            await FiscalTerms(foundation.clock).put_legal_entity(session, other, code="EURL")


def offers(foundation: Foundation) -> Offers:
    return Offers(clock=foundation.clock, writer=foundation.writer)


async def shown(foundation: Foundation, store_id: UUID) -> set[str]:
    prices = await foundation.published(BETA, store_id, "prices")
    return {key for key in prices if key.startswith(("promotion/", "pricelist/"))}


async def test_what_is_over_is_taken_back_a_month_later(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    months = ((12, 1, 2), (12, 31, 2), (1, 1, 1), (1, 31, 1), (2, 1, 0))
    for month, day, expected in months:
        foundation.clock.time = datetime(2026 + (month < 6), month, day, 12, tzinfo=UTC)
        async with foundation.database.tenant(BETA) as session:
            await offers(foundation).publish(session)
        assert len(await shown(foundation, SHOP)) == expected, (month, day)


async def test_a_list_that_is_not_used_any_more_takes_its_prices_with_it(
    foundation: Foundation,
) -> None:
    await foundation.seed(seeded())
    async with foundation.database.tenant(BETA) as session:
        made = offers(foundation)
        assert [each.price_list for each in await made.price_lists(session)] == [WHOLESALE]
        assert [each.promotion for each in await made.promotions(session)] == [BUNDLE]
        await made.put_price_lists(session, [OfferedList(price_list=WHOLESALE, active=False)])
        await made.put_promotions(session, [OfferedPromotion(promotion=BUNDLE)])
        await made.publish(session)
        await foundation.publisher.publish_stores(session)
    assert await shown(foundation, SHOP) == {f"promotion/{BUNDLE.promotion_id}"}
    assert await shown(foundation, SECOND_SHOP) == {f"promotion/{BUNDLE.promotion_id}"}
    item = (await foundation.published(BETA, SHOP, "prices"))[f"price/{PRODUCT}"]
    assert isinstance(item, PriceItem)
    assert [point.price_list_id for point in item.schedule] == [None, None]


async def test_a_price_of_an_unknown_list_is_refused(foundation: Foundation) -> None:
    await foundation.seed(seeded())
    price = Price(
        price_id=foundation.ids.next(),
        product_id=PRODUCT,
        currency="DZD",
        unit_price_minor=1,
        price_list_id=seed_id("nobody"),
    )
    async with foundation.database.tenant(BETA) as session:
        with pytest.raises(Malformed, match="unknown-price-list"):
            await Catalog(foundation.clock).put_prices(session, [price])
