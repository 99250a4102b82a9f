"""A box's disk: real SQLite with the agent's own schema, in memory, and what a cut leaves of it.

A group is committed when its sync is through, because readers of a write-ahead log see it no
sooner. A cut in the middle leaves it or does not. `lying`: syncs return before anything is written,
as with `synchronous=NORMAL`; then a cut also takes what was committed in the last seconds.
"""

import sqlite3
from functools import lru_cache
from random import Random

from edge_agent.storage.group import Outcome, Work, commit_group
from edge_agent.storage.schema import migrate, released_migrations
from tests.simulation.virtual_time import now_ms

_PAGE_BYTES = 512
_WRITTEN_BACK_MS = 5_000


@lru_cache(maxsize=1)
def blank_image() -> bytes:
    """A database as this release's migrations make it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    migrate(connection, released_migrations())
    image = connection.serialize()
    connection.close()
    return image


class Disk:
    """`image` is all that is on it; `replace` puts another one there (a backup, a blank)."""

    def __init__(self, rng: Random, *, lying: bool) -> None:
        self.rng = rng
        self.stall_ms = 0
        self.failing = False
        self.connection = _opened(blank_image())
        self._lying = lying
        self._written: tuple[int, bytes] | None = None

    def sync_ms(self) -> int:
        """How long the next sync takes."""
        return self.rng.randint(1, 12) + self.stall_ms

    def commit(self, works: list[Work]) -> list[Outcome]:
        """The group is on the disk, unless the disk lies."""
        if self._lying and (
            self._written is None or now_ms() - self._written[0] > _WRITTEN_BACK_MS
        ):
            self._written = now_ms(), self.connection.serialize()
        return commit_group(self.connection, works)

    def cut(self, under_way: list[Work]) -> None:
        """The power goes while this group is being synced."""
        self._end_of_run(under_way)
        if self._written is not None:
            at_ms, image = self._written
            self._written = None
            if now_ms() - at_ms <= _WRITTEN_BACK_MS:
                self.replace(image)

    def killed(self, under_way: list[Work]) -> None:
        """The process goes; what it had handed to the kernel stays."""
        self._end_of_run(under_way)

    def image(self) -> bytes:
        """A copy of the card."""
        return self.connection.serialize()

    def replace(self, image: bytes) -> None:
        """Another card."""
        self.connection.close()
        self.connection = _opened(image)
        self._written = None

    def _end_of_run(self, under_way: list[Work]) -> None:
        if under_way and self.rng.random() < 0.5:
            commit_group(self.connection, under_way)


def _opened(image: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, cached_statements=512, check_same_thread=False
    )
    connection.deserialize(image)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
