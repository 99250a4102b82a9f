"""What was decoded of the hub's collections, kept for as long as these stay as they are.

Laws: it is asked inside the writer's transaction and nowhere else, and compares what is in force
there each time: nobody has to tell it of a change, and none can slip past (promise J). Keep whole
rows of the hub's own alone: a version of the hub's never changes its content, while a proposal of
the shop's that was rolled back may give its number to another. Bounded: a full one begins anew
(promise G).
"""

import sqlite3
from typing import Generic, TypeVar

from edge_agent.kit.queries import load_queries

K = TypeVar("K")
V = TypeVar("V")
_QUERIES = load_queries(__package__)


class Remembered(Generic[K, V]):
    """At most so many values."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}
        self._in_force: list[tuple[str, int, int]] = []

    def at(self, connection: sqlite3.Connection) -> dict[K, V]:
        """What is remembered of the versions in force; add what you decode of them."""
        in_force = connection.execute(_QUERIES["in_force"]).fetchall()
        if in_force != self._in_force or len(self._values) >= self._most:
            self._values, self._in_force = {}, in_force
        return self._values
