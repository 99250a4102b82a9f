"""The SQL of shelf labels."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from uuid import UUID

import aiosqlite
import msgspec

from edge_agent.kit.queries import load_queries
from protocol.documents.labels import ShelfPrice

_QUERIES = load_queries(__package__)
_prices = msgspec.json.Decoder(ShelfPrice)


async def labels(
    reader: aiosqlite.Connection, product_ids: Iterable[UUID]
) -> Mapping[UUID, ShelfPrice]:
    """What the labels of these products say."""
    found = {"ids": json.dumps([str(product_id) for product_id in product_ids])}
    rows = await reader.execute_fetchall(_QUERIES["labels"], found)
    return {UUID(product_id): _prices.decode(price) for product_id, price in rows}


async def labels_of_nothing(
    reader: aiosqlite.Connection, *, after: UUID | None, most: int
) -> Mapping[UUID, ShelfPrice]:
    """Labels of products that are sold no more, by their ids."""
    found = {"after": str(after or ""), "most": most}
    rows = await reader.execute_fetchall(_QUERIES["labels_of_nothing"], found)
    return {UUID(product_id): _prices.decode(price) for product_id, price in rows}


def confirm(connection: sqlite3.Connection, product_id: UUID, price: ShelfPrice | None) -> None:
    """The shelf says this now, or nothing."""
    if price is None:
        connection.execute(_QUERIES["take_label_off"], {"product_id": str(product_id)})
        return
    row = {"product_id": str(product_id), "price": msgspec.json.encode(price)}
    connection.execute(_QUERIES["confirm_label"], row)
