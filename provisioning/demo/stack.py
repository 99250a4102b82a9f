"""The whole product on this machine: database, broker, hub, one agent per shop.

The law: everything is a supervised program on a free port of the loopback address; a second start
on the same folder finds its data, keys and ids again.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from protocol.errors import Unavailable
from provisioning.demo.broker_choice import choose_broker
from provisioning.demo.children import Children
from provisioning.demo.claims import Office, claim
from provisioning.demo.goods import Product
from provisioning.demo.hub_certificates import HubCertificates
from provisioning.demo.plan import (
    CASHIER_PIN,
    MANAGER_PIN,
    OWNER_PASSWORD,
    TENANTS,
    Store,
    Tenant,
    shops,
)
from provisioning.demo.ports import free_port
from provisioning.demo.postgres import PostgresServer
from provisioning.demo.proxy import FaultyLink
from provisioning.demo.secret_files import write_secret
from provisioning.demo.seed_file import seed_document
from provisioning.demo.spawning import ChildSpec

_DATABASE = "hanout"
_HUB_WORKER = "hub-demo"
_COMMAND_TIMEOUT_S = 180
POSTGRES, BROKER, HUB, ADMISSION = "postgres", "broker", "hub", "admission"
_CLAIMED = "agent.toml"
_BOX_FILES = ("data_dir", "ca_file", "certificate_file", "key_file")
_ROLES = ("app", "ingest", "admission")


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A shop's agent, and the link between it and the broker."""

    organization_id: UUID
    store: Store
    url: str
    port: int
    data_dir: Path
    link: FaultyLink


class Stack:
    """`start` brings everything up in order. Blocking work runs in threads."""

    def __init__(
        self, folder: Path, children: Children, *, tell: Callable[[str], None] = lambda _step: None
    ) -> None:
        """`tell` hears of each step, from any thread."""
        self.folder = folder
        self.children = children
        self._tell = tell
        self.agents: list[Agent] = []
        self._postgres = PostgresServer(folder / "postgres")
        self.certificates = HubCertificates(folder / "certificates", worker=_HUB_WORKER)
        self._broker = choose_broker(folder, pki=self.certificates)
        self._hub_port = free_port()
        self._passwords = _passwords(folder / "role_passwords.json")

    @property
    def database_url(self) -> str:
        """As the superuser, for auditors."""
        return self._postgres.url(_DATABASE)

    @property
    def app_database_url(self) -> str:
        """As the role `app`."""
        return self._role_url("app")

    @property
    def hub_url(self) -> str:
        """The dashboard and the API."""
        return f"http://127.0.0.1:{self._hub_port}"

    async def start(self, goods: Mapping[UUID, Sequence[Product]]) -> None:
        """Everything; raises Unavailable naming what did not come up, with its last words."""
        await asyncio.gather(
            asyncio.to_thread(self._prepare_database, goods),
            asyncio.to_thread(self._make_certificates),
        )
        self._tell("  the broker")
        await asyncio.to_thread(self._start_broker)
        self._tell("  the hub, and the door that lets devices in")
        await asyncio.to_thread(self._start_hub)
        await asyncio.to_thread(self._start_gatekeeper)
        places = list(shops())
        for number, (tenant, store) in enumerate(places, 1):
            self._tell(f"  shop {number} of {len(places)}, {store.name}: claiming its box")
            await asyncio.to_thread(self._claim, tenant, store)
            self._tell(f"  shop {number} of {len(places)}, {store.name}: starting its agent")
            link = FaultyLink(target_port=self._broker.port)
            await link.start()
            self.agents.append(await asyncio.to_thread(self.start_agent, tenant.id, store, link))

    async def stop_links(self) -> None:
        """End the links; the programs are the children's to end."""
        for agent in self.agents:
            await agent.link.stop()

    def description(self) -> dict[str, Any]:
        """Where everything is, for people's tools; holds the demo's passwords."""
        return {
            "hub_url": self.hub_url,
            "openapi_url": f"{self.hub_url}/openapi.json",
            "tenants": [
                {
                    "id": str(tenant.id),
                    "name": tenant.name,
                    "currency": tenant.currency,
                    "email": tenant.email,
                    "password": OWNER_PASSWORD,
                }
                for tenant in TENANTS
            ],
            "agents": [_agent(agent) for agent in self.agents],
            "database_url": self.database_url,
            "app_database_url": self.app_database_url,
            "mqtt": {
                "host": "127.0.0.1",
                "port": self._broker.port,
                "ca_file": str(self.certificates.ca_file),
            },
            "pids": self.children.pids(),
        }

    def _make_certificates(self) -> None:
        self._tell("  the certificates")
        self.certificates.make(self._command)

    def _start_broker(self) -> None:
        """It wants its door's files when it starts; those of the last time do until it is told."""
        if not self._broker.door_is_ready():
            self._command([*self._admission(), "--once"], self._admission_environment())
        self.children.add(BROKER, self._broker)
        self.children.start(BROKER)

    def _start_gatekeeper(self) -> None:
        self.children.start_child(
            ChildSpec(
                name=ADMISSION,
                command=(
                    _script("hanout-hub"),
                    *self._admission(),
                    "--pid-file",
                    str(self._broker.pid_file),
                ),
                log_file=self.folder / "logs" / "admission.log",
                env=self._admission_environment(),
                ready=lambda child: child.json_line("ready") is not None,
                ready_timeout_s=60.0,
            )
        )

    def _admission(self) -> tuple[str, ...]:
        place = ("--kind", self._broker.kind, "--directory", str(self._broker.door))
        return ("admission", *place, "--worker", _HUB_WORKER)

    def _admission_environment(self) -> dict[str, str]:
        url = self._role_url("admission")
        return {**self.certificates.environment, "HANOUT_HUB_ADMISSION_DATABASE_URL": url}

    def _prepare_database(self, goods: Mapping[UUID, Sequence[Product]]) -> None:
        self._tell("  the database")
        self.children.add(POSTGRES, self._postgres)
        self.children.start(POSTGRES)
        if _DATABASE not in self._postgres.sql("select datname from pg_database").split():
            self._postgres.sql(f"create database {_DATABASE}")
        environment = {
            "HANOUT_HUB_MIGRATOR_DATABASE_URL": self.database_url,
            "HANOUT_HUB_APP_PASSWORD": self._passwords["app"],
            "HANOUT_HUB_INGEST_PASSWORD": self._passwords["ingest"],
            "HANOUT_HUB_ADMISSION_PASSWORD": self._passwords["admission"],
        }
        self._tell("  the tables")
        self._command(["migrate"], environment)
        self._tell("  shops, people and goods")
        file = self.folder / "seed.json"
        write_secret(file, json.dumps(seed_document(goods)))
        self._command(["seed", str(file)], {"HANOUT_HUB_DATABASE_URL": self.app_database_url})

    def _start_hub(self) -> None:
        worker = self.certificates.worker()
        environment = {
            **self.certificates.environment,
            "HANOUT_HUB_PUBLIC_BROKER_HOST": "127.0.0.1",
            "HANOUT_HUB_PUBLIC_BROKER_PORT": str(self._broker.port),
            "HANOUT_HUB_DATABASE_URL": self.app_database_url,
            "HANOUT_HUB_LOCK_DATABASE_URL": self.app_database_url,
            "HANOUT_HUB_INGEST_DATABASE_URL": self._role_url("ingest"),
            "HANOUT_HUB_BROKER_HOST": "127.0.0.1",
            "HANOUT_HUB_BROKER_PORT": str(self._broker.port),
            "HANOUT_HUB_CA_FILE": str(self.certificates.ca_file),
            "HANOUT_HUB_CERTIFICATE_FILE": str(worker.certificate_file),
            "HANOUT_HUB_KEY_FILE": str(worker.key_file),
            "HANOUT_HUB_INGEST_WORKER_NAME": _HUB_WORKER,
            "HANOUT_HUB_LISTEN_HOST": "127.0.0.1",
            "HANOUT_HUB_LISTEN_PORT": str(self._hub_port),
            "HANOUT_HUB_PUBLIC_URL": self.hub_url,
            "HANOUT_HUB_TOKEN_KEY_FILE": str(self.folder / "token.key"),
        }
        self.children.start_child(
            ChildSpec(
                name=HUB,
                command=(_script("hanout-hub"), "all"),
                log_file=self.folder / "logs" / "hub.log",
                env=environment,
                ready=lambda child: child.json_line("ready") is not None,
                ready_timeout_s=60.0,
            )
        )

    def _claim(self, tenant: Tenant, store: Store) -> None:
        """Once per folder: a claimed box stays the device that it is."""
        box = self.folder / store.slug
        if not (box / _CLAIMED).exists():
            office = Office(self.hub_url, email=tenant.email, password=OWNER_PASSWORD)
            claim(_script("hanout-provision"), office.claim_uri(store.id, name=store.slug), box)

    def start_agent(self, organization_id: UUID, store: Store, link: FaultyLink) -> Agent:
        """The agent of the claimed box in the folder `store.slug`."""
        box, port = self.folder / store.slug, free_port()
        claimed = tomllib.loads((box / _CLAIMED).read_text())
        data_dir = box / claimed["data_dir"]
        values: dict[str, str | int] = {
            **claimed,
            **{name: str(box / claimed[name]) for name in _BOX_FILES},
            # Ports are drawn anew at each start, and faults need a link that can be cut.
            "listen_port": port,
            "broker_port": link.port,
            "hub_url": self.hub_url,
            # One shop's machine, not a street of five thousand: it may come back at once.
            "connect_jitter_ms": 100,
            "backoff_initial_ms": 200,
            "backoff_max_ms": 2_000,
            "answer_initial_ms": 1_000,
            "answer_max_ms": 5_000,
        }
        config = self.folder / f"{store.slug}.toml"
        write_secret(config, "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items()))
        self.children.start_child(
            ChildSpec(
                name=store.slug,
                command=(_script("hanout-edge"), "serve", "--config", str(config)),
                log_file=self.folder / "logs" / f"{store.slug}.log",
                ready=lambda child: child.json_line("ready") is not None,
            )
        )
        return Agent(
            organization_id=organization_id,
            store=replace(store, device_id=UUID(claimed["device_id"])),
            url=f"http://127.0.0.1:{port}",
            port=port,
            data_dir=data_dir,
            link=link,
        )

    def _role_url(self, role: str) -> str:
        return self._postgres.url(_DATABASE, user=role, password=self._passwords[role])

    def _command(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        done = subprocess.run(
            [_script("hanout-hub"), *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise Unavailable(
                "command-failed", f"hanout-hub {arguments[0]}: {done.stderr.strip()[-2000:]}"
            )


def _script(name: str) -> str:
    """The command beside the running interpreter, as it was installed."""
    return str(Path(sys.executable).parent / name)


def _passwords(file: Path) -> dict[str, str]:
    """The database roles' passwords, drawn once per folder."""
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    drawn = {role: found.get(role) or secrets.token_urlsafe(24) for role in _ROLES}
    if drawn != found:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(file, json.dumps(drawn))
    return drawn


def _agent(agent: Agent) -> dict[str, Any]:
    return {
        "url": agent.url,
        "tenant": str(agent.organization_id),
        "store": str(agent.store.id),
        "store_name": agent.store.name,
        "device_id": str(agent.store.device_id),
        "registers": [
            {"name": register.name, "pairing_token": register.pairing_token}
            for register in agent.store.registers
        ],
        "pins": {"cashier": CASHIER_PIN, "manager": MANAGER_PIN},
        "data_dir": str(agent.data_dir),
    }
