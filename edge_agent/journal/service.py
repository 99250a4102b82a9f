"""The journal: facts in the order they happened, chained, kept until the hub holds them.

Laws: a fact is appended in the same commit as what it tells (promise A); seqs have no gap (C);
nothing above the hub's ack is deleted (D); the chain covers every byte from the first fact on (N).
Methods that take a connection run inside a function given to `Writer.submit`.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from edge_agent.journal import store
from edge_agent.journal.models import Debt, DeviceState, JournalRow, NewFact
from edge_agent.kit.clock import Clock
from edge_agent.storage.readers import Readers
from protocol.codec.facts import MAX_FACT_BYTES
from protocol.errors import LocalProtocolError, Malformed, Refused
from protocol.session.outputs import StoredFact

# In the pruning transaction, with the ids of the facts that go.
Forget = Callable[[sqlite3.Connection, Sequence[UUID]], None]

RETENTION = timedelta(days=14)
_ACK_MARK_INTERVAL_MS = 3_600_000
_PRUNED_PER_RUN = 500


class Journal:
    """This device's facts."""

    def __init__(
        self, readers: Readers, clock: Clock, *, retention_days: int = RETENTION.days
    ) -> None:
        self._readers = readers
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._forgetting: list[Forget] = []
        # The hub's clock when this process's steady one stood at 0.
        self._hub_ahead: datetime | None = None

    def on_pruned(self, forget: Forget) -> None:
        """Call `forget` in the commit that prunes facts: what hangs on them may go as well."""
        self._forgetting.append(forget)

    def install(self, connection: sqlite3.Connection, *, device_id: UUID, epoch: int) -> None:
        """On the first start, bind the folder to the device and its first epoch.

        Raises Refused `folder-of-another-device`. A later epoch in the folder stays: the hub
        issued it since.
        """
        store.install(connection, device_id=device_id, epoch=epoch)
        found = store.device_state(connection).device_id
        if found != device_id:
            raise Refused(
                "folder-of-another-device",
                f"This folder is the journal of device {found}: give this agent one of its own.",
            )

    def state(self, connection: sqlite3.Connection) -> DeviceState:
        """Where the journal stands."""
        return store.device_state(connection)

    def epoch(self, connection: sqlite3.Connection) -> int:
        """The epoch in force, which is also that of the receipts' series."""
        return store.epoch(connection)

    def next_sess(self, connection: sqlite3.Connection) -> int:
        """Count a connection to the broker; rises over restarts, so that late wills are known."""
        return store.next_sess(connection)

    def append(self, connection: sqlite3.Connection, fact: NewFact) -> JournalRow:
        """Append one fact; durable with the group's commit.

        Raises Malformed `fact-too-large`, Refused `fact-id-reused`.
        """
        if len(fact.raw) > MAX_FACT_BYTES:
            raise Malformed("fact-too-large", f"Split it: at most {MAX_FACT_BYTES} bytes fit.")
        return store.append(connection, fact)

    def mark_acked(
        self,
        connection: sqlite3.Connection,
        upto: int,
        *,
        dead: Sequence[tuple[int, str]] = (),
    ) -> None:
        """The hub durably holds everything up to `upto`. `dead`: seq and code of what it cannot
        read. Lower than before: the hub was restored and will be sent the rest again."""
        head_seq, _ = store.head(connection)
        if not 0 <= upto <= head_seq:
            raise LocalProtocolError("ack-beyond-head", f"ack {upto}, head {head_seq}")
        if store.hash_at(connection, upto) is None:
            raise LocalProtocolError("ack-of-pruned", f"fact {upto} was pruned")
        store.set_acked(connection, upto, now=self._clock.now())
        hub_now = self.hub_now()
        if hub_now is not None:
            store.mark_ack(connection, upto, at=hub_now, interval_ms=_ACK_MARK_INTERVAL_MS)
        store.bury(connection, dead)

    def adopt_epoch(
        self, connection: sqlite3.Connection, *, epoch: int, base_seq: int, base_hash: bytes
    ) -> DeviceState:
        """Chain every fact after `base_seq` anew under the epoch that the hub issued, in one
        commit; ids, seqs and bytes stay. Repeating it changes nothing.

        Raises LocalProtocolError when the epoch is not newer, or the base is not in this journal or
        lies before what was pruned.
        """
        state = store.device_state(connection)
        if (state.epoch, state.epoch_base_seq, state.base_hash) == (epoch, base_seq, base_hash):
            return state
        if epoch <= state.epoch:
            raise LocalProtocolError("epoch-not-newer", f"epoch {epoch} after {state.epoch}")
        if store.hash_at(connection, base_seq) != base_hash:
            raise LocalProtocolError("epoch-base-differs", f"another history at {base_seq}")
        store.rehash(connection, epoch=epoch, base_seq=base_seq, base_hash=base_hash)
        return store.device_state(connection)

    def heard_hub(self, at: datetime) -> None:
        """The hub said what time it is.

        Pruning counts by the hub's clock alone: were it this box's, one jump forwards would drop
        what was acknowledged a minute ago, and a hub restored from yesterday would never get it.
        """
        self._hub_ahead = at - timedelta(milliseconds=self._clock.monotonic_ms())

    def prune(self, connection: sqlite3.Connection) -> int:
        """Delete some of what was acked longer ago than the retention, two weeks if not told
        otherwise; returns how many, 0 = nothing left, or the hub's time is not known yet."""
        now = self.hub_now()
        if now is None:
            return 0
        before = now - self._retention
        gone = store.prune(connection, before=before, most=_PRUNED_PER_RUN)
        if gone:
            for forget in self._forgetting:
                forget(connection, gone)
        return len(gone)

    def hub_now(self) -> datetime | None:
        """What time it is at the hub; None until it was heard since the start."""
        if self._hub_ahead is None:
            return None
        return self._hub_ahead + timedelta(milliseconds=self._clock.monotonic_ms())

    def holds(self, connection: sqlite3.Connection, fact_id: UUID) -> bool:
        """False once the fact was pruned: the hub has had it for the whole retention."""
        return store.holds(connection, fact_id)

    async def facts_from(self, first: int, *, max_count: int, max_bytes: int) -> list[StoredFact]:
        """Facts from `first` on without a hole, as many as the bounds allow but one in any case;
        empty when `first` is not held."""
        async with self._readers.connection() as reader:
            return await store.facts_from(
                reader, first=first, max_count=max_count, max_bytes=max_bytes
            )

    async def hashes_at(self, seqs: Sequence[int]) -> dict[int, bytes]:
        """Hashes by seq, 0 being the genesis; what is not held is left out."""
        async with self._readers.snapshot() as reader:
            return await store.hashes_at(reader, seqs)

    async def read_state(self) -> DeviceState:
        """Where the journal stands, without waiting for the writer."""
        async with self._readers.snapshot() as reader:
            return await store.read_device_state(reader)

    async def debt(self) -> Debt:
        """What the hub has not acknowledged yet."""
        async with self._readers.snapshot() as reader:
            return await store.debt(reader)
