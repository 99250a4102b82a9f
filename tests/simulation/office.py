"""Head office: publishes to the shops through the product's own writer of collections."""

from random import Random
from uuid import UUID

from hub.collections.service import CollectionWriter, prune_tombstones
from protocol.errors import Unavailable
from protocol.messages.collections import COLLECTIONS
from tests.simulation.gate import Gate
from tests.simulation.ledger import Ledger
from tests.simulation.postgres.database import Cluster, MemoryDatabase
from tests.simulation.schedule import Publication
from tests.simulation.virtual_time import SimClock

_TOMBSTONES_OLD_MS = 100 * 86_400_000


class Office:
    """Publishes and prunes; what fails is not tried again."""

    def __init__(self, cluster: Cluster, *, tenant: UUID, ledger: Ledger, rng: Random) -> None:
        self._cluster = cluster
        self._database = MemoryDatabase(cluster, Gate())
        self._tenant = tenant
        self._ledger = ledger
        self._clock = SimClock()
        self._writer = CollectionWriter(self._clock)
        self._rng = rng

    async def found(self, store_id: UUID) -> None:
        """A new shop gets everything it needs."""
        for collection in COLLECTIONS:
            first = Publication(
                at_ms=0, box=0, collection=collection, keys=(0, 1), gone=(), bytes=30
            )
            await self.publish(first, store_id=store_id)

    async def publish(self, publication: Publication, *, store_id: UUID) -> None:
        """One transaction; a version if anything changed."""
        collection = publication.collection
        rows = {
            _key(number): _payload(self._rng, publication.bytes)
            for number in publication.keys
            if number not in publication.gone
        }
        try:
            async with self._database.tenant(self._tenant) as session:
                await self._writer.hold(session, [store_id], collection=collection)
                await self._writer.put(session, store_id=store_id, collection=collection, rows=rows)
                await self._writer.delete(
                    session,
                    store_id=store_id,
                    collection=collection,
                    keys=[_key(number) for number in publication.gone],
                )
        except Unavailable:
            return

    async def prune(self) -> None:
        """Forget tombstones, as if they had grown old."""
        future = SimClock()
        future.jump_ms = _TOMBSTONES_OLD_MS
        try:
            async with self._database.tenant(self._tenant) as session:
                await prune_tombstones(session, future)
        except Unavailable:
            return


def _key(number: int) -> str:
    return f"thing/{number}"


def _payload(rng: Random, size: int) -> bytes:
    return b'"%020x%s"' % (rng.getrandbits(80), b"." * size)
