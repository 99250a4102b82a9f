"""A hub process: an ingest worker and a projector, the product's own, on the simulated servers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID

from msgspec import Struct

from hub.collections.service import CollectionReader
from hub.events.service import EventLog
from hub.fleet.alerts import DeviceAlerts
from hub.fleet.commands import Commands
from hub.ingest.admission import Admission
from hub.ingest.broker import Broker as BrokerAddress
from hub.ingest.broker import BrokerConnection, Inbound, Outbound
from hub.ingest.greeting import Greeting
from hub.ingest.inbox import DeviceRef
from hub.ingest.intake import Intake
from hub.ingest.orders import Orders, Publish
from hub.ingest.partitions import PartitionLocks
from hub.ingest.postgres_inbox import PostgresInbox
from hub.ingest.postgres_sync import PostgresSync
from hub.ingest.presence import PresenceBook, Sighting
from hub.ingest.projector import Projector
from hub.ingest.reprojection import Reprojection
from hub.ingest.settling import Settling
from hub.ingest.shell import IngestShell, ShellPace
from hub.ingest.tasks import ProjectionLoop
from hub.kit.db import TenantSession
from protocol.messages.sync import RegisterFloor
from protocol.vocabulary.ids import Uuid7Source
from tests.simulation.advisory import AdvisoryServer
from tests.simulation.books import Books
from tests.simulation.broker import Broker, Session
from tests.simulation.gate import Running
from tests.simulation.link import Link
from tests.simulation.postgres.database import Cluster, MemoryDatabase
from tests.simulation.postgres.store import Store
from tests.simulation.trace import Trace
from tests.simulation.virtual_time import EPOCH, SimClock

_MESSAGES = 4096
_PACE = ShellPace(backoff_initial_ms=500, backoff_max_ms=8_000, round_ms=6_000, want_ms=15_000)
_PROJECTOR_IDLE_MS = 15_000
_ADDRESS = BrokerAddress(host="", port=0, client_id="")


class HubServers(Struct, frozen=True, kw_only=True):
    """What every worker shares."""

    broker: Broker
    cluster: Cluster
    advisory: AdvisoryServer
    books: Books
    fleet: "Fleet"
    trace: Trace


class Fleet:
    """Whose the devices are: directory, greeting and sightings in one, in memory."""

    def __init__(self) -> None:
        self.devices: dict[UUID, DeviceRef] = {}
        self.hellos: list[tuple[UUID, str]] = []

    def found(self, device: DeviceRef, store: Store) -> None:
        """The office made its slot: the row that the hub's own statements join."""
        self.devices[device.device_id] = device
        row = {"store_id": device.store_id}
        store.apply({("device", (device.organization_id,)): {(device.device_id,): row}})

    async def device(self, device_id: UUID) -> DeviceRef | None:
        """See `inbox.DeviceDirectory`."""
        return self.devices.get(device_id)

    def owner(self, device_id: UUID) -> UUID:
        """See `inbox.DeviceDirectory`."""
        found = self.devices.get(device_id)
        return device_id if found is None else found.organization_id

    async def greeted(self, session: TenantSession, device_id: UUID, *, agent: str) -> None:
        """See `ports.DeviceGreeting`."""

    async def floors(self, session: TenantSession, device: DeviceRef) -> list[RegisterFloor]:
        """See `ports.FloorSource`: nobody numbers Zs here."""
        return []


class Sightings:
    """Implements `presence.SightingStore`; what was heard is forgotten."""

    def __init__(self, database: MemoryDatabase, pages: CollectionReader) -> None:
        self._database = database
        self._pages = pages

    async def write(self, sightings: Sequence[Sighting]) -> None:
        """Nothing reads them."""

    async def versions(self, devices: Sequence[DeviceRef]) -> dict[UUID, dict[str, int]]:
        """Device → the newest versions of its store's collections."""
        found: dict[UUID, dict[str, int]] = {}
        for device in devices:
            async with self._database.tenant(device.organization_id) as session:
                found[device.device_id] = await self._pages.versions(session, device.store_id)
        return found


class NoOrders(Orders):
    """Nobody asks the shops for anything."""

    async def tell(self, devices: Sequence[DeviceRef], publish: Publish) -> None:
        """Nothing."""


class WorkerConnection(BrokerConnection):
    """The hub's side of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def subscribe(self, topic: str) -> None:
        """See the base."""
        await self._session.subscribe(topic)

    async def unsubscribe(self, topic: str) -> None:
        """See the base."""
        await self._session.unsubscribe(topic)

    async def publish(self, message: Outbound) -> None:
        """See the base."""
        await self._session.publish(message.topic, message.payload, qos=1, retain=message.retain)

    async def receive(self) -> Inbound:
        """See the base."""
        return Inbound(*await self._session.receive())

    def dropped(self) -> int:
        """The simulated broker counts what it drops itself."""
        return 0


class Worker:
    """One run of a hub process. `link` is its way to the broker."""

    def __init__(
        self, name: str, servers: HubServers, *, link: Link, rng: Callable[[str], Random]
    ) -> None:
        self.name = name
        self.link = link
        self.clock = SimClock()
        self.running = Running(name)
        self._servers = servers
        self._session: Session | None = None
        gate = self.running.gate
        database = MemoryDatabase(servers.cluster, gate)
        chance = rng(f"ids {name}")
        ids = Uuid7Source(lambda: int(EPOCH.timestamp() * 1000), chance.randbytes)
        pages = CollectionReader()
        inbox = PostgresInbox(database, tenants=database, ids=ids)
        admission = Admission(clock=self.clock, rng=rng(f"admission {name}"))
        self.shell = IngestShell(
            broker=_ADDRESS,
            partitions=PartitionLocks(lambda: servers.advisory.open(gate)),
            intake=Intake(
                store=inbox, directory=servers.fleet, admission=admission, clock=self.clock
            ),
            greeting=Greeting(
                database=database,
                sync=PostgresSync(),
                pages=pages,
                fleet=servers.fleet,
                watch=DeviceAlerts(clock=self.clock, ids=ids),
                floors=servers.fleet,
                admission=admission,
                clock=self.clock,
                ids=ids,
            ),
            presence=PresenceBook(store=Sightings(database, pages), clock=self.clock),
            orders=NoOrders(database, Commands(self.clock)),
            directory=servers.fleet,
            pace=_PACE,
            rng=rng(f"waits {name}"),
            connect=self._connect,
        )
        settling = Settling([servers.books], clock=self.clock, ids=ids)
        projector = Projector(database, settling, EventLog(self.clock), clock=self.clock)
        self.projection = ProjectionLoop(
            projector,
            Reprojection(database, projector),
            rng=rng(f"projector {name}"),
            idle_ms=_PROJECTOR_IDLE_MS,
        )
        self.shell.on_committed = self.projection.wake

    def start(self) -> None:
        """Run until killed."""
        self._servers.trace.note(self.name, "starts")
        self.running.spawn(self.shell.run())
        self.running.spawn(self.projection.run())

    async def kill(self) -> None:
        """SIGKILL: its transactions are rolled back, its sessions end."""
        self._servers.trace.note(self.name, "is killed")
        self.running.gate.kill()
        await self.running.kill()
        if self._session is not None:
            self._servers.broker.drop(self._session, "reset")

    @asynccontextmanager
    async def _connect(self, address: BrokerAddress) -> AsyncIterator[BrokerConnection]:
        session = Session(
            self._servers.broker,
            self.name,
            who=self.name,
            link=self.link,
            gate=self.running.gate,
            room=_MESSAGES,
        )
        await self._servers.broker.connect(session, will=None)
        self._session = session
        try:
            yield WorkerConnection(session)
        finally:
            if not self.running.gate.dead:
                self._servers.broker.leave(session)
