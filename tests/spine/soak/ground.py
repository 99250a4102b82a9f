"""Everything that runs during the soak, each a program of its own that can be killed.

One Postgres behind a pooler in transaction mode, one broker whose door the hub keeps, the hub as
six processes, and an agent per shop that claimed its place with a code.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from provisioning.demo.children import Children
from provisioning.demo.goods import Product
from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.plan import Tenant
from provisioning.demo.ports import free_port
from provisioning.demo.postgres import PostgresServer
from provisioning.demo.proxy import FaultyLink
from provisioning.demo.secret_files import write_secret
from provisioning.demo.seed_file import seed_document
from provisioning.demo.spawning import Child, ChildSpec
from provisioning.demo.stack import Agent
from tests.integration.hub.conftest import PASSWORDS
from tests.integration.hub.kit.pgbouncer import PgBouncer
from tests.servers.pki import Pki
from tests.spine.soak.boxes import Boxes
from tests.spine.soak.office import Office
from tests.spine.soak.pooler import pooler_spec

POSTGRES, POOLER, BROKER, SERVE, ADMISSION = "postgres", "pooler", "broker", "serve", "admission"
INGEST = ("hub-in-1", "hub-in-2")
WORK = ("work-1", "work-2")
_DATABASE = "soak"
_SERVER_CONNECTIONS = 20
_COMMAND_TIMEOUT_S = 180
_READY_S = 180.0
_BIN = Path(sys.executable).parent


class Ground:
    """`up` starts everything and claims every shop's box."""

    def __init__(self, folder: Path, children: Children, tenants: Sequence[Tenant]) -> None:
        self.folder = folder
        self.children = children
        self.postgres = PostgresServer(folder / "postgres")
        pki = Pki(folder / "pki")
        self._pki = pki
        self.broker = MosquittoBroker(folder / "broker", pki=pki, guarded=True)
        self._pooler = PgBouncer(
            folder / "pooler", self.postgres, server_connections=_SERVER_CONNECTIONS
        )
        self.worker_links = {name: FaultyLink(target_port=self.broker.port) for name in INGEST}
        self.hub_url = f"http://127.0.0.1:{free_port()}"
        self.offices = {tenant.id: Office(tenant, self.hub_url) for tenant in tenants}
        self.boxes = Boxes(folder, children, broker_port=self.broker.port, hub_url=self.hub_url)
        self._tenants = tenants

    @property
    def agents(self) -> Sequence[Agent]:
        """Of every box that ever sold, replaced ones among them."""
        return [agent for _, agent in sorted(self.boxes.named.items())]

    @property
    def database_url(self) -> str:
        """As superuser, past pooler and policies."""
        return self.postgres.url(_DATABASE)

    async def up(self, goods: Mapping[UUID, Sequence[Product]]) -> None:
        """Raises Unavailable naming what did not come up."""
        await asyncio.to_thread(self._start_hub, goods)
        for link in self.worker_links.values():
            await link.start()
        async with asyncio.TaskGroup() as group:
            for name, arguments in _HUB.items():
                group.create_task(asyncio.to_thread(self._start, name, arguments))
        await self.boxes.open(self.offices.values())

    async def down(self) -> None:
        """End what lives in this process; the programs are the children's to end."""
        await self.boxes.close()
        for link in self.worker_links.values():
            await link.stop()
        for office in self.offices.values():
            await office.close()

    def _start_hub(self, goods: Mapping[UUID, Sequence[Product]]) -> None:
        self.children.add(POSTGRES, self.postgres)
        self.children.start(POSTGRES)
        self.postgres.sql(f"create database {_DATABASE}")
        self._command("migrate")
        file = self.folder / "seed.json"
        write_secret(file, json.dumps(seed_document(goods, tenants=self._tenants)))
        self.children.start_child(pooler_spec(self._pooler, self.folder))
        self._command("seed", str(file))
        self.broker.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._command("admission", *self._door(), "--once")
        self.children.add(BROKER, self.broker)
        self.children.start(BROKER)

    def _start(self, name: str, arguments: Sequence[str]) -> None:
        if name == ADMISSION:
            arguments = (*arguments, *self._door(), "--pid-file", str(self.broker.pid_file))
        self.children.start_child(
            ChildSpec(
                name=name,
                command=(str(_BIN / "hanout-hub"), *arguments),
                log_file=self.folder / "logs" / f"{name}.log",
                env=self._environment(name),
                ready=_is_ready,
                ready_timeout_s=_READY_S,
            )
        )

    def _door(self) -> tuple[str, ...]:
        workers = [word for name in INGEST for word in ("--worker", name)]
        return ("--kind", "mosquitto", "--directory", str(self.broker.door), *workers)

    def _environment(self, name: str) -> dict[str, str]:
        direct = self.postgres.url
        host, port = "127.0.0.1", self.hub_url.rpartition(":")[2]
        values = {
            "DATABASE_URL": self._pooler.url(_DATABASE),
            "INGEST_DATABASE_URL": self._pooler.url(_DATABASE, role="ingest"),
            "LOCK_DATABASE_URL": direct(_DATABASE, user="app", password=PASSWORDS["app"]),
            "ADMISSION_DATABASE_URL": direct(
                _DATABASE, user="admission", password=PASSWORDS["admission"]
            ),
            "MIGRATOR_DATABASE_URL": self.database_url,
            "BROKER_HOST": host,
            "BROKER_PORT": str(self.broker.port),
            "PUBLIC_BROKER_PORT": str(self.broker.port),
            "CA_FILE": str(self._pki.ca_file),
            "DEVICE_CA_CERTIFICATE_FILE": str(self._pki.ca_file),
            "DEVICE_CA_KEY_FILE": str(self._pki.ca_file.with_suffix(".key")),
            "TOKEN_KEY_FILE": str(self.folder / "token.key"),
            "LISTEN_HOST": host,
            "LISTEN_PORT": port,
            "PUBLIC_URL": self.hub_url,
        }
        values |= {f"{role.upper()}_PASSWORD": word for role, word in PASSWORDS.items()}
        del values["MIGRATOR_PASSWORD"]
        if name in INGEST:
            worker = self._pki.hub_worker(name)
            values |= {
                "BROKER_PORT": str(self.worker_links[name].port),
                "INGEST_WORKER_NAME": name,
                "CERTIFICATE_FILE": str(worker.certificate_file),
                "KEY_FILE": str(worker.key_file),
            }
        return {f"HANOUT_HUB_{key}": value for key, value in values.items()}

    def _command(self, *arguments: str) -> None:
        done = subprocess.run(
            [_BIN / "hanout-hub", *arguments],
            env={**os.environ, **self._environment("")},
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"hanout-hub {arguments[0]}: {done.stderr[-2000:]}"


_HUB = {
    SERVE: ("serve",),
    ADMISSION: ("admission",),
    **dict.fromkeys(INGEST, ("ingest",)),
    **dict.fromkeys(WORK, ("work",)),
}


def _is_ready(child: Child) -> bool:
    return child.json_line("ready") is not None
