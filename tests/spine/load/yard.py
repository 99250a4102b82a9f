"""The hub's roles as processes of their own over one database and one broker, to be broken."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.postgres import PostgresServer
from provisioning.demo.spawning import Child, ChildSpec
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.integration.hub.kit.pgbouncer import PgBouncer
from tests.servers.pki import Pki
from tests.spine.fake_device import FakeDevice, fake_device
from tests.spine.load.hollow import HollowShop

QUIET_S = 240.0
_POLL_S = 0.05
_PROGRAM = str(Path(sys.executable).parent / "hanout-hub")
Role = Literal["serve", "ingest", "work", "all"]


class Yard:
    """`start` a role under a name; `kill`, `freeze` and `thaw` it."""

    def __init__(
        self,
        folder: Path,
        *,
        world: InboxWorld,
        pki: Pki,
        broker: MosquittoBroker,
        pooler: PgBouncer,
    ) -> None:
        self.folder = folder
        self.world = world
        self.broker = broker
        self.pki = pki
        self.pooler = pooler
        self._running: dict[str, Child] = {}

    async def start(self, role: Role, name: str, **settings: str) -> str:
        """Start `hanout-hub ROLE`; where it listens, if it does. `name` starts with hub-."""
        child = await asyncio.to_thread(self._start, role, name, settings)
        ready = child.json_line("ready")
        assert ready is not None
        return str(ready.get("url"))

    def pid(self, name: str) -> int:
        """Of the running program."""
        pid = self._running[name].pid
        assert pid is not None, self._running[name].why_ended()
        return pid

    async def empty_broker(self) -> None:
        """SIGKILL, and it comes back without anything it had stored."""
        await asyncio.to_thread(self.broker.kill)
        for stored in self.broker.folder.glob("*.db*"):
            stored.unlink()
        await asyncio.to_thread(self.broker.start)

    def runs(self, name: str) -> bool:
        """Whether it was started and has not ended."""
        return name in self._running and self._running[name].pid is not None

    def memory_bytes(self, name: str) -> int:
        """The most that it has had resident so far."""
        status = Path(f"/proc/{self.pid(name)}/status").read_text()
        (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1]) * 1024

    async def held(self, shops: Sequence[HollowShop]) -> list[int]:
        """How many facts of each the inbox has."""
        rows = await self.world.rows(
            "select device_id, count(*) as n from inbox where device_id = any($1) group by 1",
            [shop.device.ref.device_id for shop in shops],
        )
        counts = {row["device_id"]: row["n"] for row in rows}
        return [counts.get(shop.device.ref.device_id, 0) for shop in shops]

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        await asyncio.to_thread(self._running.pop(name).kill)

    async def stop(self, name: str) -> None:
        """SIGTERM, and wait."""
        await asyncio.to_thread(self._running.pop(name).stop)

    def freeze(self, name: str) -> None:
        """SIGSTOP: it holds what it holds and says nothing."""
        os.kill(self.pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        os.kill(self.pid(name), signal.SIGCONT)

    async def stop_all(self) -> None:
        """End everything that was started."""
        for name in reversed(list(self._running)):
            await self.stop(name)

    def log(self, name: str) -> str:
        """What it wrote."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    async def shops(
        self, count: int, *, tenants: int = 2, seed: int = 1, port: int | None = None
    ) -> list[HollowShop]:
        """Shops with a device each, dealt out to so many new tenants."""
        made: list[HollowShop] = []
        for number in range(count):
            tenant = (
                made[number - tenants].device.ref.organization_id if number >= tenants else None
            )
            device = await self.world.new_device(organization_id=tenant)
            made.append(
                HollowShop(
                    device, pki=self.pki, port=port or self.broker.port, seed=seed * 1000 + number
                )
            )
        return made

    def fake_device(self, device: Device) -> AbstractAsyncContextManager[FakeDevice]:
        """The device, spoken for by hand."""
        identity = self.pki.device(device.ref.device_id)
        return fake_device(identity, ca_file=self.pki.ca_file, broker_port=self.broker.port)

    def broker_log(self) -> str:
        """What the broker wrote."""
        return (self.broker.folder / f"{self.broker.kind}.log").read_text(errors="replace")

    async def until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Look again and again; raises TimeoutError with what was waited for."""
        try:
            async with asyncio.timeout(QUIET_S):
                while True:
                    if await holds():
                        return
                    await asyncio.sleep(0.005)
        except TimeoutError as error:
            raise TimeoutError(f"it did not come to pass that {what}") from error

    async def welcomed(self, shops: Sequence[HollowShop]) -> None:
        """Until every shop was."""

        async def all_are() -> bool:
            return all(shop.sync.status().welcomed for shop in shops)

        await self.until("all are welcomed", all_are)

    async def quiet(self, shops: Sequence[HollowShop], *, within_s: float = QUIET_S) -> None:
        """Wait until nothing is owed and everything is booked; raises TimeoutError with what is."""
        owed: list[Any] = []
        try:
            async with asyncio.timeout(within_s):
                while True:
                    owed = [shop.debt for shop in shops]
                    owed += await self.world.rows("select device_id from projection_due(5)")
                    if not any(owed):
                        return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            logs = {name: self.log(name)[-2000:] for name in self._running}
            raise TimeoutError(f"still owed: {owed}; {logs}") from error

    async def wrong(self, shops: Sequence[HollowShop]) -> list[str]:
        """What the books say that the journals do not, and the other way round."""
        found = []
        for shop in shops:
            journal, who = shop.journal, shop.device.ref.device_id
            rows = await self.world.rows(
                "select epoch, seq, hash, bytes from inbox where device_id = $1"
                " order by epoch, seq",
                who,
            )
            effects = await self.world.rows(
                "select seq, content_hash from fact_effect where device_id = $1 order by seq", who
            )
            should = [(seq, journal.hashes[seq], raw) for seq, raw in enumerate(journal.raws, 1)]
            if [(row["seq"], row["hash"], row["bytes"]) for row in rows] != should:
                found.append(f"{who}: inbox of {len(rows)} for {len(should)} facts")
            booked = [(row["seq"], row["content_hash"]) for row in effects]
            if booked != [(seq, sha256(raw).digest()) for seq, _, raw in should]:
                found.append(f"{who}: {len(booked)} effects of {len(should)} facts")
        return found

    def _start(self, role: Role, name: str, settings: dict[str, str]) -> Child:
        assert name not in self._running
        database = self.world.name
        environment = {
            "DATABASE_URL": self.pooler.url(database),
            "INGEST_DATABASE_URL": self.pooler.url(database, role="ingest"),
            "LOCK_DATABASE_URL": self.world.app_url,
            "BROKER_HOST": "127.0.0.1",
            "BROKER_PORT": str(self.broker.port),
            "CA_FILE": str(self.pki.ca_file),
            "INGEST_WORKER_NAME": name,
            "LISTEN_PORT": "0",
            "TOKEN_KEY_FILE": str(self.folder / "token.key"),
            **settings,
        }
        if role in ("ingest", "all"):
            self.broker.admit_hub_worker(name)
            identity = self.pki.hub_worker(name)
            environment["CERTIFICATE_FILE"] = str(identity.certificate_file)
            environment["KEY_FILE"] = str(identity.key_file)
        child = Child(
            ChildSpec(
                name=name,
                command=(_PROGRAM, role),
                log_file=self.folder / f"{name}.log",
                env={f"HANOUT_HUB_{key}": value for key, value in environment.items()},
                ready=lambda child: child.json_line("ready") is not None,
                ready_timeout_s=120.0,
            ),
            record_dir=self.folder,
        )
        child.start()
        self._running[name] = child
        return child


@asynccontextmanager
async def yard(
    folder: Path,
    server: PostgresServer,
    database: str,
    *,
    pki: Pki,
    server_connections: int = 4,
) -> AsyncIterator[Yard]:
    """A migrated database behind a pooler, and a broker of its own; no hub yet."""
    broker = MosquittoBroker(folder / "mosquitto", pki=pki)
    pooler = PgBouncer(folder / "pgbouncer", server, server_connections=server_connections)
    async with inbox_world(server, database) as world:
        await asyncio.to_thread(broker.start)
        pooler.start()
        made = Yard(folder, world=world, pki=pki, broker=broker, pooler=pooler)
        try:
            await pooler.ready(database)
            yield made
        finally:
            await made.stop_all()
            pooler.stop()
            await asyncio.to_thread(broker.stop)
