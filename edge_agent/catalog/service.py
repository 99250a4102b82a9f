"""Finding what to sell.

Laws: every answer comes from one published version of the catalogue and one of prices and taxes
(promise J), with the price in force at this moment: a future price begins by itself. A product that
the shop proposed is sellable at once, until the hub publishes it under the same id.
"""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from edge_agent.catalog import store
from edge_agent.catalog.models import PricedItem, Product, ProductPage
from edge_agent.catalog.rules import is_few_letters, match_expression
from edge_agent.kit.clock import Clock
from edge_agent.storage.readers import Readers
from edge_agent.storage.remembered import Remembered
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from protocol.checkout.prices import PricePoint
from protocol.codec.items import encode_item, item_key
from protocol.errors import NotFound, Refused
from protocol.messages.collections import CatalogueItem, Item, PriceItem, TaxRate
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
        self.collections = (
            ReplicatedCollection("catalogue", (CatalogueItem,), store.index_product),
            ReplicatedCollection("prices", (PriceItem, TaxRate), index_nothing),
        )

    async def by_code(self, code: str) -> list[Product]:
        """Products by GTIN, SKU or internal code, exact ones first; raises NotFound
        `unknown-code`."""
        async with self._readers.connection() as reader:
            products = await store.by_code(
                reader, code_key(code), most=_MAX_PER_CODE, now=self._clock.now()
            )
        if not products:
            raise NotFound("unknown-code", "No product has this code: check it or propose one.")
        return _exact_first(products, code)

    async def search(self, text: str, *, limit: int) -> list[Product]:
        """Products with words that begin so, the best first; an exact code comes before all."""
        assert 1 <= limit <= MAX_LIMIT
        expression = match_expression(text)
        if expression is None:
            return []
        now, code = self._clock.now(), text.strip()
        async with self._readers.connection() as reader:
            equal = await store.by_code(reader, code_key(code), most=_MAX_PER_CODE, now=now)
            found = await store.by_words(
                reader, expression, ranked=not is_few_letters(text), most=limit, now=now
            )
        distinct = {product.product_id: product for product in [*_exact_first(equal, code), *found]}
        return list(distinct.values())[:limit]

    async def product(self, product_id: UUID) -> Product:
        """One product, even a withdrawn one; raises NotFound `unknown-product`."""
        products = await self.products([product_id])
        if not products:
            raise NotFound("unknown-product", "No product has this id.")
        return products[product_id]

    async def products(self, ids: Collection[UUID]) -> dict[UUID, Product]:
        """Those of the ids that are known, in one look and hence of one version."""
        async with self._readers.connection() as reader:
            products = await store.by_ids(reader, ids, now=self._clock.now())
        return {product.product_id: product for product in products}

    def products_in(
        self, connection: sqlite3.Connection, ids: Collection[UUID], *, now: datetime
    ) -> dict[UUID, Product]:
        """As `products` at that time, inside the writer's transaction."""
        known = self._sold.at(connection)
        found = {each: known[each] for each in ids if each in known}
        missing = [each for each in ids if each not in found]
        if missing:
            looked_up = store.by_ids_in(connection, missing)
            found.update(looked_up)
            known.update((each, one) for each, one in looked_up.items() if _is_whole(one))
        return {each: one.at(now) for each, one in found.items()}

    async def listing(self, *, after: UUID | None, limit: int) -> ProductPage:
        """Active products in the order of their ids, from behind `after`."""
        assert 1 <= limit <= MAX_LIMIT
        async with self._readers.connection() as reader:
            products = await store.listing(
                reader, after=after, most=limit + 1, now=self._clock.now()
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
