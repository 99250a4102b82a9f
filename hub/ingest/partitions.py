"""Which of the 64 partitions this worker serves (DESIGN §2.2).

Each worker takes ceil(64 / live workers). Should two hold one partition for a moment, the database
guards order and effect; the locks only keep devices from being served by nobody or by everybody.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from hub.kit.advisory import AdvisoryLocks
from protocol.codec.topics import PARTITIONS
from protocol.errors import Unavailable

# Kinds of advisory locks; any number that nothing else in this database uses.
_PARTITION = 0x484E01
_WORKER = 0x484E02
MAX_WORKERS = PARTITIONS


class Change(Struct, frozen=True):
    """What a round changed."""

    taken: frozenset[int]
    given_up: frozenset[int]


def fair_share(live_workers: int) -> int:
    """How many partitions each of so many workers takes, at most."""
    return -(-PARTITIONS // max(1, live_workers))


class PartitionLocks:
    """Call `round` every few seconds, more often than the session may be silent: it is the ping."""

    def __init__(self, connect: Callable[[], Awaitable[AdvisoryLocks]]) -> None:
        self._connect = connect
        self._locks: AdvisoryLocks | None = None
        self._held: set[int] = set()

    @property
    def held(self) -> frozenset[int]:
        """The partitions this worker serves."""
        return frozenset(self._held)

    async def round(self) -> Change:
        """Ping, then take or give up partitions towards the fair share.

        When the session is gone every partition is given up; the next round begins anew.
        """
        before = self.held
        try:
            await self._balance()
        except Unavailable:
            await self.release()
        return Change(taken=self.held - before, given_up=before - self.held)

    async def release(self) -> None:
        """Give up everything by ending the session."""
        locks, self._locks = self._locks, None
        self._held.clear()
        if locks is not None:
            await locks.close()

    async def _balance(self) -> None:
        locks = self._locks or await self._open()
        share = fair_share(await locks.count(_WORKER))
        for partition in sorted(self._held)[share:]:
            await locks.give_up(_PARTITION, partition)
            self._held.discard(partition)
        for partition in range(PARTITIONS):
            if len(self._held) >= share:
                break
            if partition not in self._held and await locks.take(_PARTITION, partition):
                self._held.add(partition)

    async def _open(self) -> AdvisoryLocks:
        locks = await self._connect()
        for slot in range(MAX_WORKERS):
            if await locks.take(_WORKER, slot):
                self._locks = locks
                return locks
        await locks.close()
        raise Unavailable("too-many-workers", f"{MAX_WORKERS} ingest workers are there already.")
