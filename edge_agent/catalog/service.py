"""Finding what to sell.

Laws: every answer comes from one published version of the catalogue and one of prices and taxes
(promise J), with the price in force at this moment: a future price begins by itself. A product that
the shop proposed is sellable at once, until the hub publishes it under the same id.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from edge_agent.catalog import store
from edge_agent.catalog.models import Moment, PriceBook, PricedItem, Product, ProductPage
from edge_agent.catalog.rules import is_few_letters, match_expression
from edge_agent.kit.clock import Clock
from edge_agent.storage.readers import Readers
from edge_agent.storage.remembered import Remembered
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from protocol.checkout.prices import PricePoint
from protocol.codec.items import encode_item, item_key
from protocol.errors import NotFound, Refused
from protocol.messages.collections import (
    CatalogueItem,
    Item,
    PriceItem,
    PriceList,
    PromotionItem,
    TaxRate,
)
from protocol.messages.proposal import ProductProposed
from protocol.messages.sync import Cursor, Page, Put
from protocol.vocabulary.gtin import code_key

MAX_LIMIT = 200
# Codes shared by more products than this are a mistake in the office; a cashier gets these many.
_MAX_PER_CODE = 20
_DROPPED_PER_RUN = 200
# What a shop sells in a week; some kilobytes each.
_MAX_REMEMBERED = 2_000
_UNDETERMINED_LANGUAGE = "und"


class CatalogService:
    """Products of this shop. `collections` are what a pull writes."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock
        self._proposals = ReplicatedCollection(
            "proposal", (CatalogueItem, PriceItem), store.index_product
        )
        self._sold: Remembered[UUID, PricedItem] = Remembered(most=_MAX_REMEMBERED)
        self._book: Remembered[str, PriceBook] = Remembered(most=2)
        self.collections = (
            ReplicatedCollection("catalogue", (CatalogueItem,), store.index_product),
            ReplicatedCollection(
                "prices", (PriceItem, TaxRate, PriceList, PromotionItem), index_nothing
            ),
        )

    async def by_code(self, code: str, *, on: date) -> list[Product]:
        """Products by GTIN, SKU or internal code, exact ones first; raises NotFound
        `unknown-code`."""
        async with self._readers.connection() as reader:
            products = await store.by_code(
                reader, code_key(code), most=_MAX_PER_CODE, moment=self._moment(on)
            )
        if not products:
            raise NotFound("unknown-code", "No product has this code: check it or propose one.")
        return _exact_first(products, code)

    async def search(self, text: str, *, limit: int, on: date) -> list[Product]:
        """Products with words that begin so, the best first; an exact code comes before all."""
        assert 1 <= limit <= MAX_LIMIT
        expression = match_expression(text)
        if expression is None:
            return []
        moment, code = self._moment(on), text.strip()
        async with self._readers.connection() as reader:
            equal = await store.by_code(reader, code_key(code), most=_MAX_PER_CODE, moment=moment)
            found = await store.by_words(
                reader, expression, ranked=not is_few_letters(text), most=limit, moment=moment
            )
        distinct = {product.product_id: product for product in [*_exact_first(equal, code), *found]}
        return list(distinct.values())[:limit]

    async def product(self, product_id: UUID, *, on: date) -> Product:
        """One product, even a withdrawn one; raises NotFound `unknown-product`."""
        async with self._readers.connection() as reader:
            products = await store.by_ids(reader, [product_id], moment=self._moment(on))
        if not products:
            raise NotFound("unknown-product", "No product has this id.")
        return products[0]

    async def items(self, ids: Collection[UUID]) -> Mapping[UUID, PricedItem]:
        """Those of the ids that are known, in one look and hence of one version."""
        async with self._readers.connection() as reader:
            return await store.items(reader, ids)

    def items_in(
        self, connection: sqlite3.Connection, ids: Collection[UUID]
    ) -> Mapping[UUID, PricedItem]:
        """As `items`, inside the writer's transaction."""
        known = self._sold.at(connection)
        found = {each: known[each] for each in ids if each in known}
        missing = [each for each in ids if each not in found]
        if missing:
            looked_up = store.items_in(connection, missing)
            found.update(looked_up)
            known.update((each, one) for each, one in looked_up.items() if _is_whole(one))
        return found

    def price_book_in(self, connection: sqlite3.Connection) -> PriceBook:
        """The price lists and promotions in force, inside the writer's transaction."""
        known = self._book.at(connection)
        if "prices" not in known:
            known["prices"] = store.price_book_in(connection)
        return known["prices"]

    async def listing(self, *, after: UUID | None, limit: int, on: date) -> ProductPage:
        """Active products in the order of their ids, from behind `after`."""
        assert 1 <= limit <= MAX_LIMIT
        async with self._readers.connection() as reader:
            products = await store.listing(
                reader, after=after, most=limit + 1, moment=self._moment(on)
            )
        items = products[:limit]
        return ProductPage(
            items=items, next=items[-1].product_id if len(products) > limit else None
        )

    def propose(self, connection: sqlite3.Connection, proposed: ProductProposed) -> bool:
        """Make the shop's own product sellable, in the commit that journals it. False: it is there
        already, exactly so. Raises Refused `product-id-reused`."""
        items = _items_of(proposed)
        known = [store.rows_of_key(connection, item_key(item)) for item in items]
        if [rows.get("proposal") for rows in known] == [encode_item(item) for item in items]:
            return False
        if known[0]:
            raise Refused("product-id-reused", "Another product has this id: make a new one.")
        version = store.proposal_version(connection) + 1
        self._proposals.stage_page(connection, _change(version, puts=items))
        return True

    def tidy(self, connection: sqlite3.Connection) -> int:
        """Drop some proposals that the hub adopted and some rows of past generations; returns how
        many, 0 = nothing left."""
        adopted = store.adopted_proposals(connection, most=_DROPPED_PER_RUN)
        if adopted:
            version = store.proposal_version(connection) + 1
            self._proposals.stage_page(connection, _change(version, gone=adopted))
        swept = sum(
            collection.sweep(connection) for collection in (*self.collections, self._proposals)
        )
        return len(adopted) + swept

    def _moment(self, on: date) -> Moment:
        return Moment(at=self._clock.now(), on=on)


def _exact_first(products: Sequence[Product], code: str) -> list[Product]:
    """Those that carry the code as it was written before those that it only equals as a GTIN."""
    return sorted(products, key=lambda one: code != one.sku and code not in one.codes)


def _is_whole(one: PricedItem) -> bool:
    """The hub's own, with nothing missing that an upgrade might learn to read."""
    return not one.proposed and one.price is not None and one.tax is not None


def _items_of(proposed: ProductProposed) -> list[Item]:
    product_id = proposed.product_id
    product = CatalogueItem(
        product_id=product_id,
        sku="",
        names={_UNDETERMINED_LANGUAGE: proposed.name},
        unit=proposed.unit,
        codes=[proposed.code] if proposed.code else [],
    )
    price = proposed.unit_price_minor
    schedule = [] if price is None else [PricePoint(unit_price_minor=price)]
    return [
        product,
        PriceItem(
            product_id=product_id,
            currency=proposed.currency,
            tax_id=proposed.tax_id or "",
            schedule=schedule,
        ),
    ]


def _change(version: int, *, puts: Collection[Item] = (), gone: Collection[str] = ()) -> Page:
    """A change of the proposals in the form in which the hub's changes come."""
    return Page(
        rid="",
        collection="proposal",
        next=Cursor(version=version, key="", since=version),
        version=version,
        done=True,
        puts=[
            Put(key=item_key(item), version=version, payload=msgspec.Raw(encode_item(item)))
            for item in puts
        ],
        gone=list(gone),
    )
