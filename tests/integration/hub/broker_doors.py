"""Real brokers whose door is the hub's to keep, and parties that try it."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from hub.fleet.authority import SERIAL_BYTES, Authority, Issued, Term, new_authority, private_pem
from hub.fleet.mosquitto import ACL_FILE, CRL_FILE, MosquittoAdmission
from hub.fleet.nats import USERS_FILE, NatsAdmission
from hub.fleet.ports import AdmissionState, BrokerAdmission
from hub.fleet.reloading import PidFileReload, Reload, at_next_start
from hub.kit.clock import SystemClock
from protocol.errors import Unavailable
from provisioning.demo.mosquitto import mosquitto_program
from provisioning.demo.nats import nats_program
from provisioning.demo.ports import free_port, listens
from provisioning.demo.privilege import in_namespace
from provisioning.demo.spawning import Child, ChildSpec

# What the demo and the compose file configure, with the door's files in a folder of their own.
_MOSQUITTO = """\
per_listener_settings false
user root
listener {port} 127.0.0.1
cafile {pki}/ca.crt
certfile {pki}/broker.crt
keyfile {pki}/broker.key
crlfile {door}/{crl}
acl_file {door}/{acl}
pid_file {folder}/broker.pid
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
persistence true
persistence_location {folder}/
log_dest stderr
log_type all
"""
_NATS = """\
server_name: hanout
listen: "127.0.0.1:{client_port}"
pid_file: "{folder}/broker.pid"
jetstream {{ store_dir: "{folder}/store", max_mem: 64MB, max_file: 1GB }}
mqtt {{
  listen: "127.0.0.1:{port}"
  max_ack_pending: 256
  tls {{
    ca_file: "{pki}/ca.crt"
    cert_file: "{pki}/broker.crt"
    key_file: "{pki}/broker.key"
    verify_and_map: true
  }}
}}
include door/{users}
"""


def until(holds: Callable[[], bool], *, timeout_s: float = 15.0) -> None:
    """Wait for it."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@dataclass(frozen=True)
class Identity:
    """A certificate's and a key's file, and the name in it."""

    name: str
    certificate_file: Path
    key_file: Path
    serial: str


class Pki:
    """The hub's authority, and certificates under it or under another's."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.authority = self.new_authority()
        (folder / "ca.crt").write_text(self.authority.pem)
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = ["localhost", "127.0.0.1"]
        server = self.authority.issue_server(key.public_key(), hosts=hosts, term=self.term())
        self.server = self._write("broker", key, server)

    def new_authority(self) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        return new_authority(key, name="Hanout devices", term=self.term(days=3650))

    def term(self, *, days: int = 90, ago: int = 1) -> Term:
        now = datetime.now(UTC)
        return Term(
            serial=os.urandom(SERIAL_BYTES),
            not_before=now - timedelta(days=ago),
            not_after=now + timedelta(days=days),
        )

    def client(
        self, name: str, *, by: Authority | None = None, term: Term | None = None
    ) -> Identity:
        """A device's or a worker's; `by` another authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = by or self.authority
        issued = issuer.issue_client(key.public_key(), name=name, term=term or self.term())
        return self._write(name, key, issued)

    def _write(self, name: str, key: ec.EllipticCurvePrivateKey, issued: Issued) -> Identity:
        stem = name.replace("/", "_") if name == "broker" else issued.serial
        certificate_file = self.folder / f"{stem}.crt"
        key_file = self.folder / f"{stem}.key"
        certificate_file.write_text(issued.pem)
        key_file.write_bytes(private_pem(key))
        return Identity(name, certificate_file, key_file, issued.serial)


class Door:
    """A broker of one kind that runs, and the admission that keeps its door."""

    def __init__(self, kind: str, folder: Path, pki: Pki) -> None:
        self.kind, self.pki, self.port = kind, pki, free_port()
        self._folder = folder.resolve()
        self.files = self._folder / "door"
        self.files.mkdir(parents=True)
        self.pid_file = self._folder / "broker.pid"
        self.state = AdmissionState()
        self._child = self._new_child()

    @property
    def program(self) -> str:
        return "mosquitto" if self.kind == "mosquitto" else "nats-server"

    def admission(self, *, reload: Reload | None = None) -> BrokerAdmission:
        """The hub's adapter for this broker."""
        chosen = reload or PidFileReload(self.pid_file, program=self.program)
        if self.kind == "nats":
            return NatsAdmission(self.files, reload=chosen)
        return MosquittoAdmission(
            self.files, authority=self.pki.authority, clock=SystemClock(), reload=chosen
        )

    def start(self) -> None:
        """With the state as it was written last; nobody enters before that."""
        self.admission(reload=at_next_start).apply(self.state)
        self._child.start()

    def stop(self) -> None:
        self._child.stop()

    def restart(self) -> None:
        """As it is on disk."""
        self._child.stop()
        self._child.start()

    def tell(self, state: AdmissionState) -> None:
        """Apply it to the running broker."""
        self.state = state
        self.admission().apply(state)

    def log(self) -> str:
        return self._child.output()

    def _new_child(self) -> Child:
        text = _MOSQUITTO if self.kind == "mosquitto" else _NATS
        configuration = self._folder / "broker.conf"
        configuration.write_text(
            text.format(
                port=self.port,
                client_port=free_port(),
                pki=self.pki.folder.resolve(),
                door=self.files,
                folder=self._folder,
                acl=ACL_FILE,
                crl=CRL_FILE,
                users=USERS_FILE,
            )
        )
        program = mosquitto_program() if self.kind == "mosquitto" else nats_program()
        if program is None:
            raise Unavailable("no-mosquitto", "Install the package mosquitto.")
        ready = " running" if self.kind == "mosquitto" else "Server is ready"
        spec = ChildSpec(
            name=self.kind,
            wrapper=in_namespace(),
            command=(str(program), "-c", str(configuration)),
            log_file=self._folder / "broker.log",
            ready=lambda child: ready in child.output() and listens(self.port),
        )
        return Child(spec, record_dir=self._folder / "record")


@contextmanager
def open_door(kind: str, folder: Path) -> Iterator[Door]:
    """A running broker that lets nobody in yet."""
    door = Door(kind, folder / kind, Pki(folder / "pki"))
    door.start()
    try:
        yield door
    finally:
        door.stop()


@dataclass
class Party:
    """One MQTT 3.1.1 client and what it was sent."""

    door: Door
    identity: Identity
    client_id: str = ""
    received: list[tuple[str, bytes]] = field(default_factory=list)
    acked: set[int] = field(default_factory=set)
    granted: set[int] = field(default_factory=set)
    disconnects: int = 0

    def __post_init__(self) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id or self.identity.name,
            protocol=mqtt.MQTTv311,
        )
        self.client.tls_set(
            ca_certs=str(self.door.pki.folder / "ca.crt"),
            certfile=str(self.identity.certificate_file),
            keyfile=str(self.identity.key_file),
        )
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.on_message = lambda _c, _u, message: self.received.append(
            (message.topic, bytes(message.payload))
        )
        self.client.on_publish = lambda _c, _u, mid, _r, _p: self.acked.add(mid)
        self.client.on_subscribe = lambda _c, _u, mid, _codes, _p: self.granted.add(mid)
        self.client.on_disconnect = lambda *_: self._count()

    def _count(self) -> None:
        self.disconnects += 1

    def __enter__(self) -> "Party":
        self.client.connect("127.0.0.1", self.door.port)
        self.client.loop_start()
        until(self.client.is_connected)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> None:
        """Until it is acknowledged, which brokers also do to what they forbid, or for a second."""
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        self._within_a_second(lambda: mid in self.acked)

    def subscribe(self, topic: str) -> None:
        """Until it is answered, whatever the answer, or for a second."""
        _, mid = self.client.subscribe(topic, qos=1)
        self._within_a_second(lambda: mid in self.granted)

    def _within_a_second(self, holds: Callable[[], bool]) -> None:
        with suppress(AssertionError):
            until(holds, timeout_s=1.0)

    def payloads(self) -> set[bytes]:
        return {payload for _, payload in self.received}


def enters(door: Door, identity: Identity | None) -> bool:
    """Whether the broker welcomes who shows this certificate."""
    context = ssl.create_default_context(cafile=str(door.pki.folder / "ca.crt"))
    if identity is not None:
        context.load_cert_chain(identity.certificate_file, identity.key_file)
    name = (identity.name if identity else "nobody").encode()
    variable = b"\x00\x04MQTT\x04\x02\x00\x1e" + len(name).to_bytes(2, "big") + name
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", door.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"\x10" + bytes([len(variable)]) + variable)
        return secure.recv(4) == b"\x20\x02\x00\x00"
    return False


def admits(*devices: UUID, workers: tuple[str, ...] = ("hub-1",)) -> AdmissionState:
    """These, and nobody else."""
    return AdmissionState(admitted=frozenset(devices), workers=frozenset(workers))
