"""The catalogue's SQL, and the decoding of what it finds."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import aiosqlite
import msgspec

from edge_agent.catalog.models import PricedItem, Product
from edge_agent.catalog.rules import code_keys, product_words
from edge_agent.kit.queries import load_queries
from protocol.messages.collections import CatalogueItem, Item, PriceItem, TaxRate

_QUERIES = load_queries(__package__)
_products = msgspec.json.Decoder(CatalogueItem)
_prices = msgspec.json.Decoder(PriceItem)
_taxes = msgspec.json.Decoder(TaxRate)


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
    reader: aiosqlite.Connection, code: str, *, most: int, now: datetime
) -> list[Product]:
    """Products that a normalised code names, published ones first."""
    found = {"code": code, "most": most}
    return _distinct(await reader.execute_fetchall(_QUERIES["by_code"], found), now)


async def by_ids(
    reader: aiosqlite.Connection, ids: Iterable[UUID], *, now: datetime
) -> list[Product]:
    """Products by id, withdrawn ones too."""
    return _distinct(await reader.execute_fetchall(_QUERIES["by_keys"], _keys(ids)), now)


def by_ids_in(connection: sqlite3.Connection, ids: Iterable[UUID]) -> Mapping[UUID, PricedItem]:
    """As `by_ids`, inside the writer's transaction and for any time."""
    found = [_priced(row) for row in connection.execute(_QUERIES["by_keys"], _keys(ids))]
    # Published ones come first and have the last word.
    return {one.item.product_id: one for one in reversed(found)}


async def by_words(
    reader: aiosqlite.Connection, expression: str, *, ranked: bool, most: int, now: datetime
) -> list[Product]:
    """Products that an FTS5 expression matches, the best first."""
    query = _QUERIES["by_words" if ranked else "by_few_letters"]
    found = {"expression": expression, "most": most}
    return _distinct(await reader.execute_fetchall(query, found), now)


async def listing(
    reader: aiosqlite.Connection, *, after: UUID | None, most: int, now: datetime
) -> list[Product]:
    """Products in the order of their ids."""
    found = {"after": f"product/{after or ''}", "most": most}
    return _distinct(await reader.execute_fetchall(_QUERIES["listing"], found), now)


def _keys(ids: Iterable[UUID]) -> dict[str, str]:
    return {"keys": json.dumps([f"product/{product_id}" for product_id in ids])}


def _distinct(rows: Iterable[Sequence[object]], now: datetime) -> list[Product]:
    products: dict[UUID, Product] = {}
    for row in rows:
        product = _priced(row).at(now)
        products.setdefault(product.product_id, product)
    return list(products.values())


def _priced(row: Sequence[object]) -> PricedItem:
    collection, payload, price_payload, tax_payload, price_version = row
    assert isinstance(payload, bytes)
    return PricedItem(
        item=_products.decode(payload),
        price=_prices.decode(price_payload) if isinstance(price_payload, bytes) else None,
        tax=_taxes.decode(tax_payload) if isinstance(tax_payload, bytes) else None,
        price_version=price_version if isinstance(price_version, int) else 0,
        proposed=collection == "proposal",
    )
