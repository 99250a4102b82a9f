"""Whoever takes a device's facts or gives it an epoch holds its high-water mark until the commit.

Two workers meet at one device on real Postgres, with all of intake and greeting above it. What
becomes of this without the lock is shown by test_device_lock_removed.py.
"""

from collections.abc import AsyncIterator, Iterable
from random import Random
from zlib import crc32

import pytest
from msgspec import Raw

from hub.ingest.admission import Admission
from hub.ingest.broker import Inbound, Outbound
from hub.ingest.inbox import InboxStore
from hub.ingest.intake import Intake
from protocol.codec.chain import genesis, links
from protocol.codec.control import decode_control, encode_control
from protocol.codec.frames import BatchBody, encode_batch
from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from protocol.messages.sync import Ack, Nak, ProbeAnswer, Welcome
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.device_meeting import Gate, HeldInbox, HeldSync, Meeting, Turn, meet
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.integration.hub.test_branches import OneDevice
from tests.integration.hub.test_forks import Box

pytestmark = pytest.mark.slow
RAWS = [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


class Journal:
    """A box's facts under epoch 1, and its messages to two workers."""

    def __init__(self, world: InboxWorld, device: Device, raws: list[bytes]) -> None:
        start = genesis(device.ref.device_id)
        self.raws = raws
        self.hashes = [start, *links(start, epoch=1, first_seq=1, raws=raws)]
        self.world = world
        self.device = device

    def take(self, first: int, last: int, *, gate: Gate | None = None) -> Turn:
        """A worker takes these facts, by way of the gate if there is one."""
        inbox: InboxStore = HeldInbox(self.world.inbox, gate) if gate else self.world.inbox
        intake = Intake(
            store=inbox,
            directory=OneDevice(self.device.ref),
            admission=Admission(clock=self.world.clock, rng=Random(1)),
            clock=self.world.clock,
        )
        dev = self.device.ref.device_id
        frame = encode_batch(
            dev=dev,
            epoch=1,
            first=first,
            prev=self.hashes[first - 1],
            head=self.hashes[last],
            body=BatchBody(ev=[Raw(raw) for raw in self.raws[first - 1 : last]]),
        )
        return intake.take([Inbound(DeviceTopics(dev).up("ev"), frame)])

    def part_at(self, base: int, *, at: int, gate: Gate | None = None) -> Turn:
        """A worker hears that this journal and the hub's, which stood `at`, agree up to `base`."""
        sync = HeldSync(gate) if gate else None
        greeting = Box(self.world, self.device, self.raws, sync=sync).greeting
        answer = ProbeAnswer(
            epoch=1,
            lo=base,
            hi=base + 1,
            head=len(self.raws),
            hashes=[(base, self.hashes[base])],
            at_epoch=1,
            at_hwm=at,
            sess=1,
        )
        return greeting.answer(self.device.ref, "rsp", encode_control(answer))


async def two_journals(world: InboxWorld) -> tuple[Journal, Journal]:
    """Of one name: their third facts differ, and so does all that follows."""
    device = await world.new_device()
    return Journal(world, device, RAWS), Journal(world, device, [*RAWS[:2], b"8", b"9", b"0"])


def said(replies: Iterable[Outbound]) -> list[Ack | Nak | Welcome]:
    kinds: dict[str, type[Ack | Nak | Welcome]] = {"ack": Ack, "nak": Nak, "welcome": Welcome}
    return [
        decode_control(reply.payload, kinds[reply.topic.rpartition("/")[2]]) for reply in replies
    ]


async def lost(world: InboxWorld, device: Device, *meetings: Meeting) -> list[tuple[int, int]]:
    """The (epoch, hwm) of acknowledgements for facts that the hub does not hold or disowns."""
    ref, gone = device.ref, []
    async with world.app.tenant(ref.organization_id) as session:
        view = await world.sync.view(session, ref.device_id)
    replies = [reply for met in meetings for reply in (*met.first, *met.second)]
    for ack in (each for each in said(replies) if isinstance(each, Ack)):
        line = view.line(ack.epoch)
        rows = await world.rows(
            "select bytes from inbox where device_id = $1 and epoch = $2 and seq > $3"
            " and seq <= $4 order by seq",
            ref.device_id,
            ack.epoch,
            line.base,
            ack.hwm,
        )
        raws = [row["bytes"] for row in rows]
        held = links(line.base_hash, epoch=ack.epoch, first_seq=line.base + 1, raws=raws)
        if ack.hwm > line.hwm or [line.base_hash, *held][-1] != ack.hash:
            gone.append((ack.epoch, ack.hwm))
    return gone


@pytest.mark.fault(44, "BC")
async def test_a_message_at_two_workers_is_new_to_one_and_known_to_the_other(
    world: InboxWorld,
) -> None:
    """The second waits until the first has committed, sees its high-water mark and acknowledges
    the facts as known."""
    box, _ = await two_journals(world)
    gate = Gate()
    met = await meet(world, gate, first=box.take(1, 3, gate=gate), second=box.take(1, 3))
    assert met.waited
    (first,), (second,) = said(met.first), said(met.second)
    assert isinstance(first, Ack)
    assert isinstance(second, Ack)
    assert (first.hwm, second.hwm) == (3, 3)
    assert await lost(world, box.device, met) == []


@pytest.mark.fault(44, "CD")
async def test_messages_that_follow_each_other_at_two_workers_are_one_prefix(
    world: InboxWorld,
) -> None:
    """The second waits and continues from where the first ends: nothing stays behind a gap that
    is none."""
    box, _ = await two_journals(world)
    gate = Gate()
    met = await meet(world, gate, first=box.take(1, 2, gate=gate), second=box.take(3, 4))
    (ack,) = said(met.second)
    assert isinstance(ack, Ack)
    assert (ack.hwm, ack.sack) == (4, [])
    assert met.waited


@pytest.mark.fault(44, "AC")
async def test_what_one_box_was_acknowledged_its_copy_does_not_overwrite(
    world: InboxWorld,
) -> None:
    """Two boxes of one name sell on from one journal, their messages cross at two workers: what
    was acknowledged to the one stays, and the other is told that its history parted."""
    box, copy = await two_journals(world)
    gate, again = Gate(), Gate()
    before = await meet(world, gate, first=box.take(1, 2, gate=gate), second=box.take(3, 4))
    met = await meet(world, again, first=copy.take(3, 5, gate=again), second=box.take(3, 3))
    assert await lost(world, box.device, before, met) == []
    (refusal,) = said(met.first)
    assert isinstance(refusal, Nak)
    assert refusal.code == "fork"


@pytest.mark.fault(44, "AC")
async def test_an_epoch_begins_where_facts_that_came_with_it_find_it(world: InboxWorld) -> None:
    """One worker gives the device an epoch while another takes facts under the old one: these wait,
    and then are refused instead of being acknowledged and thrown away."""
    box, copy = await two_journals(world)
    await box.take(1, 5)
    gate = Gate()
    met = await meet(world, gate, first=copy.part_at(2, at=5, gate=gate), second=box.take(6, 7))
    assert await lost(world, box.device, met) == []
    (welcome,), (refusal,) = said(met.first), said(met.second)
    assert isinstance(welcome, Welcome)
    assert isinstance(refusal, Nak)
    assert (welcome.epoch, welcome.base, refusal.code) == (2, 2, "epoch")
    assert met.waited


@pytest.mark.fault(44, "AC")
async def test_no_epoch_begins_behind_facts_that_are_being_taken(world: InboxWorld) -> None:
    """While one worker takes facts another hears that histories part: it waits, sees that the hub
    has moved on, and asks anew instead of ending the epoch where it no longer ends."""
    box, copy = await two_journals(world)
    await box.take(1, 5)
    gate = Gate()
    met = await meet(world, gate, first=box.take(6, 7, gate=gate), second=copy.part_at(2, at=5))
    assert await lost(world, box.device, met) == []
    (ack,), (welcome,) = said(met.first), said(met.second)
    assert isinstance(ack, Ack)
    assert isinstance(welcome, Welcome)
    assert (ack.hwm, welcome.epoch, welcome.hwm) == (7, 1, 7)
    assert met.waited


@pytest.mark.fault(44, "BC")
async def test_an_answer_at_two_workers_begins_one_epoch(world: InboxWorld) -> None:
    """Both hear from a box where its history parts: the second waits and welcomes it under the
    epoch that the first has begun."""
    box, copy = await two_journals(world)
    await box.take(1, 5)
    gate = Gate()
    met = await meet(
        world, gate, first=copy.part_at(2, at=5, gate=gate), second=copy.part_at(2, at=5)
    )
    assert met.waited
    (first,), (second,) = said(met.first), said(met.second)
    assert isinstance(first, Welcome)
    assert isinstance(second, Welcome)
    assert (first.epoch, second.epoch) == (2, 2)


@pytest.mark.fault(44, "N")
async def test_two_boxes_of_one_store_that_part_at_once_get_two_epochs(world: InboxWorld) -> None:
    """Receipts are numbered by register and epoch, and any box of a store serves any of its
    registers: whoever comes second is answered under another number when it asks again."""
    first, copy = await two_journals(world)
    ref = first.device.ref
    device = await world.new_device(organization_id=ref.organization_id, store_id=ref.store_id)
    second, other = Journal(world, device, RAWS), Journal(world, device, copy.raws)
    for box in (first, second):
        await box.take(1, 5)
    gate = Gate()
    with pytest.raises(Unavailable, match="epoch-taken"):
        await meet(
            world, gate, first=copy.part_at(2, at=5, gate=gate), second=other.part_at(2, at=5)
        )
    (welcome,) = said(await copy.part_at(2, at=5))
    assert isinstance(welcome, Welcome)
    rows = await world.rows(
        "select device_id, epoch from device_sync where organization_id = $1", ref.organization_id
    )
    assert {row["device_id"]: row["epoch"] for row in rows} == {
        device.ref.device_id: 2,
        ref.device_id: welcome.epoch,
    }
    assert welcome.epoch == 3
