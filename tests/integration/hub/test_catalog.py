"""Changing products and prices: published with the change, guarded, traced."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hub.catalog.models import NewPrice, Product, ProductChanges
from hub.catalog.proposals import SHARE, ProductProposals
from hub.catalog.repository import proposed_by
from hub.events.models import NewEvent, ReceivedFact
from hub.events.service import DiscrepancyList
from hub.kit.permissions import Permission
from protocol.checkout.prices import PricePoint
from protocol.errors import Forbidden, HanoutError, Malformed, NotFound, Refused
from protocol.messages.collections import CatalogueItem, PriceItem
from protocol.messages.facts import Envelope
from protocol.messages.proposal import ProductProposed
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import NOON, Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, seed_id, without_staff

SHOP = seed_id("beta", "store", 0)
SECOND_SHOP = seed_id("beta", "store", 1)
PRODUCT = seed_id("beta", "product", 0)


@pytest.fixture(autouse=True)
async def tenants(foundation: Foundation, hub_database: HubDatabase) -> None:
    hub_database.sql("truncate price, product_alias, product_code, product, collection_row cascade")
    await foundation.seed(without_staff())


def product(foundation: Foundation, **changes: Any) -> Product:
    values: dict[str, Any] = {
        "product_id": foundation.ids.next(),
        "sku": "NEW",
        "names": {"fr": "Café", "ar": "قهوة"},
        "unit": "kg",
        "tax_id": "tva-9",
        "codes": ("6130009999999",),
    }
    return Product(**{**values, **changes})


def price(**changes: Any) -> NewPrice:
    return NewPrice(
        **{"product_id": PRODUCT, "currency": "DZD", "unit_price_minor": 777, **changes}
    )


async def schedule(
    foundation: Foundation, store_id: UUID, product_id: UUID = PRODUCT
) -> list[PricePoint]:
    item = (await foundation.published(BETA, store_id, "prices"))[f"price/{product_id}"]
    assert isinstance(item, PriceItem)
    return item.schedule


async def item(foundation: Foundation, product_id: UUID, store_id: UUID = SHOP) -> CatalogueItem:
    found = (await foundation.published(BETA, store_id, "catalogue"))[f"product/{product_id}"]
    assert isinstance(found, CatalogueItem)
    return found


async def test_a_new_product_reaches_every_shop_of_the_tenant(foundation: Foundation) -> None:
    new = product(foundation)
    await foundation.catalog.create_product(foundation.principal(BETA), new)
    for store_id in (SHOP, SECOND_SHOP):
        assert (await item(foundation, new.product_id, store_id)).names["ar"] == "قهوة"
    other = await foundation.published(ALPHA, seed_id("alpha", "store", 0), "catalogue")
    assert f"product/{new.product_id}" not in other


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"product_id": PRODUCT}, "product-exists"),
        ({"sku": "SKU-1"}, "sku-taken"),
        ({"codes": ("6130000000001",)}, "code-taken"),
        ({"codes": ("1", "1")}, "code-taken"),
        ({"tax_id": "none"}, "unknown-tax"),
        ({"category_code": "none"}, "unknown-category"),
    ],
)
async def test_what_cannot_be_is_refused_whole(
    foundation: Foundation, changes: dict[str, Any], code: str
) -> None:
    before = await foundation.versions(BETA, SHOP)
    with pytest.raises(HanoutError) as caught:
        await foundation.catalog.create_product(
            foundation.principal(BETA), product(foundation, **changes)
        )
    assert caught.value.code == code
    assert await foundation.versions(BETA, SHOP) == before


@pytest.mark.parametrize("other", ["054881005876", "0054881005876", "00054881005876"])
async def test_one_gtin_is_one_products_whatever_its_length(
    foundation: Foundation, other: str
) -> None:
    catalog, by = foundation.catalog, foundation.principal(BETA)
    first = product(foundation, sku="G-1", codes=("0054881005876",))
    await catalog.create_product(by, first)
    with pytest.raises(Refused) as caught:
        await catalog.create_product(by, product(foundation, sku="G-2", codes=(other,)))
    assert caught.value.code == "code-taken"
    second = product(foundation, sku="G-2", codes=("054881005875",))
    await catalog.create_product(by, second)
    changes = ProductChanges(codes=("054881005875", other))
    with pytest.raises(Refused):
        await catalog.change_product(by, second.product_id, changes=changes, revision=1)
    own = ProductChanges(codes=(other, "0054881005876") if other != "0054881005876" else (other,))
    await catalog.change_product(by, first.product_id, changes=own, revision=1)


async def test_of_two_writers_one_gets_a_gtin(foundation: Foundation) -> None:
    by = foundation.principal(BETA)
    written = await asyncio.gather(
        *(
            foundation.catalog.create_product(
                by, product(foundation, sku=f"G-{zeros}", codes=("0" * zeros + "54881005876",))
            )
            for zeros in (1, 2, 3)
        ),
        return_exceptions=True,
    )
    refused = [each for each in written if each is not None]
    assert len(refused) == 2
    assert all(isinstance(each, Refused) and each.code == "code-taken" for each in refused)


async def test_products_that_shared_a_gtin_before_it_was_refused_can_be_changed(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    catalog, by = foundation.catalog, foundation.principal(BETA)
    first = product(foundation, sku="G-1", codes=("054881005876",))
    second = product(foundation, sku="G-2", codes=("054881005875",))
    for one in (first, second):
        await catalog.create_product(by, one)
    hub_database.sql("update product_code set code = '0054881005876' where code = '054881005875'")
    changes = ProductChanges(codes=("0054881005876", "54881"))
    await catalog.change_product(by, second.product_id, changes=changes, revision=1)


async def test_without_the_permission_nothing_is_changed(foundation: Foundation) -> None:
    reader = foundation.principal(BETA, [Permission.CATALOG_READ])
    catalog = foundation.catalog
    for attempt in (
        catalog.create_product(reader, product(foundation)),
        catalog.change_product(reader, PRODUCT, changes=ProductChanges(unit="kg")),
        catalog.set_price(reader, price()),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_another_tenants_product_is_not_there(foundation: Foundation) -> None:
    stranger = foundation.principal(ALPHA)
    with pytest.raises(NotFound):
        await foundation.catalog.change_product(
            stranger, PRODUCT, changes=ProductChanges(unit="kg")
        )
    with pytest.raises(NotFound):
        await foundation.catalog.set_price(stranger, price())
    own = seed_id("alpha", "product", 0)
    with pytest.raises(NotFound):
        await foundation.catalog.set_price(stranger, price(product_id=own, store_id=SHOP))


async def test_a_change_keeps_what_it_does_not_name_and_counts(foundation: Foundation) -> None:
    owner = foundation.principal(BETA)
    changes = ProductChanges(names={"fr": "Autre"}, codes=("1", "2"))
    revision = await foundation.catalog.change_product(owner, PRODUCT, changes=changes)
    found = await item(foundation, PRODUCT)
    assert (found.names, found.codes, found.sku, found.unit) == (
        {"fr": "Autre"},
        ["1", "2"],
        "SKU-0",
        "piece",
    )
    with pytest.raises(Refused) as caught:
        await foundation.catalog.change_product(
            owner, PRODUCT, changes=ProductChanges(active=False), revision=revision - 1
        )
    assert caught.value.code == "revision-differs"
    again = await foundation.catalog.change_product(
        owner, PRODUCT, changes=ProductChanges(active=False), revision=revision
    )
    assert again == revision + 1
    assert not (await item(foundation, PRODUCT)).active


async def test_a_price_begins_now_or_later_here_or_everywhere(foundation: Foundation) -> None:
    owner = foundation.principal(BETA)
    later = NOON + timedelta(days=3)
    await foundation.catalog.set_price(owner, price())
    await foundation.catalog.set_price(
        owner, price(unit_price_minor=888, store_id=SHOP, effective_at=later)
    )
    now = PricePoint(unit_price_minor=777)
    assert await schedule(foundation, SECOND_SHOP) == [now]
    assert await schedule(foundation, SHOP) == [
        now,
        PricePoint(unit_price_minor=888, effective_at=later),
    ]


async def test_a_price_in_a_currency_nobody_sells_in_is_refused(foundation: Foundation) -> None:
    owner = foundation.principal(BETA)
    for store_id in (None, SHOP):
        with pytest.raises(Malformed, match="not in EUR") as refused:
            await foundation.catalog.set_price(owner, price(currency="EUR", store_id=store_id))
        assert refused.value.fields.keys() == {"currency"}


async def test_a_price_behind_one_that_has_begun_is_refused(foundation: Foundation) -> None:
    """What is answered is what the shop ends with: `effective_at` before it changes nothing."""
    owner = foundation.principal(BETA)
    yesterday, earlier = NOON - timedelta(days=1), NOON - timedelta(days=2)
    await foundation.catalog.set_price(
        owner, price(unit_price_minor=888, store_id=SHOP, effective_at=yesterday)
    )
    in_force = [PricePoint(unit_price_minor=888)]
    assert await schedule(foundation, SHOP) == in_force
    with pytest.raises(Refused, match="never count") as refused:
        await foundation.catalog.set_price(
            owner, price(unit_price_minor=555, store_id=SHOP, effective_at=earlier)
        )
    assert refused.value.fields.keys() == {"effective_at"}
    assert await schedule(foundation, SHOP) == in_force
    for unit_price_minor, effective_at in ((999, yesterday), (1000, None)):
        await foundation.catalog.set_price(
            owner,
            price(unit_price_minor=unit_price_minor, store_id=SHOP, effective_at=effective_at),
        )
        assert await schedule(foundation, SHOP) == [PricePoint(unit_price_minor=unit_price_minor)]


async def test_prices_set_at_once_are_all_published(foundation: Foundation) -> None:
    """Whoever publishes waits before reading, so nobody overwrites with what was before."""
    owner = foundation.principal(BETA)

    async def set_both(number: int) -> None:
        at = NOON + timedelta(days=1 + number)
        await foundation.catalog.set_price(
            owner,
            price(
                unit_price_minor=1_000 + number,
                effective_at=at,
                store_id=SHOP if number % 2 else None,
            ),
        )

    await asyncio.gather(*(set_both(number) for number in range(12)))
    points = await schedule(foundation, SHOP)
    assert points[-1] == PricePoint(unit_price_minor=1_011, effective_at=NOON + timedelta(days=12))
    everywhere = await schedule(foundation, SECOND_SHOP)
    assert [p.unit_price_minor for p in everywhere[1:]] == [1_000 + n for n in range(0, 12, 2)]


async def test_changes_leave_a_trace(foundation: Foundation, hub_database: HubDatabase) -> None:
    hub_database.sql("truncate audit_entry")
    owner = foundation.principal(BETA)
    await foundation.catalog.set_price(owner, price())
    with pytest.raises(Malformed):
        await foundation.catalog.create_product(owner, product(foundation, tax_id="none"))
    found = hub_database.sql("select actor_id, action, subject_id from audit_entry")
    assert found == f"{owner.user_id}|price.set|{PRODUCT}"


async def test_a_rate_that_begins_is_published_on_its_day(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    hub_database.sql(
        f"insert into tax_rate values ('{BETA}', 'tva-9', '{date(2026, 12, 1)}', 'TVA', 100000)"
    )
    for day, rate_ppm in ((30, 90_000), (31, 100_000)):
        foundation.clock.time = datetime(2026, 10, 31, 23, 30, tzinfo=UTC) + timedelta(days=day)
        async with foundation.database.tenant(BETA) as session:
            await foundation.publisher.publish_taxes(session)
        tax = (await foundation.published(BETA, SHOP, "prices"))["tax/tva-9"]
        # Algiers is an hour ahead of UTC: the day begins there first.
        assert getattr(tax, "rate_ppm", None) == (100_000 if day >= 30 else rate_ppm)


def proposal(foundation: Foundation, **changes: Any) -> ReceivedFact:
    body = ProductProposed(
        **{
            "product_id": foundation.ids.next(),
            "name": "Limonade",
            "unit": "piece",
            "currency": "DZD",
            **changes,
        }
    )
    envelope = Envelope(
        id=foundation.ids.next(),
        type="product.proposed",
        sv=1,
        at=NOON,
        store_id=SHOP,
        body=b"{}",  # type: ignore[arg-type]
    )
    return ReceivedFact(
        device_id=seed_id("beta", "device", 0),
        epoch=1,
        seq=1,
        received_at=NOON,
        business_date=NOON.date(),
        moved=None,
        zone=ZoneInfo("Africa/Algiers"),
        envelope=envelope,
        body=body,
        raw=b"",
    )


async def project(
    foundation: Foundation, *facts: ReceivedFact, share: int = SHARE
) -> Sequence[NewEvent]:
    handler = ProductProposals(
        clock=foundation.clock,
        ids=foundation.ids,
        publisher=foundation.publisher,
        discrepancies=DiscrepancyList(foundation.clock),
        share=share,
    )
    async with foundation.database.tenant(BETA) as session:
        return await handler.project(session, facts)


async def test_a_product_born_in_a_shop_is_adopted(foundation: Foundation) -> None:
    fact = proposal(foundation, code="999", unit_price_minor=150, tax_id="tva-19")
    (event,) = await project(foundation, fact)
    assert isinstance(fact.body, ProductProposed)
    product_id = fact.body.product_id
    assert event.payload["merged_into"] is None
    for store_id in (SHOP, SECOND_SHOP):
        found = await item(foundation, product_id, store_id)
        assert (found.names, found.codes, found.sku) == ({"fr": "Limonade"}, ["999"], "999")
    assert await schedule(foundation, SHOP, product_id) == [PricePoint(unit_price_minor=150)]
    elsewhere = await foundation.published(BETA, SECOND_SHOP, "prices")
    assert f"price/{product_id}" not in elsewhere


async def test_a_device_brings_its_share_of_products_and_no_more(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    """What is beyond it is named; what the chain knows already is merged as ever."""
    facts = [proposal(foundation, code=f"share-{number}") for number in range(4)]
    held = await _proposed(foundation)
    events = await project(foundation, *facts, share=held + 3)
    assert [event.id for event in events] == [fact.id for fact in facts[:3]]
    assert await project(foundation, facts[3], share=held + 3) == []
    (again,) = await project(foundation, proposal(foundation, code="share-0"), share=held + 3)
    assert again.payload["merged_into"] is not None
    named = "select fact_id from discrepancy where code = 'too-many-proposals'"
    assert hub_database.sql(named) == str(facts[3].id)


async def _proposed(foundation: Foundation) -> int:
    async with foundation.database.tenant(BETA) as session:
        return await proposed_by(session, seed_id("beta", "device", 0))


async def test_a_known_code_is_that_product(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    by_code = proposal(foundation, code="6130000000000")
    by_sku = proposal(foundation, code="SKU-1")
    before = await foundation.versions(BETA, SHOP)
    events = await project(foundation, by_code, by_sku)
    known = [seed_id("beta", "product", n) for n in (0, 1)]
    assert [event.payload["merged_into"] for event in events] == known
    assert await foundation.versions(BETA, SHOP) == before
    aliases = hub_database.sql("select alias_id, product_id from product_alias order by 1")
    assert isinstance(by_code.body, ProductProposed)
    assert f"{by_code.body.product_id}|{known[0]}" in aliases.splitlines()


async def test_two_shops_that_propose_one_code_mean_one_product(foundation: Foundation) -> None:
    first, second = (proposal(foundation, code="42") for _ in range(2))
    events = await project(foundation, first, second)
    assert isinstance(first.body, ProductProposed)
    assert [e.payload["merged_into"] for e in events] == [None, first.body.product_id]


async def test_a_proposal_without_code_price_or_tax_waits_for_the_office(
    foundation: Foundation,
) -> None:
    fact = proposal(foundation, name="خبز")
    await project(foundation, fact)
    assert isinstance(fact.body, ProductProposed)
    found = await item(foundation, fact.body.product_id)
    assert found.names == {"ar": "خبز"}
    assert found.sku.startswith("N-")
    prices = await foundation.published(BETA, SHOP, "prices")
    assert f"price/{fact.body.product_id}" not in prices
