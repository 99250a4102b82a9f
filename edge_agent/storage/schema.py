"""Brings a database to this release's schema, one committed step after the other.

A crash leaves the database at one of the steps, and the next start goes on from there. An older
release opens a newer database as long as no step since has said that it may not (promise E).
"""

import re
import sqlite3
from collections.abc import Sequence
from importlib.resources import files

from msgspec import Struct

from protocol.errors import Refused

_PACKAGE = "edge_agent.storage.migrations"
_FILENAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
# A step's first line may be `-- floor: 33`: a release that knows step 33 can work with it.
_FLOOR = re.compile(r"-- floor: ([0-9]+)\n")
_KEEPS_FLOOR_FROM = 33


class Migration(Struct, frozen=True):
    """`number` becomes the database's `user_version`; numbers may have gaps."""

    number: int
    name: str
    sql: str

    @property
    def floor(self) -> int:
        """The number that a release must know to open a database with this step; if the step says
        nothing, its own."""
        said = _FLOOR.match(self.sql)
        return int(said[1]) if said else self.number


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

    A newer release's database is left as it is; Refused `database-too-new` when one of its steps is
    beyond what this release can work with.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    newest = max((step.number for step in migrations), default=0)
    if found > newest:
        floor = _floor(connection) if found >= _KEEPS_FLOOR_FROM else found
        if floor <= newest:
            return 0
        raise Refused(
            "database-too-new",
            f"This database needs schema {floor}, this agent knows {newest}: "
            "install a newer agent.",
        )
    missing = [step for step in migrations if step.number > found]
    for step in missing:
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{step.sql}\n{_raised(step)}"
                f"PRAGMA user_version = {step.number};\nCOMMIT;"
            )
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return len(missing)


def _raised(step: Migration) -> str:
    if step.number <= _KEEPS_FLOOR_FROM:
        return ""
    return f"UPDATE schema_floor SET floor = max(floor, {step.floor});\n"  # noqa: S608 - a number


def _floor(connection: sqlite3.Connection) -> int:
    (floor,) = connection.execute("SELECT floor FROM schema_floor").fetchone()
    return int(floor)
