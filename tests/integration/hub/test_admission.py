"""A broker's door, the same for both kinds: who enters, what reaches whom, and who is out.

What is tested is what arrives: brokers acknowledge what they forbid.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from hub.fleet.ports import AdmissionState
from protocol.errors import Unavailable
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
        office.subscribe("r1/5/+/up/+")
        office.subscribe("r1/5/+/pres")
        agent.subscribe(f"r1/5/{SHOP}/dn/+")
        agent.subscribe(f"r1/5/{SHOP}/want")
        agent.publish(f"r1/5/{SHOP}/up/ev", b"facts")
        agent.publish(f"r1/5/{SHOP}/pres", b"here", retain=True)
        office.publish(f"r1/5/{SHOP}/dn/ack", b"ack")
        office.publish(f"r1/5/{SHOP}/want", b"want", retain=True)
        until(lambda: office.payloads() == {b"facts", b"here"})
        until(lambda: agent.payloads() == {b"ack", b"want"})


@pytest.mark.fault(40, "FK")
def test_nothing_comes_in_under_another_devices_topics(door: Door) -> None:
    """A device publishes to another's topics and to the hub's own: nothing of it arrives."""
    with (
        worker(door) as office,
        Party(door, door.pki.client(str(SHOP))) as victim,
        Party(door, door.pki.client(str(OTHER))) as thief,
    ):
        office.subscribe("r1/5/+/up/+")
        office.subscribe("r1/5/+/pres")
        victim.subscribe(f"r1/5/{SHOP}/dn/+")
        victim.subscribe(f"r1/5/{SHOP}/want")
        for topic in ("up/ev", "up/hello", "pres", "dn/ack", "dn/cmd", "want"):
            thief.publish(f"r1/5/{SHOP}/{topic}", b"forged", retain=topic in {"pres", "want"})
        for topic in ("dn/ack", "want"):
            thief.publish(f"r1/5/{OTHER}/{topic}", b"forged")
    # After a refusal NATS ends the connection, so what is true comes on another.
    with (
        worker(door) as office,
        Party(door, door.pki.client(str(SHOP))) as victim,
    ):
        office.subscribe("r1/5/+/up/+")
        office.subscribe("r1/5/+/pres")
        victim.subscribe(f"r1/5/{SHOP}/dn/+")
        victim.subscribe(f"r1/5/{SHOP}/want")
        victim.publish(f"r1/5/{SHOP}/up/ev", b"true")
        office.publish(f"r1/5/{SHOP}/dn/ack", b"true")
        until(lambda: bool(office.received) and bool(victim.received))
        assert office.payloads() == victim.payloads() == {b"true"}


@pytest.mark.fault(41, "F")
def test_what_is_retained_for_another_is_given_to_nobody_else(door: Door) -> None:
    """Retained words of another tenant's shop, asked for by name and by every wildcard."""
    with worker(door) as office:
        office.publish(f"r1/5/{SHOP}/want", b"secret", retain=True)
        office.publish(f"r1/5/{OTHER}/want", b"own", retain=True)
        with Party(door, door.pki.client(str(SHOP))) as agent:
            agent.subscribe(f"r1/5/{SHOP}/want")
            until(lambda: agent.payloads() == {b"secret"})
    wanted = (
        f"r1/5/{SHOP}/want",
        f"r1/5/{SHOP}/dn/+",
        f"r1/+/{SHOP}/#",
        "r1/5/+/want",
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
                thief.subscribe(f"r1/5/{OTHER}/want")
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
        office.subscribe("r1/5/+/up/+")
        agent.subscribe(f"r1/5/{SHOP}/dn/+")
        agent.publish(f"r1/5/{SHOP}/up/ev", b"before")
        until(lambda: office.payloads() == {b"before"})
        door.tell(revoked(identity))
        until(lambda: not enters(door, identity), timeout_s=5.0)
        agent.publish(f"r1/5/{SHOP}/up/ev", b"after")
        office.publish(f"r1/5/{SHOP}/dn/ack", b"after")
        with Party(door, door.pki.client(str(OTHER))) as neighbour:
            neighbour.publish(f"r1/5/{OTHER}/up/ev", b"barrier")
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
        office.subscribe("r1/5/+/up/+")
        office.subscribe("r1/5/+/pres")
        office.publish(f"r1/5/{SHOP}/want", b"secret", retain=True)
        identity = door.pki.client(name)
        if enters(door, identity):
            with Party(door, identity) as thief:
                for topic in (f"r1/5/{SHOP}/want", f"r1/5/{SHOP}/dn/+", "r1/5/+/want", "#"):
                    thief.subscribe(topic)
                for topic in (f"r1/5/{SHOP}/up/ev", f"r1/5/{SHOP}/pres", f"r1/5/{name}/up/ev"):
                    if not {"+", "#"} & set(topic):
                        thief.publish(topic, b"forged")
                office.publish(f"r1/5/{SHOP}/dn/ack", b"secret")
                with Party(door, door.pki.client(str(SHOP))) as agent:
                    agent.publish(f"r1/5/{SHOP}/up/ev", b"true")
                    until(lambda: b"true" in office.payloads())
                assert thief.received == []
        named = {payload for topic, payload in office.received if topic.split("/")[2] == str(SHOP)}
        assert named <= {b"true"}


def test_each_worker_has_a_name_of_its_own(door: Door) -> None:
    """A worker that is not named yet gets nothing; from then on it does, and the other stays."""
    second = door.pki.client("hub-2")
    with worker(door) as office, Party(door, door.pki.client(str(SHOP))) as agent:
        office.subscribe("r1/5/+/up/+")
        if enters(door, second):
            with Party(door, second) as early:
                early.subscribe("r1/5/+/up/+")
                agent.publish(f"r1/5/{SHOP}/up/ev", b"before")
                until(lambda: b"before" in office.payloads())
                assert early.received == []
        door.tell(admits(SHOP, OTHER, workers=("hub-1", "hub-2")))
        until(lambda: enters(door, second))
        with Party(door, second) as late:
            late.subscribe("r1/5/+/up/+")
            agent.publish(f"r1/5/{SHOP}/up/ev", b"after")
            until(lambda: b"after" in late.payloads() and b"after" in office.payloads())
        assert office.disconnects == agent.disconnects == 0


def test_a_device_is_admitted_while_the_broker_runs(door: Door) -> None:
    newcomer = UUID("018f3a52-0000-7000-8000-0000000000c3")
    identity = door.pki.client(str(newcomer))
    with worker(door) as office:
        office.subscribe("r1/5/+/up/+")
        door.tell(admits(SHOP, OTHER, newcomer))
        until(lambda: enters(door, identity))
        with Party(door, identity) as agent:
            agent.publish(f"r1/5/{newcomer}/up/hello", b"hello")
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
        office.subscribe("r1/5/+/up/+")
        victim.subscribe(f"r1/5/{SHOP}/dn/+")
        with Party(mosquitto, thief_name, client_id=str(SHOP)) as thief:
            thief.subscribe(f"r1/5/{SHOP}/dn/+")
            thief.publish(f"r1/5/{SHOP}/up/ev", b"forged")
            thief.publish(f"r1/5/{OTHER}/up/ev", b"own")
            office.publish(f"r1/5/{SHOP}/dn/ack", b"ack")
            until(lambda: bool(office.received) and bool(victim.received))
            assert office.received == [(f"r1/5/{OTHER}/up/ev", b"own")]
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
