"""A broker's door, the same for both kinds: who enters, what reaches whom, and who is out.

What is tested is what arrives: brokers acknowledge what they forbid.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from hub.fleet.mosquitto import ACL_FILE
from hub.fleet.nats import USERS_FILE
from hub.fleet.ports import AdmissionState
from hub.fleet.reloading import PidFileReload
from protocol.codec.topics import PARTITIONS, DeviceTopics
from protocol.errors import Unavailable
from protocol.vocabulary.ids import partition_of
from tests.integration.hub.broker_doors import (
    Door,
    Identity,
    Party,
    admits,
    enters,
    open_door,
    until,
)

pytestmark = pytest.mark.slow
SHOP = UUID("018f3a52-0000-7000-8000-0000000000a1")
# Of another tenant, which the broker knows nothing of.
OTHER = UUID("018f3a52-0000-7000-8000-0000000000b2")
OWN = DeviceTopics(SHOP)
OTHERS = DeviceTopics(OTHER)


@pytest.fixture(params=["mosquitto", "nats"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with open_door(request.param, tmp_path) as opened:
        opened.tell(admits(SHOP, OTHER))
        yield opened


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Door]:
    with open_door("mosquitto", tmp_path) as opened:
        opened.tell(admits(SHOP, OTHER))
        yield opened


def worker(door: Door, name: str = "hub-1") -> Party:
    return Party(door, door.pki.client(name))


def revoked(identity: Identity) -> AdmissionState:
    return AdmissionState(
        admitted=frozenset({OTHER}),
        revoked=frozenset({SHOP}),
        serials=frozenset({identity.serial}),
        workers=frozenset({"hub-1"}),
    )


def test_shop_and_hub_reach_each_other(door: Door) -> None:
    with worker(door) as office, Party(door, door.pki.client(str(SHOP))) as agent:
        office.subscribe("r1/+/+/up/+")
        office.subscribe("r1/+/+/pres")
        agent.subscribe(OWN.all_down)
        agent.subscribe(OWN.want)
        agent.publish(OWN.up("ev"), b"facts")
        agent.publish(OWN.presence, b"here", retain=True)
        office.publish(OWN.down("ack"), b"ack")
        office.publish(OWN.want, b"want", retain=True)
        until(lambda: office.payloads() == {b"facts", b"here"})
        until(lambda: agent.payloads() == {b"ack", b"want"})


def forgeries(door: Door) -> set[str]:
    """What a device forges that arrives: at the hub or at another device, who stay connected, and
    at itself in the hub's name."""
    forged = [f"{OWN.root}/{name}" for name in ("up/ev", "up/hello", "pres", "dn/ack", "want")]
    forged += [OTHERS.down("ack"), OTHERS.want]
    thief, found = door.pki.client(str(OTHER)), set[str]()
    with worker(door) as office, Party(door, door.pki.client(str(SHOP))) as victim:
        office.subscribe("r1/+/+/up/+")
        office.subscribe("r1/+/+/pres")
        victim.subscribe(OWN.all_down)
        victim.subscribe(OWN.want)
        for topic in forged:
            # One connection each: NATS ends it at a refusal.
            with Party(door, thief) as stranger:
                stranger.subscribe(OTHERS.all_down)
                stranger.subscribe(OTHERS.want)
                stranger.publish(topic, b"forged")
                stranger.publish(topic, b"forged", retain=True)
                found |= {name for name, _ in stranger.received}
        victim.publish(OWN.up("ev"), b"true")
        office.publish(OWN.down("ack"), b"true")
        until(lambda: b"true" in office.payloads() and b"true" in victim.payloads())
        heard = [*office.received, *victim.received]
        assert office.disconnects == victim.disconnects == 0
    return found | {topic for topic, payload in heard if payload != b"true"}


@pytest.mark.fault(40, "FK")
def test_nothing_comes_in_under_another_devices_topics(door: Door) -> None:
    """A device publishes to another's topics and to the hub's own: nothing of it arrives, neither
    at once nor retained."""
    assert forgeries(door) == set()


@pytest.mark.parametrize(
    ("branch", "arrives"),
    [
        ("up", {OWN.up("ev"), OWN.up("hello")}),
        ("dn", {OWN.down("ack"), OTHERS.down("ack")}),
    ],
)
def test_a_door_that_lets_forgeries_in_is_noticed(
    door: Door, branch: str, arrives: set[str]
) -> None:
    """The test above bites: devices may write all of one direction here."""
    if door.kind == "nats":
        file, old, new = USERS_FILE, "publish: [", f'publish: ["r1.*.*.{branch}.*", '
    else:
        file, old, new = ACL_FILE, "pattern ", f"pattern write r1/+/+/{branch}/+\npattern "
    path = door.files / file
    path.write_text(path.read_text().replace(old, new))
    PidFileReload(door.pid_file, program=door.program)()
    until(lambda: forgeries(door) == arrives, timeout_s=60.0)


@pytest.mark.fault(40, "FGK")
def test_a_device_writes_its_own_few_topics_and_makes_up_no_others(door: Door) -> None:
    """Retained words under every partition, channel and depth that it thinks of would fill the
    broker: none is taken, and what it may write are eight topics."""
    partition = partition_of(SHOP)
    made_up = (
        *(f"r1/{p}/{SHOP}/up/ev" for p in (*range(PARTITIONS), "x1", "") if p != partition),
        f"r1/0{partition}/{SHOP}/up/ev",
        *(f"r1/{partition}/{SHOP}/up/{name}" for name in ("x1", "", "welcome", "ev/x")),
        *(f"r1/{partition}/{SHOP}/{name}" for name in ("up", "pres/x", "x1", "want", "dn/ack")),
        f"r2/{partition}/{SHOP}/up/ev",
    )
    identity = door.pki.client(str(SHOP))
    for topic in (*made_up, *OWN.all_up):
        # One connection each: NATS ends it at the first refusal, whatever else would be taken.
        with Party(door, identity) as agent:
            agent.publish(topic, topic.encode(), retain=True)
    with worker(door) as office:
        office.subscribe("r1/+/+/up/+")
        office.subscribe("r1/+/+/pres")
        with Party(door, door.pki.client(str(OTHER))) as neighbour:
            neighbour.publish(OTHERS.up("ev"), b"barrier")
            until(lambda: b"barrier" in office.payloads())
        assert {topic for topic, _ in office.received} == {*OWN.all_up, OTHERS.up("ev")}


@pytest.mark.fault(41, "F")
def test_what_is_retained_for_another_is_given_to_nobody_else(door: Door) -> None:
    """Retained words of another tenant's shop, asked for by name and by every wildcard."""
    with worker(door) as office:
        office.publish(OWN.want, b"secret", retain=True)
        office.publish(OTHERS.want, b"own", retain=True)
        with Party(door, door.pki.client(str(SHOP))) as agent:
            agent.subscribe(OWN.want)
            until(lambda: agent.payloads() == {b"secret"})
    wanted = (
        OWN.want,
        OWN.all_down,
        f"r1/+/{SHOP}/#",
        "r1/+/+/want",
        "r1/+/+/+/+",
        "r1/#",
        "#",
        "+/+/+/+",
        "$SYS/#",
    )
    for topic in wanted:
        with Party(door, door.pki.client(str(OTHER))) as thief:
            thief.subscribe(topic)
            if thief.client.is_connected():
                thief.subscribe(OTHERS.want)
                until(lambda: b"own" in thief.payloads() or thief.disconnects > 0)
            assert b"secret" not in thief.payloads(), topic
            assert not any(str(SHOP) in name for name, _ in thief.received), topic


@pytest.mark.fault(39, "KL")
def test_a_revoked_device_is_out_within_seconds_with_the_connection_that_it_has(
    door: Door,
) -> None:
    """Revoked while connected: nothing of it arrives, nothing reaches it, it comes in no more."""
    identity = door.pki.client(str(SHOP))
    with worker(door) as office, Party(door, identity) as agent:
        office.subscribe("r1/+/+/up/+")
        agent.subscribe(OWN.all_down)
        agent.publish(OWN.up("ev"), b"before")
        until(lambda: office.payloads() == {b"before"})
        door.tell(revoked(identity))
        until(lambda: not enters(door, identity), timeout_s=5.0)
        agent.publish(OWN.up("ev"), b"after")
        office.publish(OWN.down("ack"), b"after")
        with Party(door, door.pki.client(str(OTHER))) as neighbour:
            neighbour.publish(OTHERS.up("ev"), b"barrier")
            until(lambda: b"barrier" in office.payloads())
        assert office.payloads() == {b"before", b"barrier"}
        assert agent.received == []
        assert office.disconnects == 0


@pytest.mark.fault(39, "K")
def test_a_revocation_outlives_the_brokers_restart(door: Door) -> None:
    """The broker comes back with the files as they are: the revoked device stays out."""
    identity, neighbour = door.pki.client(str(SHOP)), door.pki.client(str(OTHER))
    assert enters(door, identity)
    door.tell(revoked(identity))
    door.restart()
    assert enters(door, neighbour)
    assert not enters(door, identity)


@pytest.mark.fault(40, "K")
def test_only_a_valid_certificate_of_the_authority_enters(door: Door) -> None:
    """None, a stranger's under the same name, an expired one, one to come, the broker's own."""
    pki = door.pki
    bad = {
        "none": None,
        "foreign": pki.client(str(SHOP), by=pki.new_authority()),
        "expired": pki.client(str(SHOP), term=pki.term(days=-1, ago=10)),
        "to come": pki.client(str(SHOP), term=pki.term(ago=-1)),
        "server": pki.server,
    }
    assert {name for name, identity in bad.items() if enters(door, identity)} == set()
    assert enters(door, pki.client(str(SHOP)))


@pytest.mark.fault(40, "FK")
@pytest.mark.parametrize(
    "name", ["+", "#", "r1/+", f"+/{SHOP}", "*", ">", "#/up", f"{SHOP} ", str(SHOP).upper()]
)
def test_a_name_that_is_a_pattern_opens_nothing(door: Door, name: str) -> None:
    """Were the authority tricked into such a name: it neither writes nor reads anybody's topics."""
    with worker(door) as office:
        office.subscribe("r1/+/+/up/+")
        office.subscribe("r1/+/+/pres")
        office.publish(OWN.want, b"secret", retain=True)
        identity = door.pki.client(name)
        if enters(door, identity):
            with Party(door, identity) as thief:
                for topic in (OWN.want, OWN.all_down, "r1/+/+/want", "#"):
                    thief.subscribe(topic)
                for topic in (OWN.up("ev"), OWN.presence, f"r1/35/{name}/up/ev"):
                    if not {"+", "#"} & set(topic):
                        thief.publish(topic, b"forged")
                office.publish(OWN.down("ack"), b"secret")
                with Party(door, door.pki.client(str(SHOP))) as agent:
                    agent.publish(OWN.up("ev"), b"true")
                    until(lambda: b"true" in office.payloads())
                assert thief.received == []
        named = {payload for topic, payload in office.received if topic.split("/")[2] == str(SHOP)}
        assert named <= {b"true"}


def test_each_worker_has_a_name_of_its_own(door: Door) -> None:
    """A worker that is not named yet gets nothing; from then on it does, and the other stays."""
    second = door.pki.client("hub-2")
    with worker(door) as office, Party(door, door.pki.client(str(SHOP))) as agent:
        office.subscribe("r1/+/+/up/+")
        if enters(door, second):
            with Party(door, second) as early:
                early.subscribe("r1/+/+/up/+")
                agent.publish(OWN.up("ev"), b"before")
                until(lambda: b"before" in office.payloads())
                assert early.received == []
        door.tell(admits(SHOP, OTHER, workers=("hub-1", "hub-2")))
        until(lambda: enters(door, second))
        with Party(door, second) as late:
            late.subscribe("r1/+/+/up/+")
            agent.publish(OWN.up("ev"), b"after")
            until(lambda: b"after" in late.payloads() and b"after" in office.payloads())
        assert office.disconnects == agent.disconnects == 0


def test_a_device_is_admitted_while_the_broker_runs(door: Door) -> None:
    newcomer = UUID("018f3a52-0000-7000-8000-0000000000c3")
    identity = door.pki.client(str(newcomer))
    with worker(door) as office:
        office.subscribe("r1/+/+/up/+")
        door.tell(admits(SHOP, OTHER, newcomer))
        until(lambda: enters(door, identity))
        with Party(door, identity) as agent:
            agent.publish(DeviceTopics(newcomer).up("hello"), b"hello")
            until(lambda: b"hello" in office.payloads())
        assert office.disconnects == 0


def test_a_broker_that_is_away_cannot_be_told_and_reads_it_at_its_start(door: Door) -> None:
    identity = door.pki.client(str(SHOP))
    door.stop()
    with pytest.raises(Unavailable) as caught:
        door.tell(revoked(identity))
    assert caught.value.code == "broker-away"
    door.restart()
    assert not enters(door, identity)
    assert enters(door, door.pki.client(str(OTHER)))


@pytest.mark.fault(40, "K")
def test_another_devices_client_id_takes_nothing_over(mosquitto: Door) -> None:
    """A device that connects under another's client id is itself; the other stays connected."""
    victim_name, thief_name = mosquitto.pki.client(str(SHOP)), mosquitto.pki.client(str(OTHER))
    with Party(mosquitto, victim_name) as victim, worker(mosquitto) as office:
        office.subscribe("r1/+/+/up/+")
        victim.subscribe(OWN.all_down)
        with Party(mosquitto, thief_name, client_id=str(SHOP)) as thief:
            thief.subscribe(OWN.all_down)
            thief.publish(OWN.up("ev"), b"forged")
            thief.publish(OTHERS.up("ev"), b"own")
            office.publish(OWN.down("ack"), b"ack")
            until(lambda: bool(office.received) and bool(victim.received))
            assert office.received == [(OTHERS.up("ev"), b"own")]
            assert thief.received == []
        assert victim.disconnects == 0


@pytest.mark.fault(39, "K")
def test_the_list_of_revocations_alone_keeps_a_certificate_out(mosquitto: Door) -> None:
    """One certificate of a device is revoked while its newer one holds; lists follow each other."""
    old, new = mosquitto.pki.client(str(SHOP)), mosquitto.pki.client(str(SHOP))
    others = [mosquitto.pki.client(str(OTHER)) for _ in range(3)]
    gone = frozenset[str]()
    for identity in (old, *others):
        assert enters(mosquitto, identity)
        gone |= {identity.serial}
        state = AdmissionState(workers=frozenset({"hub-1"}), serials=gone)
        mosquitto.tell(state)
        until(lambda who=identity: not enters(mosquitto, who), timeout_s=5.0)  # type: ignore[misc]
        assert enters(mosquitto, new)
