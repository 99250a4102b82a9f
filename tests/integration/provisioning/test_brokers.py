"""Both kinds of broker keep the same law: mutual TLS, own topics only, up again on its port."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from protocol.codec.topics import DeviceTopics
from protocol.errors import Malformed
from provisioning.demo.broker import Broker
from provisioning.demo.broker_choice import choose_broker
from provisioning.demo.identity import Identity
from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.nats import NatsBroker
from tests.servers.pki import Pki

pytestmark = pytest.mark.slow
SHOP = UUID("018f3a52-0000-7000-8000-0000000000a1")
CONNACK = b"\x20\x02\x00\x00"
OTHER_SHOP = UUID("018f3a52-0000-7000-8000-0000000000b2")
OWN = DeviceTopics(SHOP)
OTHERS = DeviceTopics(OTHER_SHOP)


def until(holds: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)


@dataclass
class Party:
    """One MQTT 3.1.1 client and what it was sent."""

    broker: Broker
    pki: Pki
    identity: Identity
    client_id: str = ""
    received: list[tuple[str, bytes]] = field(default_factory=list)
    acked: set[int] = field(default_factory=set)
    granted: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id or self.identity.name,
            protocol=mqtt.MQTTv311,
        )
        self.client.tls_set(
            ca_certs=str(self.pki.ca_file),
            certfile=str(self.identity.certificate_file),
            keyfile=str(self.identity.key_file),
        )
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.on_message = lambda _c, _u, message: self.received.append(
            (message.topic, bytes(message.payload))
        )
        self.client.on_publish = lambda _c, _u, mid, _r, _p: self.acked.add(mid)
        self.client.on_subscribe = lambda _c, _u, mid, codes, _p: self.granted.update(
            {mid: not codes[0].is_failure}
        )

    def __enter__(self) -> "Party":
        self.client.connect("127.0.0.1", self.broker.port)
        self.client.loop_start()
        until(self.client.is_connected)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> None:
        """Returns when the broker has acknowledged, which it also does to what it forbids."""
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        until(lambda: mid in self.acked)

    def subscribe(self, topic: str) -> bool:
        """Whether the broker granted it; Mosquitto grants all and withholds the messages."""
        _, mid = self.client.subscribe(topic, qos=1)
        assert mid is not None
        until(lambda: mid in self.granted)
        return self.granted[mid]

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.received]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(params=[MosquittoBroker, NatsBroker], ids=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path: Path, authority: Pki) -> Iterator[Broker]:
    made: Broker = request.param(tmp_path / "broker", pki=authority)
    made.admit_hub_worker("hub-1")
    made.admit_device(SHOP)
    made.admit_device(OTHER_SHOP)
    made.start()
    yield made
    made.stop()


def pki_of(broker: Broker) -> Pki:
    """The test's own authority."""
    assert isinstance(broker.pki, Pki)
    return broker.pki


def hub(broker: Broker) -> Party:
    return Party(broker, pki_of(broker), pki_of(broker).hub_worker("hub-1"))


def shop(broker: Broker, device_id: UUID = SHOP) -> Party:
    return Party(broker, pki_of(broker), pki_of(broker).device(device_id))


def test_hub_and_shop_reach_each_other(broker: Broker) -> None:
    with hub(broker) as office, shop(broker) as agent:
        assert office.subscribe("r1/+/+/up/+")
        assert office.subscribe("r1/+/+/pres")
        assert agent.subscribe(OWN.all_down)
        assert agent.subscribe(OWN.want)
        biggest = b"f" * 786_432
        agent.publish(OWN.up("ev"), biggest)
        agent.publish(OWN.presence, b"online", retain=True)
        office.publish(OWN.down("ack"), b"ack")
        office.publish(OWN.want, b"want", retain=True)
        until(lambda: len(office.received) == 2 and len(agent.received) == 2)
        assert set(office.received) == {
            (OWN.up("ev"), biggest),
            (OWN.presence, b"online"),
        }
        assert set(agent.topics()) == {OWN.down("ack"), OWN.want}


def test_a_worker_may_hold_all_partitions(broker: Broker) -> None:
    with hub(broker) as office, shop(broker) as agent, shop(broker, OTHER_SHOP) as other:
        for partition in range(64):
            assert office.subscribe(f"r1/{partition}/+/up/+")
            assert office.subscribe(f"r1/{partition}/+/pres")
        agent.publish(OWN.up("hb"))
        other.publish(OTHERS.up("hb"))
        until(lambda: set(office.topics()) == {OWN.up("hb"), OTHERS.up("hb")})


def test_a_shop_neither_writes_nor_reads_what_is_another_shops(broker: Broker) -> None:
    with hub(broker) as office, shop(broker) as victim, shop(broker, OTHER_SHOP) as thief:
        office.subscribe("r1/+/+/up/+")
        office.subscribe("r1/+/+/pres")
        victim.subscribe(OWN.all_down)
        for topic in (OWN.all_down, OWN.want, "r1/+/+/up/+", "#", "r1/#"):
            thief.subscribe(topic)
        thief.publish(OWN.up("ev"), b"forged")
        thief.publish(OWN.presence, b"forged")
        thief.publish(OWN.down("ack"), b"forged")
        thief.publish(OTHERS.down("ack"), b"forged")
        victim.publish(OWN.up("ev"), b"true")
        office.publish(OWN.down("ack"), b"true")
        office.publish(OWN.want, b"true")
        thief.publish(OTHERS.up("ev"), b"own")  # the broker keeps order: a barrier
        until(lambda: len(office.received) == 2 and len(victim.received) == 1)
        assert {payload for _, payload in office.received} == {b"true", b"own"}
        assert victim.received == [(OWN.down("ack"), b"true")]
        assert thief.received == []


def test_without_a_certificate_of_the_authority_nobody_enters(
    broker: Broker, tmp_path: Path
) -> None:
    stranger = Pki(tmp_path / "stranger").device(SHOP)
    for identity in (None, stranger):
        assert answer_to_connect(broker, identity) == b""
    assert answer_to_connect(broker, pki_of(broker).device(SHOP)) == CONNACK


def answer_to_connect(broker: Broker, identity: Identity | None) -> bytes:
    """What comes back for an MQTT CONNECT over TLS; nothing when the broker ends the connection.

    In TLS 1.3 a client learns only from its first read that its certificate was refused.
    """
    context = ssl.create_default_context(cafile=str(broker.pki.ca_file))
    if identity is not None:
        context.load_cert_chain(identity.certificate_file, identity.key_file)
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        name = str(SHOP).encode()
        variable = b"\x00\x04MQTT\x04\x02\x00\x1e" + len(name).to_bytes(2, "big") + name
        secure.sendall(b"\x10" + bytes([len(variable)]) + variable)
        return secure.recv(4)
    return b""


def test_identities_are_admitted_while_it_runs(broker: Broker) -> None:
    newcomer = UUID("018f3a52-0000-7000-8000-0000000000c3")
    with hub(broker) as office:
        office.subscribe("r1/+/+/up/+")
        broker.admit_device(newcomer)
        broker.admit_hub_worker("hub-2")
        second = Party(broker, pki_of(broker), pki_of(broker).hub_worker("hub-2"))
        with shop(broker, newcomer) as agent, second:
            second.subscribe("r1/+/+/up/+")
            agent.publish(DeviceTopics(newcomer).up("hello"))
            until(lambda: len(second.received) == 1 and len(office.received) == 1)
        assert office.client.is_connected()


def test_a_hub_workers_name_is_never_a_devices(broker: Broker) -> None:
    with pytest.raises(Malformed):
        broker.admit_hub_worker(str(SHOP))


def test_after_a_kill_everyone_comes_back_to_the_same_port(broker: Broker) -> None:
    with hub(broker) as office, shop(broker) as agent:
        office.subscribe("r1/+/+/up/+")
        port = broker.port
        for _ in range(2):
            broker.kill()
            assert broker.pid is None
            until(lambda: not office.client.is_connected() and not agent.client.is_connected())
            broker.start()
            assert broker.port == port
            until(lambda: office.client.is_connected() and agent.client.is_connected())
        office.subscribe("r1/+/+/up/+")
        agent.publish(OWN.up("ev"), b"after")
        until(lambda: (OWN.up("ev"), b"after") in office.received)


def test_what_was_retained_survives_a_restart(broker: Broker) -> None:
    with hub(broker) as office:
        office.publish(OWN.want, b"v7", retain=True)
    broker.restart()
    with shop(broker) as agent:
        agent.subscribe(OWN.want)
        until(lambda: agent.received == [(OWN.want, b"v7")])


def test_mosquitto_ties_the_client_id_to_the_certificate(tmp_path: Path, authority: Pki) -> None:
    """Otherwise a device could take another's session by naming its client id (DESIGN §2.5)."""
    broker = MosquittoBroker(tmp_path / "broker", pki=authority)
    broker.start()
    with shop(broker) as victim:
        victim.subscribe(OWN.all_down)
        own = pki_of(broker).device(OTHER_SHOP)
        with Party(broker, pki_of(broker), own, client_id=str(SHOP)) as thief:
            thief.publish(OTHERS.up("ev"))
            assert victim.client.is_connected()
    broker.stop()


def test_the_choice_is_mosquitto_where_it_is_installed(tmp_path: Path, authority: Pki) -> None:
    assert choose_broker(tmp_path, pki=authority).kind == "mosquitto"
