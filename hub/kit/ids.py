"""Ids as a thing that is handed in, so that tests are repeatable."""

import os
from typing import Protocol
from uuid import UUID

from hub.kit.clock import Clock
from protocol.vocabulary.ids import Uuid7Source


class IdSource(Protocol):
    """Where new ids come from."""

    def next(self) -> UUID:
        """A new UUIDv7."""
        ...


def system_ids(clock: Clock) -> IdSource:
    """Ids from this clock and the machine's randomness; for one thread."""
    return Uuid7Source(lambda: int(clock.now().timestamp() * 1000), os.urandom)
