"""Movements and on-hand in SQLite, inside the transaction that is handed in."""

import sqlite3
from collections.abc import Iterable, Mapping
from uuid import UUID

import aiosqlite

from edge_agent.kit.queries import load_queries

_QUERIES = load_queries("edge_agent.stock")


def movement(connection: sqlite3.Connection, movement_id: UUID) -> tuple[bytes, bytes] | None:
    """Content hash and answer of a booked movement."""
    parameters = {"id": str(movement_id)}
    row = connection.execute(_QUERIES["movement_by_id"], parameters).fetchone()
    return None if row is None else (bytes(row[0]), bytes(row[1]))


def insert_movement(
    connection: sqlite3.Connection,
    movement_id: UUID,
    *,
    kind: str,
    content_hash: bytes,
    answer: bytes,
) -> None:
    """Keep the movement as it was answered."""
    connection.execute(
        _QUERIES["insert_movement"],
        {"id": str(movement_id), "kind": kind, "content_hash": content_hash, "answer": answer},
    )


def apply(connection: sqlite3.Connection, source_id: UUID, *, deltas: Mapping[UUID, int]) -> None:
    """Append the deltas of one ticket or movement, in millionths, and bring on-hand up to them."""
    source = str(source_id)
    rows = [
        {
            "product_id": str(product_id),
            "source_id": source,
            "quantity_micro": quantity_micro,
        }
        for product_id, quantity_micro in deltas.items()
    ]
    connection.executemany(_QUERIES["insert_delta"], rows)
    connection.executemany(_QUERIES["add_to_on_hand"], rows)


def forget_deltas(connection: sqlite3.Connection, source_ids: Iterable[UUID]) -> None:
    """Drop the deltas of these tickets and movements; on-hand keeps their sum."""
    rows = [{"source_id": str(source_id)} for source_id in source_ids]
    connection.executemany(_QUERIES["forget_deltas"], rows)


async def on_hand_micro(reader: aiosqlite.Connection, product_id: UUID) -> int | None:
    """On-hand in millionths; None when the product never moved here."""
    parameters = {"product_id": str(product_id)}
    rows = list(await reader.execute_fetchall(_QUERIES["on_hand_of_product"], parameters))
    return int(rows[0][0]) if rows else None
