"""What was handed over and could not be booked: shown to a person, and settled by one (promise I).

Law: a row leaves the count only with a name and a reason; it is dropped 90 days later, the oldest
ones sooner where the settled ones take more than 64 MiB (promise G).
"""

import sqlite3
from datetime import timedelta
from uuid import UUID

from edge_agent.kit.clock import Clock
from edge_agent.sales import store
from edge_agent.sales.rules import KeptBody, QuarantinePage, Settlement
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.errors import NotFound

MAX_LIMIT = 200
SETTLED_KEPT = timedelta(days=90)
_SETTLED_BYTES = 64 * 1024 * 1024
_DROPPED_PER_RUN = 200
# One id has more than one request only where a tablet is broken, and each may have 6 MiB.
_SHOWN_PER_TICKET = 10


class Quarantine:
    """The requests that wait for a person, and those that waited."""

    def __init__(self, writer: Writer, readers: Readers, clock: Clock) -> None:
        self._writer = writer
        self._readers = readers
        self._clock = clock

    async def waiting(self, *, after: int, limit: int) -> QuarantinePage:
        """A part of all that waits, the oldest first."""
        async with self._readers.connection() as reader:
            found = await store.quarantined_page(reader, after=after, most=limit + 1)
        items = found[:limit]
        return QuarantinePage(items=items, next=items[-1].number if len(found) > limit else None)

    async def requests(self, ticket_id: UUID) -> list[KeptBody]:
        """The oldest that wait under this id; raises NotFound `not-quarantined`."""
        async with self._readers.connection() as reader:
            kept = await store.quarantined_requests(reader, ticket_id, most=_SHOWN_PER_TICKET)
        if not kept:
            raise _not_quarantined()
        return kept

    async def settle(self, settlement: Settlement) -> int:
        """How many waited and wait no longer; raises NotFound `not-quarantined`."""

        def work(connection: sqlite3.Connection) -> int:
            if not store.was_quarantined(connection, settlement.ticket_id):
                raise _not_quarantined()
            return self.settle_in(connection, settlement)

        return await self._writer.submit(work)

    def settle_in(self, connection: sqlite3.Connection, settlement: Settlement) -> int:
        """The same inside the writer's transaction of the caller; nothing waiting is 0."""
        return store.settle(connection, settlement, at=self._clock.now())

    def is_open(self, connection: sqlite3.Connection, number: int) -> bool:
        """Whether the request of this number still waits."""
        return store.is_open(connection, number)

    def tidy(self, connection: sqlite3.Connection) -> int:
        """Delete some that were settled long ago; returns how many, 0 = nothing left."""
        return store.drop_settled(
            connection,
            before=self._clock.now() - SETTLED_KEPT,
            most_bytes=_SETTLED_BYTES,
            most=_DROPPED_PER_RUN,
        )


def _not_quarantined() -> NotFound:
    return NotFound("not-quarantined", "Nothing is in quarantine under that id.")
