"""Sealed customers and their keys in SQLite."""

import sqlite3
from uuid import UUID

from edge_agent.customers.rules import SealedCustomer
from edge_agent.kit.queries import load_queries

_QUERIES = load_queries("edge_agent.customers")


def customer(connection: sqlite3.Connection, customer_id: UUID) -> SealedCustomer | None:
    """The customer; without a key once the person has been erased."""
    row = connection.execute(_QUERIES["customer_by_id"], {"id": str(customer_id)}).fetchone()
    if row is None:
        return None
    return SealedCustomer(sealed=bytes(row[0]), key=None if row[1] is None else bytes(row[1]))


def insert_customer(
    connection: sqlite3.Connection, customer_id: UUID, *, sealed: bytes, key: bytes
) -> None:
    """The customer and, in an erasable row of its own, the key."""
    connection.execute(_QUERIES["insert_customer"], {"id": str(customer_id), "sealed": sealed})
    insert_person_key(connection, customer_id, key)


def insert_person_key(connection: sqlite3.Connection, person_id: UUID, key: bytes) -> None:
    """A person's key, in its erasable row."""
    connection.execute(_QUERIES["insert_person_key"], {"person_id": str(person_id), "key": key})


def person_key(connection: sqlite3.Connection, person_id: UUID) -> bytes | None:
    """The person's key; None for a stranger and for a person who was erased."""
    parameters = {"person_id": str(person_id)}
    row = connection.execute(_QUERIES["person_key_by_id"], parameters).fetchone()
    return None if row is None else bytes(row[0])
