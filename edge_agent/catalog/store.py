"""The catalogue's SQL, and the decoding of what it finds."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import aiosqlite
import msgspec
from msgspec.structs import replace

from edge_agent.catalog.models import Moment, PriceBook, PricedItem, Product
from edge_agent.catalog.rules import code_keys, product_words, sound_schedule
from edge_agent.kit.queries import load_queries
from protocol.checkout.prices import lists_in_force
from protocol.messages.collections import (
    CatalogueItem,
    Item,
    PriceItem,
    PriceList,
    PromotionItem,
    TaxRate,
)

_QUERIES = load_queries(__package__)
_products = msgspec.json.Decoder(CatalogueItem)
_prices = msgspec.json.Decoder(PriceItem)
_taxes = msgspec.json.Decoder(TaxRate)
_price_lists = msgspec.json.Decoder(PriceList)
_promotions = msgspec.json.Decoder(PromotionItem)
_public_lists = msgspec.json.Decoder(list[PriceList])


def index_product(connection: sqlite3.Connection, row_id: int, item: Item) -> None:
    """Make a product findable by code and words; a withdrawn one is found by id alone."""
    if not isinstance(item, CatalogueItem) or not item.active:
        return
    rows = [{"code": code, "row_id": row_id} for code in code_keys(item)]
    connection.executemany(_QUERIES["index_code"], rows)
    connection.execute(_QUERIES["index_words"], {"row_id": row_id, "words": product_words(item)})


def proposal_version(connection: sqlite3.Connection) -> int:
    """How many changes the shop's own proposals have had."""
    row = connection.execute(_QUERIES["proposal_version"]).fetchone()
    return int(row[0]) if row else 0


def rows_of_key(connection: sqlite3.Connection, key: str) -> dict[str, bytes]:
    """Collection → payload of what is published or proposed under a key."""
    return dict(connection.execute(_QUERIES["rows_of_key"], {"key": key}).fetchall())


def adopted_proposals(connection: sqlite3.Connection, *, most: int) -> list[str]:
    """Keys of some proposals that the hub publishes itself by now."""
    rows = connection.execute(_QUERIES["adopted"], {"most": most}).fetchall()
    return [key for (key,) in rows]


async def by_code(
    reader: aiosqlite.Connection, code: str, *, most: int, moment: Moment
) -> list[Product]:
    """Products that a normalised code names, published ones first."""
    found = {"code": code, "most": most}
    return _distinct(await reader.execute_fetchall(_QUERIES["by_code"], found), moment)


async def by_ids(
    reader: aiosqlite.Connection, ids: Iterable[UUID], *, moment: Moment
) -> list[Product]:
    """Products by id, withdrawn ones too."""
    return _distinct(await reader.execute_fetchall(_QUERIES["by_keys"], _keys(ids)), moment)


async def items(reader: aiosqlite.Connection, ids: Iterable[UUID]) -> Mapping[UUID, PricedItem]:
    """As `by_ids`, for any time."""
    return _by_id(await reader.execute_fetchall(_QUERIES["by_keys"], _keys(ids)))


def items_in(connection: sqlite3.Connection, ids: Iterable[UUID]) -> Mapping[UUID, PricedItem]:
    """As `items`, inside the writer's transaction."""
    return _by_id(connection.execute(_QUERIES["by_keys"], _keys(ids)))


def price_book_in(connection: sqlite3.Connection) -> PriceBook:
    """All price lists and promotions, and what the taxes are called."""
    lists, promotions, taxes = (
        [payload for (payload,) in connection.execute(_QUERIES[query])]
        for query in ("price_lists", "promotions", "taxes")
    )
    named = [_taxes.decode(payload) for payload in taxes]
    return PriceBook(
        price_lists=[_price_lists.decode(payload) for payload in lists],
        promotions=[_promotions.decode(payload).promotion for payload in promotions],
        tax_names={tax.tax_id: tax.name for tax in named},
    )


async def by_words(
    reader: aiosqlite.Connection,
    expression: str,
    *,
    ranked: bool,
    most: int,
    moment: Moment,
) -> list[Product]:
    """Products that an FTS5 expression matches, the best first."""
    query = _QUERIES["by_words" if ranked else "by_few_letters"]
    found = {"expression": expression, "most": most}
    return _distinct(await reader.execute_fetchall(query, found), moment)


async def listing(
    reader: aiosqlite.Connection, *, after: UUID | None, most: int, moment: Moment
) -> list[Product]:
    """Products in the order of their ids."""
    found = {"after": f"product/{after or ''}", "most": most}
    return _distinct(await reader.execute_fetchall(_QUERIES["listing"], found), moment)


async def listed_items(
    reader: aiosqlite.Connection, *, after: UUID | None, most: int
) -> list[PricedItem]:
    """As `listing`, for any time."""
    found = {"after": f"product/{after or ''}", "most": most}
    rows = await reader.execute_fetchall(_QUERIES["listing"], found)
    return [_priced(row) for row in rows]


async def public_lists(reader: aiosqlite.Connection, *, on: date) -> tuple[UUID, ...]:
    """The price lists that hold for everybody on a day."""
    rows = await reader.execute_fetchall(_QUERIES["public_lists"])
    public = [_public_lists.decode(lists) for (lists,) in rows]
    return lists_in_force(public[0], customer_id=None, on=on)


def _keys(ids: Iterable[UUID]) -> dict[str, str]:
    return {"keys": json.dumps([f"product/{product_id}" for product_id in ids])}


def _by_id(rows: Iterable[Sequence[object]]) -> Mapping[UUID, PricedItem]:
    found = [_priced(row) for row in rows]
    # Published ones come first and have the last word.
    return {one.item.product_id: one for one in reversed(found)}


def _distinct(rows: Iterable[Sequence[object]], moment: Moment) -> list[Product]:
    products: dict[UUID, Product] = {}
    lists: tuple[UUID, ...] | None = None
    for row in rows:
        if lists is None:
            public = _public_lists.decode(str(row[-1]))
            lists = lists_in_force(public, customer_id=None, on=moment.on)
        product = _priced(row).at(moment.at, price_lists=lists)
        products.setdefault(product.product_id, product)
    return list(products.values())


def _priced(row: Sequence[object]) -> PricedItem:
    collection, payload, price_payload, tax_payload, price_version, _ = row
    assert isinstance(payload, bytes)
    price = _prices.decode(price_payload) if isinstance(price_payload, bytes) else None
    return PricedItem(
        item=_products.decode(payload),
        price=None if price is None else replace(price, schedule=sound_schedule(price.schedule)),
        tax=_taxes.decode(tax_payload) if isinstance(tax_payload, bytes) else None,
        price_version=price_version if isinstance(price_version, int) else 0,
        proposed=collection == "proposal",
    )
