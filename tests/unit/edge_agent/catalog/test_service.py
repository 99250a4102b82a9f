import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.catalog.models import Product
from edge_agent.catalog.service import CatalogService
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.checkout.prices import PricePoint
from protocol.errors import NotFound, Refused
from protocol.messages.collections import CatalogueItem, Item, PriceItem, PriceList, TaxRate
from protocol.messages.proposal import ProductProposed
from tests.unit.edge_agent.clock import START, ManualClock
from tests.unit.edge_agent.pages import page

TVA = TaxRate(tax_id="tva19", name="TVA 19 %", rate_ppm=190_000)
TODAY = START.date()


def product(number: int, **more: object) -> CatalogueItem:
    fields: dict[str, object] = {"sku": f"S{number}", "names": {"fr": f"Produit {number}"}, **more}
    return CatalogueItem(product_id=UUID(int=number), unit="piece", **fields)  # type: ignore[arg-type]


def price(number: int, *points: PricePoint) -> PriceItem:
    return PriceItem(
        product_id=UUID(int=number), currency="DZD", tax_id="tva19", schedule=list(points)
    )


class Shop:
    """A catalogue over a real file."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.writer = Writer(path / "hanout.db")
        self.readers = Readers(path / "hanout.db", count=1)
        self.catalog = CatalogService(self.readers, self.clock)

    async def publish(self, name: str, *items: Item, version: int = 1, **more: object) -> None:
        [collection] = [one for one in self.catalog.collections if one.name == name]
        sent = page(name, items, version=version, **more)  # type: ignore[arg-type]
        await self.writer.submit(lambda conn: collection.stage_page(conn, sent))

    async def propose(self, number: int, **more: object) -> bool:
        proposed = ProductProposed(
            product_id=UUID(int=number),
            unit="piece",
            currency="DZD",
            **{"name": "Kesra maison", **more},  # type: ignore[arg-type]
        )
        return await self.writer.submit(lambda conn: self.catalog.propose(conn, proposed))

    async def tidy(self) -> None:
        while await self.writer.submit(self.catalog.tidy):
            pass

    async def numbers(self, text: str, limit: int = 50) -> list[int]:
        return numbers(await self.catalog.search(text, limit=limit, on=TODAY))


def numbers(products: list[Product]) -> list[int]:
    return [found.product_id.int for found in products]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    shop = Shop(tmp_path)
    await shop.writer.start()
    await shop.readers.open()
    yield shop
    await shop.readers.close()
    await shop.writer.stop()


async def test_a_product_with_its_price_and_tax(shop: Shop) -> None:
    await shop.publish("catalogue", product(1, codes=["6130000000015"], category="Pain"))
    await shop.publish("prices", TVA, price(1, PricePoint(unit_price_minor=2500)), version=4)
    [found] = await shop.catalog.by_code("6130000000015", on=TODAY)
    assert found == await shop.catalog.product(UUID(int=1), on=TODAY)
    assert (found.unit_price_minor, found.currency) == (2500, "DZD")
    assert (found.tax_id, found.tax, found.price_version) == ("tva19", TVA, 4)
    assert (found.category, found.proposed, found.active) == ("Pain", False, True)


async def test_a_product_without_price_and_a_price_without_tax(shop: Shop) -> None:
    await shop.publish("catalogue", product(1), product(2))
    await shop.publish("prices", price(2, PricePoint(unit_price_minor=5)))
    first, second = (await shop.catalog.listing(after=None, limit=10, on=TODAY)).items
    assert (first.unit_price_minor, first.tax_id, first.currency) == (None, None, None)
    assert (second.unit_price_minor, second.tax_id, second.tax) == (5, "tva19", None)


async def test_codes(shop: Shop) -> None:
    upc = "036000291452"
    await shop.publish(
        "catalogue",
        product(1, codes=[upc]),
        product(2, codes=[f"0{upc}"]),
        product(3, sku="85123A"),
        product(4, sku="85123a"),
    )
    for code in (upc, f"0{upc}", f"00{upc}"):
        assert set(numbers(await shop.catalog.by_code(code, on=TODAY))) == {1, 2}
    assert numbers(await shop.catalog.by_code("85123A", on=TODAY)) == [3]
    assert numbers(await shop.catalog.by_code("85123a", on=TODAY)) == [4]
    for code in ("nothing", "", "036000291453", "x" * 10_000, "a\x00b"):
        with pytest.raises(NotFound):
            await shop.catalog.by_code(code, on=TODAY)


async def test_a_code_as_it_is_written_comes_before_equal_gtins(shop: Shop) -> None:
    upc = "012345678905"
    spelled = [f"00{upc}", f"0{upc}", upc]
    await shop.publish(
        "catalogue",
        product(1, sku=spelled[0]),
        product(2, codes=[spelled[1]]),
        product(3, sku=spelled[2]),
    )
    for place, code in enumerate(spelled, 1):
        others = [one for one in (1, 2, 3) if one != place]
        assert numbers(await shop.catalog.by_code(code, on=TODAY)) == [place, *others]
        assert await shop.numbers(f" {code} ") == [place, *others]


async def test_a_future_price_begins_by_itself(shop: Shop) -> None:
    later = shop.clock.now() + timedelta(hours=1)
    await shop.publish("catalogue", product(1))
    await shop.publish(
        "prices",
        TVA,
        price(
            1,
            PricePoint(unit_price_minor=100),
            PricePoint(unit_price_minor=120, effective_at=later),
        ),
    )
    assert (await shop.catalog.product(UUID(int=1), on=TODAY)).unit_price_minor == 100
    shop.clock.advance(timedelta(hours=1))
    assert (await shop.catalog.product(UUID(int=1), on=TODAY)).unit_price_minor == 120


async def test_search_in_three_languages(shop: Shop) -> None:
    await shop.publish(
        "catalogue",
        product(1, names={"fr": "Café moulu Bonal", "ar": "قهوة مطحونة"}),
        product(2, names={"fr": "Cafetière", "ar": "إبريق القهوة"}),
        product(3, names={"fr": "Lait demi-écrémé", "ar": "حَلِيب"}, codes=["6130000000015"]),
        product(4, names={"en": "Tea pot", "fr": "Théière"}),
    )
    assert sorted(await shop.numbers("cafe")) == [1, 2]
    assert sorted(await shop.numbers("CAFÉ mou")) == [1]
    assert await shop.numbers("ecreme lait") == [3]
    assert await shop.numbers("حليب") == [3]
    assert await shop.numbers("قهو") == [1]
    assert await shop.numbers("the") == [4]
    assert sorted(await shop.numbers("c")) == [1, 2]
    assert await shop.numbers("6130") == [3]
    assert await shop.numbers("S4") == [4]
    assert await shop.numbers("") == []
    assert await shop.numbers('x" OR words:*') == []
    assert len(await shop.numbers("c", limit=1)) == 1


async def test_an_exact_code_comes_first(shop: Shop) -> None:
    await shop.publish(
        "catalogue", product(1, names={"fr": "ABC ABC ABC"}, sku="Z"), product(2, sku="ABC")
    )
    assert await shop.numbers(" ABC ") == [2, 1]


async def test_withdrawn_products_are_found_by_id_alone(shop: Shop) -> None:
    await shop.publish("catalogue", product(1, active=False), product(2))
    assert await shop.numbers("produit") == [2]
    assert numbers(list((await shop.catalog.listing(after=None, limit=9, on=TODAY)).items)) == [2]
    with pytest.raises(NotFound):
        await shop.catalog.by_code("S1", on=TODAY)
    assert not (await shop.catalog.product(UUID(int=1), on=TODAY)).active
    with pytest.raises(NotFound):
        await shop.catalog.product(UUID(int=9), on=TODAY)


async def test_the_listing_goes_on_where_it_stopped(shop: Shop) -> None:
    await shop.publish("catalogue", *map(product, range(1, 8)))
    await shop.propose(100)
    seen: list[int] = []
    after = None
    for _ in range(4):
        part = await shop.catalog.listing(after=after, limit=3, on=TODAY)
        seen += numbers(list(part.items))
        after = part.next
        if after is None:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7, 100]


async def test_what_is_staged_is_not_seen(shop: Shop) -> None:
    await shop.publish("catalogue", product(1, names={"fr": "ancien"}))
    await shop.publish("catalogue", product(1, names={"fr": "nouveau"}), version=2, done=False)
    assert await shop.numbers("nouveau") == []
    assert await shop.numbers("ancien") == [1]
    await shop.publish("catalogue", product(2), version=2)
    await shop.tidy()
    assert await shop.numbers("ancien") == []
    assert await shop.numbers("nouveau") == [1]
    await shop.publish("catalogue", version=3, gone=[f"product/{UUID(int=1)}"])
    await shop.tidy()
    assert await shop.numbers("nouveau") == []

    def left(connection: sqlite3.Connection) -> list[int]:
        tables = ("replica_row", "product_text", "product_code")
        return [
            connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables
        ]

    assert await shop.writer.submit(left) == [1, 1, 1]


async def test_a_proposal_is_sellable_until_the_hub_has_it(shop: Shop) -> None:
    await shop.publish("prices", TVA)
    assert await shop.propose(7, code="6130000000015", unit_price_minor=4000, tax_id="tva19")
    assert not await shop.propose(7, code="6130000000015", unit_price_minor=4000, tax_id="tva19")
    with pytest.raises(Refused):
        await shop.propose(7, code="6130000000015", unit_price_minor=4001, tax_id="tva19")
    [found] = await shop.catalog.by_code("6130000000015", on=TODAY)
    assert found.proposed
    assert (found.unit_price_minor, found.tax) == (4000, TVA)
    assert await shop.numbers("kesra") == [7]
    await shop.tidy()
    assert await shop.numbers("kesra") == [7]

    await shop.publish("catalogue", product(7, names={"fr": "Kesra"}), version=2)
    [found] = await shop.catalog.search("kesra", limit=9, on=TODAY)
    assert (found.proposed, found.names, found.unit_price_minor) == (False, {"fr": "Kesra"}, 4000)
    await shop.tidy()
    assert (await shop.catalog.product(UUID(int=7), on=TODAY)).unit_price_minor == 4000
    await shop.publish("prices", price(7, PricePoint(unit_price_minor=3900)), version=2)
    await shop.tidy()
    assert (await shop.catalog.product(UUID(int=7), on=TODAY)).unit_price_minor == 3900
    with pytest.raises(Refused):
        await shop.propose(7)


async def test_a_proposal_may_lack_price_and_tax(shop: Shop) -> None:
    await shop.propose(8)
    found = await shop.catalog.product(UUID(int=8), on=TODAY)
    assert (found.unit_price_minor, found.tax_id, found.codes) == (None, None, [])


async def test_many_products_at_once(shop: Shop) -> None:
    await shop.publish("catalogue", *map(product, range(1, 800)))
    wanted = [UUID(int=number) for number in range(1, 1000)]
    assert len(await shop.catalog.items(wanted)) == 799


async def in_the_writer(shop: Shop, *wanted: int) -> dict[int, Product]:
    """As the checkout looks them up, which remembers; always the same as the readers' look-up."""
    ids = [UUID(int=number) for number in wanted]
    found = await shop.writer.submit(lambda conn: shop.catalog.items_in(conn, ids))
    assert found == await shop.catalog.items(ids)
    return {product_id.int: one.at(shop.clock.now()) for product_id, one in found.items()}


async def test_the_checkout_sees_every_change_at_once(shop: Shop) -> None:
    later = shop.clock.now() + timedelta(hours=1)
    points = (
        PricePoint(unit_price_minor=100),
        PricePoint(unit_price_minor=120, effective_at=later),
    )
    assert await in_the_writer(shop, 1) == {}
    await shop.publish("catalogue", product(1), product(2))
    assert (await in_the_writer(shop, 1))[1].unit_price_minor is None
    await shop.publish("prices", TVA, price(1, *points))
    assert (await in_the_writer(shop, 1, 2))[1].unit_price_minor == 100
    shop.clock.advance(timedelta(hours=1))
    assert (await in_the_writer(shop, 1, 2))[1].unit_price_minor == 120
    await shop.publish("prices", price(1, PricePoint(unit_price_minor=90)), version=2)
    assert (await in_the_writer(shop, 1))[1].unit_price_minor == 90
    await shop.publish("catalogue", product(1, active=False), version=2)
    assert not (await in_the_writer(shop, 1))[1].active
    await shop.publish("catalogue", version=3, gone=["product/" + str(UUID(int=1))])
    assert set(await in_the_writer(shop, 1, 2)) == {2}
    await shop.propose(7, unit_price_minor=4000, tax_id="tva19")
    assert (await in_the_writer(shop, 2, 7))[7].proposed
    await shop.publish("catalogue", product(7), version=4)
    assert not (await in_the_writer(shop, 7))[7].proposed


async def test_what_was_rolled_back_is_not_remembered(shop: Shop) -> None:
    await shop.publish("catalogue", product(1))
    await shop.publish("prices", TVA, price(1, PricePoint(unit_price_minor=100)))
    [prices] = [one for one in shop.catalog.collections if one.name == "prices"]
    dearer = page("prices", [price(1, PricePoint(unit_price_minor=200))], version=2)

    def publish_sell_and_fail(conn: sqlite3.Connection) -> None:
        prices.stage_page(conn, dearer)
        found = shop.catalog.items_in(conn, [UUID(int=1)])
        assert found[UUID(int=1)].at(shop.clock.now()).unit_price_minor == 200
        raise Refused("undone", "")

    for _ in range(2):
        with pytest.raises(Refused):
            await shop.writer.submit(publish_sell_and_fail)
        assert (await in_the_writer(shop, 1))[1].unit_price_minor == 100


def price_list(number: int, **more: object) -> PriceList:
    return PriceList(price_list_id=UUID(int=number), name=f"Tarif {number}", **more)  # type: ignore[arg-type]


async def test_a_list_for_everybody_is_the_shelfs_price_between_its_days(shop: Shop) -> None:
    lists = [price_list(91, everybody=True, valid_until=TODAY), price_list(92)]
    points = [
        PricePoint(unit_price_minor=100),
        PricePoint(unit_price_minor=80, price_list_id=UUID(int=91)),
        PricePoint(unit_price_minor=60, price_list_id=UUID(int=92)),
        PricePoint(unit_price_minor=50, min_quantity=Decimal(6)),
    ]
    await shop.publish("catalogue", product(1))
    await shop.publish("prices", TVA, *lists, price(1, *points))
    for on, shown in ((TODAY, 80), (TODAY + timedelta(days=1), 100)):
        assert (await shop.catalog.product(UUID(int=1), on=on)).unit_price_minor == shown
    book = await shop.writer.submit(shop.catalog.price_book_in)
    assert (book.price_lists, book.promotions) == (lists, [])
    assert await shop.writer.submit(shop.catalog.price_book_in) is book
    await shop.publish("prices", version=2, gone=["pricelist/" + str(UUID(int=91))])
    assert (await shop.writer.submit(shop.catalog.price_book_in)).price_lists == [lists[1]]
    assert (await shop.catalog.product(UUID(int=1), on=TODAY)).unit_price_minor == 100
