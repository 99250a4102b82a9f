"""Brings a database to this release's schema, one committed step after the other.

A crash leaves the database at one of the steps, and the next start goes on from there.
"""

import re
import sqlite3
from collections.abc import Sequence
from importlib.resources import files

from msgspec import Struct

from protocol.errors import Refused

_PACKAGE = "edge_agent.storage.migrations"
_FILENAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")


class Migration(Struct, frozen=True):
    """`number` becomes the database's `user_version`; numbers may have gaps."""

    number: int
    name: str
    sql: str


def released_migrations() -> Sequence[Migration]:
    """The package's numbered files in order; raises ValueError when two share a number."""
    steps = [
        Migration(int(match[1]), entry.name, entry.read_text(encoding="utf-8"))
        for entry in sorted(files(_PACKAGE).iterdir(), key=lambda entry: entry.name)
        if (match := _FILENAME.fullmatch(entry.name))
    ]
    if len({step.number for step in steps}) != len(steps):
        raise ValueError(f"two migrations share a number: {[step.name for step in steps]}")
    return steps


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """Apply what is missing, each step in a transaction of its own; returns how many were applied.

    Raises Refused `database-too-new` when a newer release has written this database.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    newest = max((step.number for step in migrations), default=0)
    if found > newest:
        raise Refused(
            "database-too-new",
            f"This database has schema {found}, this agent knows {newest}: install a newer agent.",
        )
    missing = [step for step in migrations if step.number > found]
    for step in missing:
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{step.sql}\nPRAGMA user_version = {step.number};\nCOMMIT;"
            )
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return len(missing)
