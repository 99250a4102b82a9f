"""The sync's two storage ports over the writer, the journal and the replicated collections."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from edge_agent.journal.models import DeviceState
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import from_unix_ms, unix_ms
from edge_agent.storage.replicas import ReplicatedCollection
from edge_agent.storage.writer import Writer
from edge_agent.sync.ports import Debt
from protocol.messages.sync import Page
from protocol.session.outputs import AdoptEpoch, JournalState, Replica, StoredFact

T = TypeVar("T")
# In the bytes of every fact that seals a person: most batches have none, and nobody is asked.
_SEALING = (b"customer.proposed", b"invoice.issued")
PersonKeys = Callable[[sqlite3.Connection, Sequence[bytes]], dict[int, dict[str, bytes]]]
"""Raw facts → their index → person id → key, for the people sealed in them."""


class SyncStorage:
    """Both ports. Whatever it writes is on disk when the call returns."""

    def __init__(
        self,
        *,
        writer: Writer,
        journal: Journal,
        collections: Sequence[ReplicatedCollection],
        person_keys: PersonKeys,
        folder: Path,
    ) -> None:
        self._writer = writer
        self._journal = journal
        self._collections = {collection.name: collection for collection in collections}
        self._person_keys = person_keys
        self._folder = folder

    async def next_sess(self) -> int:
        """See JournalPort."""
        return await self._write(self._journal.next_sess)

    async def state(self) -> JournalState:
        """See JournalPort."""
        return _journal_state(await self._write(self._journal.state))

    async def read(
        self, *, first: int, max_facts: int, max_bytes: int
    ) -> tuple[list[StoredFact], bytes]:
        """See JournalPort."""
        facts = await self._journal.facts_from(first, max_count=max_facts, max_bytes=max_bytes)
        before = await self._journal.hashes_at([first - 1])
        raws = [fact.raw for fact in facts]
        if any(kind in raw for raw in raws for kind in _SEALING):
            keys = await self._write(lambda connection: self._person_keys(connection, raws))
            facts = [_with_keys(fact, keys.get(i, {})) for i, fact in enumerate(facts)]
        return facts, before[first - 1]

    async def hashes_at(self, seqs: Sequence[int]) -> dict[int, bytes]:
        """See JournalPort."""
        return await self._journal.hashes_at(seqs)

    def heard_hub(self, hub_time_ms: int) -> None:
        """See JournalPort."""
        self._journal.heard_hub(from_unix_ms(hub_time_ms))

    async def mark_acked(self, *, hwm: int, dead: Sequence[tuple[int, str]]) -> None:
        """See JournalPort."""
        await self._write(lambda connection: self._journal.mark_acked(connection, hwm, dead=dead))

    async def adopt_epoch(self, adopt: AdoptEpoch) -> JournalState:
        """See JournalPort."""
        return _journal_state(
            await self._write(
                lambda connection: self._journal.adopt_epoch(
                    connection, epoch=adopt.epoch, base_seq=adopt.base, base_hash=adopt.base_hash
                )
            )
        )

    async def debt(self) -> Debt:
        """See JournalPort."""
        debt, state = await self._journal.debt(), await self._journal.read_state()
        return Debt(
            count=debt.count,
            value_minor=dict(debt.value_minor),
            oldest_at_ms=None if debt.oldest_at is None else unix_ms(debt.oldest_at),
            dead_count=state.dead_count,
            disk_free_bytes=shutil.disk_usage(self._folder).free,
        )

    async def replicas(self) -> Mapping[str, Replica]:
        """See ReplicasPort."""
        return await self._write(
            lambda connection: {
                name: collection.state(connection) for name, collection in self._collections.items()
            }
        )

    async def stage(self, collection: str, page: Page) -> None:
        """See ReplicasPort."""
        own = self._collections[collection]
        await self._writer.submit_spare(lambda connection: own.stage_page(connection, page))

    async def sweep(self) -> bool:
        """See ReplicasPort."""
        return await self._write(self._sweep_some) > 0

    def _sweep_some(self, connection: sqlite3.Connection) -> int:
        for collection in self._collections.values():
            if swept := collection.sweep(connection):
                return swept
        return self._journal.prune(connection)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._writer.submit(work)


def _journal_state(state: DeviceState) -> JournalState:
    return JournalState(
        epoch=state.epoch,
        head=state.head_seq,
        head_hash=state.head_hash,
        acked=state.acked_seq,
        acked_hash=state.acked_hash,
        base=state.epoch_base_seq,
        base_hash=state.base_hash,
    )


def _with_keys(fact: StoredFact, keys: dict[str, bytes]) -> StoredFact:
    return StoredFact(seq=fact.seq, hash=fact.hash, raw=fact.raw, keys=keys)
