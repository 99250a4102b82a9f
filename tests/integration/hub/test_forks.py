"""What the hub tells people when histories part, and what it does with two boxes of one name."""

import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from zlib import crc32

import pytest

from hub.collections.service import CollectionReader
from hub.fleet.alerts import DeviceAlerts
from hub.fleet.service import Fleet
from hub.ingest.admission import Admission
from hub.ingest.floors import Floors
from hub.ingest.greeting import Greeting
from hub.ingest.ports import SyncStore
from hub.kit.permissions import Permission, Principal
from hub.tills.floors import TillFloors
from protocol.codec.chain import genesis, links
from protocol.codec.control import decode_control, encode_control
from protocol.errors import Forbidden, NotFound
from protocol.messages.sync import Hello, Nak, Probe, ProbeAnswer, Welcome
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow
RAWS = [b"1", b"2", b"3", b"4", b"5"]


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


class Box:
    """A box that speaks for a device: its journal, the run of its agent, its hardware."""

    def __init__(
        self,
        world: InboxWorld,
        device: Device,
        raws: list[bytes],
        *,
        sync: SyncStore | None = None,
        **who: Any,
    ) -> None:
        start = genesis(device.ref.device_id)
        self.hashes = [start, *links(start, epoch=1, first_seq=1, raws=raws)]
        self.device = device
        self.who = {"boot": "a run", "fingerprint": "", **who}
        self.sess = 0
        self.greeting = Greeting(
            database=world.app,
            sync=sync or world.sync,
            pages=CollectionReader(),
            fleet=Fleet(world.clock),
            watch=DeviceAlerts(clock=world.clock, ids=world.ids),
            floors=Floors(TillFloors()),
            admission=Admission(clock=world.clock, rng=Random(1)),
            clock=world.clock,
            ids=world.ids,
        )

    async def hello(self, *, acked: int = 0, **more: Any) -> Welcome | Probe | Nak:
        """Say where the journal stands; what the hub answers."""
        self.sess += 1
        head = len(self.hashes) - 1
        said = {
            "dev": self.device.ref.device_id,
            "epoch": 1,
            "head": head,
            "head_hash": self.hashes[head],
            "acked": acked,
            "acked_hash": self.hashes[min(acked, head)],
            "sess": self.sess,
        }
        return await self._ask("hello", Hello(**{**said, **self.who, **more}))

    async def until_welcome(self) -> Welcome:
        """Answer every question of the hub."""
        reply = await self.hello()
        while isinstance(reply, Probe):
            reply = await self._ask(
                "rsp",
                ProbeAnswer(
                    epoch=1,
                    lo=reply.lo,
                    hi=reply.hi,
                    head=len(self.hashes) - 1,
                    hashes=[(s, self.hashes[s]) for s in reply.seqs if s < len(self.hashes)],
                    at_epoch=reply.at_epoch,
                    at_hwm=reply.at_hwm,
                    sess=self.sess,
                ),
            )
        assert isinstance(reply, Welcome)
        return reply

    async def _ask(self, channel: str, said: Any) -> Welcome | Probe | Nak:
        (reply,) = await self.greeting.answer(self.device.ref, channel, encode_control(said))
        kinds: dict[str, Any] = {"welcome": Welcome, "probe": Probe, "nak": Nak}
        found: Welcome | Probe | Nak = decode_control(
            reply.payload, kinds[reply.topic.rpartition("/")[2]]
        )
        return found


async def alerts(world: InboxWorld, device: Device) -> list[tuple[str, dict[str, Any]]]:
    rows = await world.rows(
        "select kind, details from device_alert where device_id = $1 order by alert_id",
        device.ref.device_id,
    )
    return [(row["kind"], json.loads(row["details"])) for row in rows]


async def told(world: InboxWorld, device: Device) -> list[str]:
    """The kinds in the event log."""
    rows = await world.rows(
        "select payload from event where organization_id = $1 and type = 'device.alert'"
        " order by position",
        device.ref.organization_id,
    )
    return [json.loads(row["payload"])["kind"] for row in rows]


@pytest.mark.parametrize(
    ("raws", "kind", "base", "resent", "missing"),
    [
        ([*RAWS[:3], b"x", b"y"], "history-forked", 3, 2, 2),
        (RAWS[:3], "device-set-back", 3, 0, 2),
        ([], "device-wiped", 0, 0, 5),
        ([b"x"], "history-forked", 0, 1, 5),
    ],
)
async def test_an_epoch_is_issued_with_a_word_to_people(
    world: InboxWorld, raws: list[bytes], kind: str, base: int, resent: int, missing: int
) -> None:
    device = await world.new_device()
    await world.send(device, RAWS)
    welcome = await Box(world, device, raws).until_welcome()
    assert (welcome.epoch, welcome.base, welcome.hwm) == (2, base, base)
    figures = {"epoch": 2, "from_epoch": 1, "base": base}
    figures |= {"resent": resent, "missing_at_device": missing}
    assert await alerts(world, device) == [(kind, figures)]
    assert await told(world, device) == [kind]


async def test_what_came_ahead_of_a_gap_outlives_the_box_that_lost_it(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, RAWS)
    async with world.superuser() as connection:
        own = device.ref.device_id
        await connection.execute("delete from inbox where device_id = $1 and seq = 4", own)
        await connection.execute(
            "update device_sync s set hwm = i.seq, hash = i.hash from inbox i"
            " where s.device_id = $1 and i.device_id = $1 and i.seq = 3",
            own,
        )
    assert (await Box(world, device, []).until_welcome()).epoch == 2
    (kept,) = await world.rows(
        "select reason, epoch, from_seq, bytes from quarantine where device_id = $1",
        device.ref.device_id,
    )
    assert tuple(kept.values()) == ("orphaned", 1, 5, RAWS[4])
    beyond = "select seq from inbox where device_id = $1 and seq > 3"
    assert await world.rows(beyond, device.ref.device_id) == []


async def test_a_hub_that_lost_what_it_acknowledged_says_so_once(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, RAWS[:2])
    box = Box(world, device, RAWS)
    for _ in range(3):
        welcome = await box.hello(acked=4)
        assert isinstance(welcome, Welcome)
        assert (welcome.epoch, welcome.hwm) == (1, 2)
    figures = {"epoch": 1, "hwm": 2, "device_epoch": 1, "device_acked": 4}
    assert await alerts(world, device) == [("hub-set-back", figures)]
    assert await told(world, device) == ["hub-set-back"]


@pytest.mark.parametrize(
    ("own", "kinds"),
    [(3, ["hub-set-back", "hub-set-back"]), (1_001, ["device-salvaged"])],
)
async def test_an_epoch_that_this_hub_never_issued_is_followed_by_a_higher_one(
    world: InboxWorld, own: int, kinds: list[str]
) -> None:
    device = await world.new_device()
    await world.send(device, RAWS[:2])
    box = Box(world, device, RAWS, epoch=own)
    start = box.hashes[1]
    box.hashes[2:] = links(start, epoch=own, first_seq=2, raws=RAWS[1:])
    reply = await box.hello()
    assert isinstance(reply, Probe)
    answer = ProbeAnswer(
        epoch=own,
        lo=0,
        hi=2,
        head=5,
        hashes=[(1, box.hashes[1])],
        at_epoch=reply.at_epoch,
        at_hwm=reply.at_hwm,
        sess=box.sess,
    )
    welcome = await box._ask("rsp", answer)
    assert isinstance(welcome, Welcome)
    assert (welcome.epoch, welcome.base) == (own + 1, 1)
    assert [kind for kind, _ in await alerts(world, device)] == kinds


@pytest.mark.parametrize("claimed", [200_000, 2**63 - 2, 2**70])
async def test_an_epoch_beyond_belief_moves_nothing_of_the_store(
    world: InboxWorld, claimed: int
) -> None:
    """A stolen box claims an enormous epoch: it is refused, the office is told once, and the next
    box of the store begins where it would have begun anyway."""
    device = await world.new_device()
    await world.send(device, RAWS[:2])
    box = Box(world, device, RAWS, epoch=claimed)
    for _ in range(2):
        refusal = await box.hello()
        assert isinstance(refusal, Nak)
        assert (refusal.code, refusal.boot) == ("far_epoch", "a run")
    answer = ProbeAnswer(
        epoch=claimed,
        lo=1,
        hi=2,
        head=2,
        hashes=[(1, box.hashes[1])],
        at_epoch=1,
        at_hwm=2,
        sess=box.sess,
    )
    assert isinstance(await box._ask("rsp", answer), Nak)
    assert await told(world, device) == ["epoch-beyond-belief"]
    (stands,) = await world.rows(
        "select epoch, hwm, head_seen from device_sync where device_id = $1", device.ref.device_id
    )
    assert (stands["epoch"], stands["hwm"], stands["head_seen"]) == (1, 2, 2)
    box.who["epoch"] = 1
    assert isinstance(await box.hello(), Welcome | Probe), "the device itself is not shut out"


@pytest.mark.fault(31, "K,L")
async def test_the_box_that_was_there_first_keeps_the_name_of_a_copied_card(
    world: InboxWorld,
) -> None:
    """Two boxes take turns under one certificate: once that is sure, the one on the first hardware
    is served, the other is refused by name, the office sees it, and settling it clears the way."""
    device = await world.new_device()
    await world.send(device, RAWS[:2])
    first = Box(world, device, RAWS[:2], boot="a", fingerprint="first")
    copy = Box(world, device, RAWS[:2], boot="b", fingerprint="copy")
    for _ in range(2):
        assert isinstance(await first.hello(), Welcome)
        assert isinstance(await copy.hello(), Welcome)
    assert isinstance(await first.hello(), Welcome)
    for _ in range(2):
        refusal = await copy.hello()
        assert isinstance(refusal, Nak)
        assert (refusal.code, refusal.boot) == ("cloned", "b")
        assert isinstance(await first.hello(), Welcome)
    kinds = ["hardware-changed", "cloned"]
    assert [kind for kind, _ in await alerts(world, device)] == kinds
    assert await told(world, device) == kinds
    # A restart of the one and of the other changes nothing.
    first.who["boot"], copy.who["boot"] = "a2", "b2"
    assert isinstance(await copy.hello(), Nak)
    assert isinstance(await first.hello(), Welcome)
    await settle_all(world, device)
    assert isinstance(await copy.hello(), Welcome)


@pytest.mark.fault(31, "B,L")
async def test_two_boxes_that_look_alike_are_both_served_and_told_of(world: InboxWorld) -> None:
    """Nothing tells the boxes apart: none is refused, for what each sold must come home."""
    device = await world.new_device()
    await world.send(device, RAWS[:2])
    boxes = [Box(world, device, RAWS[:2], boot=boot) for boot in ("a", "b")]
    for _ in range(4):
        for box in boxes:
            assert isinstance(await box.hello(), Welcome)
    assert await told(world, device) == ["cloned"]


async def test_a_box_learns_the_zs_of_its_registers_booked_or_on_their_way(
    world: InboxWorld,
) -> None:
    device = await world.new_device()
    shop = ShopFacts(seed=1, store_id=device.ref.store_id)
    async with world.superuser() as connection:
        await connection.execute(
            "insert into register (organization_id, register_id, store_id, name, code,"
            " pairing_token_hash, created_at) values ($1, $2, $3, 'Caisse', 'A1', '', now())",
            device.ref.organization_id,
            shop.register_id,
            device.ref.store_id,
        )
    box = Box(world, device, [])
    assert (await box.until_welcome()).floors == []
    facts = shop.day(3)
    await world.send(device, facts)
    on_their_way = (await box.until_welcome()).floors
    await world.project_all()
    booked = (await box.until_welcome()).floors
    assert on_their_way == booked
    assert [(floor.register_id, floor.z_number) for floor in booked] == [(shop.register_id, 1)]


async def test_an_alert_is_settled_by_who_may_and_only_where_it_is(world: InboxWorld) -> None:
    device, other = await world.new_device(), await world.new_device()
    await world.send(device, RAWS)
    await Box(world, device, []).until_welcome()
    with pytest.raises(Forbidden):
        await settle_all(world, device, permissions=frozenset())
    with pytest.raises(NotFound):
        await settle_all(world, device, as_of=other)
    await settle_all(world, device)
    await settle_all(world, device)
    rows = await world.rows(
        "select settled_at is not null as settled from device_alert where device_id = $1",
        device.ref.device_id,
    )
    assert rows == [{"settled": True}]


async def settle_all(
    world: InboxWorld,
    device: Device,
    *,
    as_of: Device | None = None,
    permissions: frozenset[str] = frozenset({Permission.FLEET_WRITE}),
) -> None:
    """As the device's office, or as another's."""
    office = (as_of or device).ref
    watch = DeviceAlerts(clock=world.clock, ids=world.ids)
    principal = Principal(
        user_id=world.new_id(), organization_id=office.organization_id, permissions=permissions
    )
    for row in await world.rows(
        "select alert_id from device_alert where device_id = $1", device.ref.device_id
    ):
        async with world.app.tenant(office.organization_id) as session:
            await watch.settle(
                session, principal, device_id=device.ref.device_id, alert_id=row["alert_id"]
            )
