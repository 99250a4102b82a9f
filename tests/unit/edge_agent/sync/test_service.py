"""The sync shell on a real journal, against the hub's role behind a broker made of queues."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import SystemClock
from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from edge_agent.storage.writer import Writer
from edge_agent.sync.ports import Connection, Message
from edge_agent.sync.service import SyncPace, SyncService
from edge_agent.sync.storage import SyncStorage
from protocol.codec.facts import encode_fact
from protocol.codec.items import encode_item, item_key
from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from protocol.messages.collections import RegisterSettings, StaffMember, StoreSettings
from protocol.messages.till import CashMoved
from protocol.session.edge import Boot
from protocol.session.timing import Timing
from tests.unit.protocol.session.fake_hub import FakeHub

DEVICE = UUID("0192d6a0-0000-7000-8000-0000000000aa")
STORE = UUID("0192d6a0-0000-7000-8000-0000000000bb")
PACE = SyncPace(
    connect_jitter_ms=0,
    backoff_initial_ms=5,
    backoff_max_ms=20,
    heartbeat_ms=50,
    timing=Timing(linger_ms=1, answer_initial_ms=50, answer_max_ms=200),
)


class QueueBroker:
    """A broker with one subscriber on each side; can go away and lose what it held."""

    def __init__(self) -> None:
        self.hub = FakeHub(DEVICE)
        self.up = True
        self.retained: dict[str, bytes] = {}
        self.heartbeats = 0
        self.subscribed: list[str] = []
        self._connections: list[_QueueConnection] = []

    @asynccontextmanager
    async def connect(self, *, will: Message) -> AsyncIterator[Connection]:
        if not self.up:
            raise Unavailable("broker-unavailable", "gone")
        connection = _QueueConnection(self)
        self._connections.append(connection)
        try:
            yield connection
        finally:
            self.retained[will.topic] = will.payload

    def go_away(self) -> None:
        self.up = False
        for connection in self._connections:
            connection.inbox.put_nowait(None)


class _QueueConnection:
    def __init__(self, broker: QueueBroker) -> None:
        self._broker = broker
        self.inbox: asyncio.Queue[Message | None] = asyncio.Queue()

    async def subscribe(self, topics: Sequence[str]) -> None:
        self._broker.subscribed = list(topics)

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        if not self._broker.up:
            raise Unavailable("broker-unavailable", "gone")
        channel = topic.rpartition("/")[2]
        if retain:
            self._broker.retained[topic] = payload
        elif channel == "hb":
            self._broker.heartbeats += 1
        else:
            for answer, body in self._broker.hub.receive(channel, payload, 0):
                await self.inbox.put(Message(DeviceTopics(DEVICE).down(answer), body))

    async def receive(self) -> Message:
        message = await self.inbox.get()
        if message is None:
            raise Unavailable("broker-unavailable", "gone")
        return message


class Shop:
    """An agent's lower half."""

    def __init__(
        self,
        folder: Path,
        *,
        broker: QueueBroker | None = None,
        storage: type[SyncStorage] = SyncStorage,
    ) -> None:
        self.writer = Writer(folder / "hanout.sqlite3")
        self.readers = Readers(folder / "hanout.sqlite3")
        self.journal = Journal(self.readers, SystemClock())
        self.broker = broker or QueueBroker()
        self.collections = [
            ReplicatedCollection("settings", (StoreSettings, RegisterSettings), index_nothing),
            ReplicatedCollection("staff", (StaffMember,), index_nothing),
        ]
        self.storage = storage(
            writer=self.writer,
            journal=self.journal,
            collections=self.collections,
            person_keys=lambda connection, raws: {},
            folder=folder,
        )
        self.sync = SyncService(
            boot=Boot(device_id=DEVICE, boot="b", agent="t"),
            transport=self.broker,
            journal=self.storage,
            replicas=self.storage,
            clock=SystemClock(),
            pace=PACE,
            rng=Random(1),
        )

    async def sell(self, n: int) -> None:
        raw = encode_fact(
            id=UUID(int=n + 1),
            at=SystemClock().now(),
            store_id=STORE,
            body=CashMoved(kind="paid_in", currency="DZD", amount_minor=n, reason="change"),
        )
        await self.writer.submit(lambda c: self.journal.append(c, NewFact(raw=raw)))
        self.sync.wake()


@asynccontextmanager
async def living(shop: Shop) -> AsyncIterator[Shop]:
    """From its start to its end, which a sync in the middle of something does not notice."""
    await shop.writer.start()
    await shop.readers.open()
    await shop.writer.submit(lambda c: shop.journal.install(c, device_id=DEVICE, epoch=1))
    running = asyncio.create_task(shop.sync.run())
    yield shop
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await shop.readers.close()
    await shop.writer.stop()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with living(Shop(tmp_path)) as shop:
        yield shop


async def _until(condition: object) -> None:
    assert callable(condition)
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen")


async def test_facts_reach_the_hub_and_are_marked(shop: Shop) -> None:
    for n in range(250):
        await shop.sell(n)
    await _until(lambda: len(shop.broker.hub.inbox) == 250)
    await _until(lambda: shop.sync.status().last_ack_at_ms is not None)
    await asyncio.sleep(0.05)
    state = await shop.storage.state()
    assert state.acked == 250
    assert (await shop.storage.debt()).count == 0
    assert shop.broker.subscribed == [
        DeviceTopics(DEVICE).all_down,
        DeviceTopics(DEVICE).want,
    ]


async def test_a_broker_that_goes_away_costs_nothing(shop: Shop) -> None:
    await shop.sell(0)
    await _until(lambda: len(shop.broker.hub.inbox) == 1)
    shop.broker.go_away()
    await _until(lambda: not shop.sync.status().connected)
    for n in range(1, 30):
        await shop.sell(n)
    assert (await shop.storage.debt()).count >= 29
    shop.broker.up = True
    await _until(lambda: len(shop.broker.hub.inbox) == 30)


async def test_a_hub_that_lost_its_tail_gets_it_again(shop: Shop) -> None:
    for n in range(20):
        await shop.sell(n)
    await _until(lambda: len(shop.broker.hub.inbox) == 20)
    await _until(lambda: shop.broker.hub.view.current.hwm == 20)
    shop.broker.go_away()
    shop.broker.hub.lose_after(5)
    shop.broker.up = True
    await _until(lambda: len(shop.broker.hub.inbox) == 20)
    assert len(shop.broker.hub.view.epochs) == 1


async def test_collections_are_pulled_and_put_in_force(shop: Shop) -> None:
    changed: list[str] = []
    shop.sync.on_replicas_changed(changed.append)
    register = RegisterSettings(
        register_id=UUID(int=7), name="Caisse 1", code="R1", pairing_token_hash="00"
    )
    shop.broker.hub.publish("settings", {item_key(register): encode_item(register)})
    shop.broker.go_away()
    shop.broker.up = True
    await _until(lambda: "settings" in changed)
    replicas = await shop.storage.replicas()
    assert replicas["settings"].version == 1
    assert replicas["staff"].version == 0


async def test_it_beats_and_shows_where_it_stands(shop: Shop) -> None:
    await _until(lambda: shop.broker.heartbeats >= 2)
    status = shop.sync.status()
    assert status.connected
    assert status.welcomed
    assert status.hub_offset_ms is not None
    assert status.hub_offset_ms < 0
    assert DeviceTopics(DEVICE).presence in shop.broker.retained


async def test_garbage_from_the_broker_is_counted_and_ends_nothing(shop: Shop) -> None:
    await _until(lambda: shop.sync.status().welcomed)
    connection = shop.broker._connections[-1]
    await connection.inbox.put(Message(DeviceTopics(DEVICE).down("ack"), b"\xff"))
    await connection.inbox.put(Message("r1/0/nobody/dn/ack", b"{}"))
    await _until(lambda: sum(shop.sync.status().dropped.values()) == 2)
    await shop.sell(1)
    await _until(lambda: len(shop.broker.hub.inbox) == 1)


async def test_a_connection_that_is_cancelled_from_within_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_once, given_up = SyncService._connect_once, list[int]()

    async def cancelled_once(service: SyncService) -> None:
        if not given_up:
            given_up.append(1)
            raise asyncio.CancelledError
        await connect_once(service)

    monkeypatch.setattr(SyncService, "_connect_once", cancelled_once)
    async with asyncio.timeout(20), living(Shop(tmp_path)) as shop:
        await _until(lambda: shop.sync.status().welcomed)
    assert given_up


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_when_told_to_while_the_connection_breaks(tmp_path: Path, steps: int) -> None:
    async with asyncio.timeout(20), living(Shop(tmp_path)) as shop:
        await _until(lambda: shop.sync.status().welcomed)
        shop.broker.go_away()
        for _ in range(steps):
            await asyncio.sleep(0)
