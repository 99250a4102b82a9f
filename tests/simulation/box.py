"""A shop's box: a disk, an agent that runs on it (or does not), and its way to the broker."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from uuid import UUID

from edge_agent.journal import store as journal_store
from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.sales.service import SalesService
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from edge_agent.sync.ports import Message
from edge_agent.sync.service import SyncPace, SyncService
from edge_agent.sync.storage import SyncStorage
from protocol.codec.chain import link
from protocol.messages.collections import COLLECTIONS
from protocol.session.edge import Boot
from protocol.session.timing import Timing
from tests.simulation.broker import Broker, Session, Will
from tests.simulation.disk import Disk
from tests.simulation.disk_access import DiskReaders, DiskWriter
from tests.simulation.gate import Running
from tests.simulation.goods import (
    Poison,
    Sale,
    poison_fact,
    request_hash,
    sale_fact,
    ticket_document,
)
from tests.simulation.link import Link
from tests.simulation.trace import Trace
from tests.simulation.virtual_time import SimClock

# The house's own ratios, shorter: a schedule covers half an hour.
PACE = SyncPace(
    connect_jitter_ms=8_000,
    backoff_initial_ms=1_000,
    backoff_max_ms=20_000,
    heartbeat_ms=45_000,
    timing=Timing(
        linger_ms=250,
        answer_initial_ms=2_000,
        answer_max_ms=30_000,
        silence_ms=120_000,
        clone_wait_ms=60_000,
    ),
)
_MESSAGES = 256
_RESTART_S = 5.0


class EdgeConnection:
    """Implements the edge's `Connection`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def subscribe(self, topics: Sequence[str]) -> None:
        """See the port."""
        for topic in topics:
            await self._session.subscribe(topic)

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        """See the port."""
        await self._session.publish(topic, payload, qos=qos, retain=retain)

    async def receive(self) -> Message:
        """See the port."""
        return Message(*await self._session.receive())


class Agent:
    """One run of the agent on a box. Everything in it but disk and transport is the product's."""

    def __init__(self, box: "Box", *, boot: int) -> None:
        self.running = Running(f"{box.name} run {boot}")
        self.writer = DiskWriter(box.disk, self.running.gate)
        self._box = box
        readers = DiskReaders(box.disk)
        self.journal = Journal(readers, box.clock)
        self.tickets = SalesService(readers)
        self.collections = [ReplicatedCollection(name, (), index_nothing) for name in COLLECTIONS]
        storage = SyncStorage(
            writer=self.writer,
            journal=self.journal,
            collections=self.collections,
            person_keys=lambda connection, raws: {},
            folder=Path("/"),
        )
        self.sync = SyncService(
            boot=Boot(
                device_id=box.device_id,
                boot=f"{box.name}-{boot}",
                agent="simulated",
                fingerprint=box.name,
            ),
            transport=self,
            journal=storage,
            replicas=storage,
            clock=box.clock,
            pace=PACE,
            rng=box.new_rng(f"waits {boot}"),
        )
        self.session: Session | None = None
        self.writer.on_commit(self.sync.wake)

    async def run(self) -> None:
        """Until killed."""
        device_id = self._box.device_id
        await self.writer.submit(
            lambda connection: self.journal.install(connection, device_id=device_id, epoch=1)
        )
        await self.sync.run()

    @asynccontextmanager
    async def connect(self, *, will: Message) -> AsyncIterator[EdgeConnection]:
        """Implements the edge's `Transport`."""
        box = self._box
        session = Session(
            box.broker,
            str(box.device_id),
            who=box.name,
            link=box.link,
            gate=self.running.gate,
            room=_MESSAGES,
        )
        await box.broker.connect(session, will=Will(will.topic, will.payload))
        self.session = session
        try:
            yield EdgeConnection(session)
        finally:
            if not self.running.gate.dead:
                box.broker.leave(session)


class Box:
    """`agent` is None while it is off. A crashed agent is started again, as systemd does."""

    def __init__(
        self,
        name: str,
        *,
        device_id: UUID,
        store_id: UUID,
        broker: Broker,
        link: Link,
        disk: Disk,
        trace: Trace,
        new_rng: Callable[[str], Random],
    ) -> None:
        self.name = name
        self.device_id = device_id
        self.store_id = store_id
        self.broker = broker
        self.link = link
        self.disk = disk
        self.trace = trace
        self.new_rng = new_rng
        self.clock = SimClock()
        self.agent: Agent | None = None
        self.crashes: list[str] = []
        self.on_flip: Callable[[Box, str], None] = _nothing
        self.on_built: Callable[[UUID, bytes], None] = _nobody
        # Switched off by somebody, who will switch it on again.
        self.held_off = False
        self._boots = 0
        self._watching: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Switch on, unless it runs or is meant to be off."""
        if self.agent is not None or self.held_off:
            return
        self._boots += 1
        agent = self.agent = Agent(self, boot=self._boots)
        agent.writer.on_failure = lambda: self._crashed(agent, "the disk failed")
        agent.sync.on_replicas_changed(lambda name: self.on_flip(self, name))
        agent.running.spawn(agent.run())
        self._watching.append(asyncio.get_running_loop().create_task(self._watch(agent)))
        self.trace.note(self.name, f"starts, run {self._boots}")

    async def kill(self, *, power: bool) -> None:
        """SIGKILL, or the power is cut: then nobody tells the broker, and the disk forgets."""
        agent, self.agent = self.agent, None
        if agent is None:
            return
        self.trace.note(self.name, "loses its power" if power else "is killed")
        under_way = agent.writer.under_way()
        agent.running.gate.kill()
        agent.writer.abandon()
        await agent.running.kill()
        if power:
            self.disk.cut(under_way)
        else:
            self.disk.killed(under_way)
            if agent.session is not None:
                self.broker.drop(agent.session, "reset")

    async def ring(self, agent: Agent, sale: Sale) -> None:
        """What the edge API does with a sale: number, ticket and fact in one commit.

        Raises Unavailable when it got no answer. A repetition gets the first answer again.
        """
        await agent.writer.submit(lambda connection: self._book(agent, connection, sale))

    async def poison(self, agent: Agent, kind: Poison, fact_id: UUID) -> None:
        """Append bytes that no hub can use."""
        raw = poison_fact(kind, fact_id=fact_id, store_id=self.store_id, at=self.clock.now())

        def append(connection: sqlite3.Connection) -> None:
            if kind == "no-json":
                _append_anything(connection, fact_id, raw)
            else:
                agent.journal.append(connection, NewFact(raw=raw))

        await agent.writer.submit(append)

    def _book(self, agent: Agent, connection: sqlite3.Connection, sale: Sale) -> None:
        if agent.tickets.find(connection, sale.id) is not None:
            return
        at, epoch = self.clock.now(), agent.journal.epoch(connection)
        number = agent.tickets.next_number(
            connection, register_id=sale.register_id, series_epoch=epoch
        )
        raw, body = sale_fact(
            sale, at=at, store_id=self.store_id, series_epoch=epoch, number=number
        )
        value = body.totals.payable_minor
        row = agent.journal.append(
            connection, NewFact(raw=raw, value_minor=value, currency=body.currency)
        )
        document = ticket_document(sale, body, seq=row.seq, digest=row.hash, at=at)
        agent.tickets.book(connection, document, content_hash=request_hash(sale))
        self.on_built(sale.id, raw)

    async def _watch(self, agent: Agent) -> None:
        await agent.running.over.wait()
        if agent.running.crashed is not None and self.agent is agent:
            self._crashed(agent, repr(agent.running.crashed))

    def _crashed(self, agent: Agent, why: str) -> None:
        if self.agent is agent:
            self.crashes.append(why)
            self.trace.note(self.name, f"crashed: {why}")
            self._watching.append(asyncio.get_running_loop().create_task(self._restart()))

    async def _restart(self) -> None:
        await self.kill(power=False)
        await asyncio.sleep(_RESTART_S)
        self.start()


def _append_anything(connection: sqlite3.Connection, fact_id: UUID, raw: bytes) -> None:
    """As if the bytes had been broken before they were hashed."""
    head_seq, head_hash = journal_store.head(connection)
    epoch = journal_store.epoch(connection)
    connection.execute(
        "INSERT INTO journal (seq, epoch, fact_id, type, at_ms, store_id, value_minor, currency,"
        " hash, bytes) VALUES (?, ?, ?, 'broken', 0, '', 0, NULL, ?, ?)",
        (
            head_seq + 1,
            epoch,
            str(fact_id),
            link(head_hash, epoch=epoch, seq=head_seq + 1, raw=raw),
            raw,
        ),
    )


def _nothing(box: Box, collection: str) -> None:
    """Nobody listens."""


def _nobody(fact_id: UUID, raw: bytes) -> None:
    """Nobody listens."""
