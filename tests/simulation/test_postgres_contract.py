"""The played Postgres says and holds what the real one does, under the hub's own code.

Shops with the edge's real machine talk to two hubs at once. Every reply, and in the end every
table, must be the same: else the simulation would prove something about no database there is.
"""

import zlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.collections.service import CollectionReader, CollectionWriter, prune_tombstones
from hub.events.service import EventLog
from hub.fleet.alerts import DeviceAlerts
from hub.ingest.admission import Admission
from hub.ingest.broker import Inbound, Outbound
from hub.ingest.greeting import Greeting
from hub.ingest.inbox import DeviceRef
from hub.ingest.intake import Intake
from hub.ingest.postgres_inbox import PostgresInbox
from hub.ingest.postgres_sync import PostgresSync
from hub.ingest.projector import Projector
from hub.ingest.reprojection import Reprojection
from hub.ingest.settling import Settling
from hub.kit.db import Database
from protocol.codec.control import encode_control
from protocol.codec.topics import DeviceTopics
from protocol.messages.collections import COLLECTIONS
from protocol.messages.sync import Cursor, PageRequest
from protocol.vocabulary.ids import Uuid7Source
from provisioning.demo.postgres import PostgresServer
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.inbox_world import inbox_world
from tests.simulation.gate import Gate
from tests.simulation.goods import poison_fact
from tests.simulation.postgres.database import Cluster, MemoryDatabase
from tests.simulation.postgres.store import Group, Key, Row
from tests.simulation.virtual_time import EPOCH
from tests.simulation.worker import Fleet
from tests.unit.protocol.session.fake_edge import FakeEdge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_STEPS = 180
# Table → what is compared; the rest is the same by construction or by the bytes compared.
_COMPARED = {
    "device_sync": ("epoch", "parent_epoch", "base_seq", "base_hash", "hwm", "hash", "head_seen"),
    "device_epoch": ("parent_epoch", "base_seq", "base_hash", "final_hwm", "final_hash"),
    "device_projection": ("epoch", "seq"),
    "inbox": ("bytes", "hash", "state", "reason", "fact_id", "type", "person_keys"),
    "fact_effect": ("content_hash", "device_id", "epoch", "seq"),
    "quarantine": ("reason", "bytes"),
    "collection_head": ("version", "pruned_version"),
    "collection_row": ("version", "payload"),
    "device_boot": ("fingerprint", "sess", "first_at", "last_at", "returned_at"),
}
_KEYS = {
    "device_sync": ("device_id",),
    "device_epoch": ("device_id", "epoch"),
    "device_projection": ("device_id",),
    "inbox": ("device_id", "epoch", "seq"),
    "fact_effect": ("fact_id",),
    "quarantine": (),
    "collection_head": ("store_id", "collection"),
    "collection_row": ("store_id", "collection", "key"),
    "device_boot": ("device_id", "boot"),
}


class StepClock:
    """Both hubs look at it."""

    def __init__(self) -> None:
        self.seconds = 0

    def now(self) -> Any:
        return EPOCH.replace(microsecond=self.seconds % 1_000_000)

    def monotonic(self) -> float:
        return float(self.seconds)


class Hub:
    """The product's ingest over one database."""

    def __init__(self, app: Database, ingest: Database, *, fleet: Fleet, clock: StepClock) -> None:
        ids = Uuid7Source(lambda: int(EPOCH.timestamp() * 1000), Random(5).randbytes)
        self.app = app
        self.clock = clock
        self.pages = CollectionReader()
        self.writer = CollectionWriter(clock)
        admission = Admission(clock=clock, rng=Random(5))
        store = PostgresInbox(ingest, tenants=app, ids=ids)
        self.intake = Intake(store=store, directory=fleet, admission=admission, clock=clock)
        self.greeting = Greeting(
            database=app,
            sync=PostgresSync(),
            pages=self.pages,
            fleet=fleet,
            watch=DeviceAlerts(clock=clock, ids=ids),
            floors=fleet,
            admission=admission,
            clock=clock,
            ids=ids,
        )
        settling = Settling([], clock=clock, ids=ids)
        self.projector = Projector(app, settling, EventLog(clock), clock=clock)

    async def take(self, device: DeviceRef, channel: str, payload: bytes) -> list[Outbound]:
        """What the ingest worker does with a message."""
        if channel in ("ev", "bk"):
            topic = DeviceTopics(device.device_id).up(channel)
            return await self.intake.take([Inbound(topic, payload)])
        return await self.greeting.answer(device, channel, payload)


class Pair:
    """The real one and the played one, and what they answered."""

    def __init__(self, real: Hub, played: Hub, tenant: UUID) -> None:
        self.real = real
        self.played = played
        self.tenant = tenant

    async def same(self, real: Awaitable[Any], played: Awaitable[Any]) -> Any:
        """Both, and their common answer."""
        found, also = await real, await played
        assert found == also
        return found

    async def take(self, device: DeviceRef, channel: str, payload: bytes) -> list[Outbound]:
        """One message for both."""
        real = await self.real.take(device, channel, payload)
        played = await self.played.take(device, channel, payload)
        assert list(map(_read, real)) == list(map(_read, played))
        return real

    async def project(self) -> None:
        """Both project, and try once more what was parked."""
        for _ in range(2):
            await self.same(self.real.projector.run_once(), self.played.projector.run_once())
        await self.same(
            Reprojection(self.real.app, self.real.projector).run(),
            Reprojection(self.played.app, self.played.projector).run(),
        )

    async def publish(self, device: DeviceRef, rng: Random) -> None:
        """Some rows of a collection come, others go."""
        collection = rng.choice(COLLECTIONS)
        rows = {f"thing/{rng.randrange(8)}": b"%d" % rng.randrange(3) for _ in range(4)}
        gone = [f"thing/{rng.randrange(8)}" for _ in range(2)]
        for hub in (self.real, self.played):
            async with hub.app.tenant(self.tenant) as session:
                place: dict[str, Any] = {"store_id": device.store_id, "collection": collection}
                await hub.writer.put(session, rows=rows, **place)
                await hub.writer.delete(session, keys=gone, **place)

    async def prune(self) -> None:
        """Tombstones and versions that are old by a clock far ahead."""
        for hub in (self.real, self.played):
            future = StepClock()
            future.now = lambda: EPOCH.replace(year=EPOCH.year + 1)  # type: ignore[method-assign]
            async with hub.app.tenant(self.tenant) as session:
                await prune_tombstones(session, future)


class Shop:
    """An edge, fed by both hubs at once."""

    def __init__(self, device: DeviceRef, *, seed: int) -> None:
        self.device = device
        self.rng = Random(seed)
        self.edge = FakeEdge(device.device_id, rng=self.rng)
        self.facts = ShopFacts(seed=seed, store_id=device.store_id).sales(10_000, lines=1)
        self.now_ms = 0
        self.waiting: list[tuple[str, bytes]] = []

    async def step(self, pair: Pair) -> None:
        """Something happens in the shop, and some of its messages arrive."""
        self.now_ms += self.rng.choice((10, 400, 9_000))
        match self.rng.randrange(12):
            case 0 | 1:
                self._out(self.edge.connect(self.now_ms))
            case 2 | 3 | 4 | 5:
                for _ in range(self.rng.choice((1, 3, 130))):
                    self._out(self.edge.append(self._fact(), self.now_ms))
            case 6 if self.edge.raws:
                self._set_back()
            case _:
                if self.edge.session is not None:
                    self._out(self.edge.session.tick(self.now_ms))
        for _ in range(self.rng.randrange(6)):
            if self.waiting:
                await self._send(pair, self.waiting.pop(self.rng.randrange(len(self.waiting))))

    async def _send(self, pair: Pair, message: tuple[str, bytes]) -> None:
        channel, payload = message
        if self.rng.random() < 0.1:
            self.waiting.append(message)
        if channel in ("ev", "bk") and self.rng.random() < 0.05:
            payload = payload[:-1]
        for reply in await pair.take(self.device, channel, payload):
            session = self.edge.session
            if session is not None and self.rng.random() < 0.9:
                down = reply.topic.rsplit("/", 1)[1]
                self._out(session.receive(down, reply.payload, self.now_ms))

    def _fact(self) -> bytes:
        if self.rng.random() < 0.9:
            return next(self.facts)
        kind = self.rng.choice(("unknown-type", "bad-body", "unprojectable"))
        fact_id = UUID(int=self.rng.getrandbits(60) | 7 << 76 | 2 << 62)
        return poison_fact(kind, fact_id=fact_id, store_id=self.device.store_id, at=EPOCH)  # type: ignore[arg-type]

    def _set_back(self) -> None:
        """A backup is restored."""
        kept = self.rng.randrange(len(self.edge.raws))
        self.edge.raws = self.edge.raws[:kept]
        self.edge.hashes = self.edge.hashes[: kept + 1]
        self.edge.acked, self.edge.base = min(self.edge.acked, kept), min(self.edge.base, kept)
        self.edge.session = None
        self.waiting = []

    def _out(self, outputs: list[Any]) -> None:
        if self.edge.session is not None:
            self.waiting += self.edge.carry_out(outputs, self.now_ms)


@asynccontextmanager
async def pair_of_hubs(server: PostgresServer, name: str, shops: int) -> AsyncIterator[Any]:
    """Both hubs and the shops' devices, known to both."""
    async with inbox_world(server, name) as world:
        first = await world.new_device()
        devices = [first.ref]
        for _ in range(shops - 1):
            made = await world.new_device(organization_id=first.ref.organization_id)
            devices.append(made.ref)
        tenant = first.ref.organization_id
        fleet, clock = Fleet(), StepClock()
        async with world.superuser() as connection:
            await connection.execute("delete from device_projection")
            await connection.execute("delete from device_sync")
            await connection.execute("delete from device_epoch")
        cluster = Cluster(Random(1))
        cluster.store.apply({("tenant_counter", (tenant,)): {("counter",): {"event_position": 0}}})
        for device in devices:
            fleet.found(device, cluster.store)
        memory = MemoryDatabase(cluster, Gate())
        real = Hub(world.app, world.ingest, fleet=fleet, clock=clock)
        played = Hub(memory, memory, fleet=fleet, clock=clock)
        yield Pair(real, played, tenant), devices, world, cluster


async def test_two_hubs_say_and_hold_the_same(
    postgres_server: PostgresServer, fresh_database: str
) -> None:
    rng = Random(1)
    async with pair_of_hubs(postgres_server, fresh_database, 3) as (pair, devices, world, cluster):
        shops = [Shop(device, seed=10 + n) for n, device in enumerate(devices)]
        for step in range(_STEPS):
            pair.real.clock.seconds += 1
            await rng.choice(shops).step(pair)
            if step % 9 == 0:
                await pair.publish(rng.choice(devices), rng)
            if step % 7 == 0:
                await pair.project()
            if step % 11 == 0:
                await _pull(pair, rng.choice(devices), rng)
            if step % 60 == 59:
                await pair.prune()
        for table, fields in _COMPARED.items():
            real = await _real_rows(world, pair.tenant, table, fields)
            assert real == _played_rows(cluster, table, fields), table
        held = len(await _real_rows(world, pair.tenant, "inbox", ("bytes",)))
        assert held > 300, "the shops did send"


def _read(reply: Outbound) -> tuple[str, Any]:
    """Objects are the same whatever the order of their fields."""
    text = reply.payload if reply.payload[:1] == b"{" else zlib.decompress(reply.payload)
    return reply.topic, msgspec.json.decode(text)


async def _pull(pair: Pair, device: DeviceRef, rng: Random) -> None:
    version = rng.choice((0, 1, int(EPOCH.timestamp() * 1_000_000) + rng.randrange(200)))
    cursor = Cursor(version=version, key="thing/3", since=version) if rng.random() < 0.6 else None
    request = PageRequest(rid="1", collection=rng.choice(COLLECTIONS), cursor=cursor)
    await pair.take(device, "req", encode_control(request))


async def _real_rows(
    world: Any, tenant: UUID, table: str, fields: Sequence[str]
) -> list[tuple[Any, ...]]:
    names = ", ".join((*_KEYS[table], *fields))
    rows = await world.rows(f"select {names} from {table} where organization_id = $1", tenant)
    return sorted(map(_plain, (tuple(row.values()) for row in rows)))


def _played_rows(cluster: Cluster, table: str, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """As the real one's, whichever way the store has cut the key."""
    found = []
    for group, rows in cluster.store.groups(table).items():
        for key, row in rows.items():
            values = [row[field] for field in fields]
            found.append(_plain((*_named(table, group, key, row), *values)))
    return sorted(found)


def _named(table: str, group: Group, key: Key, row: Row) -> tuple[Any, ...]:
    return () if table == "quarantine" else (*group[1:], *key)


def _plain(values: Sequence[Any]) -> tuple[str, ...]:
    """Comparable, short, and the same for what a driver gives and for what the store keeps."""
    return tuple(
        sha256(bytes(value)).hexdigest()[:16]
        if isinstance(value, bytes | memoryview)
        else str(list(value) if isinstance(value, tuple) else value)
        for value in values
    )
