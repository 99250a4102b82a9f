"""A journal that parted from the hub's, brought in by hand: all of it counts, once, and the box
that kept the name goes on where it was."""

from collections.abc import AsyncIterator, Sequence
from random import Random
from uuid import UUID
from zlib import crc32

import pytest
from msgspec import Raw

from hub.ingest.admission import Admission
from hub.ingest.branches import Branches
from hub.ingest.broker import Inbound
from hub.ingest.inbox import DeviceRef
from hub.ingest.intake import Intake
from protocol.codec.chain import genesis, links
from protocol.codec.control import decode_control
from protocol.codec.frames import Batch, BatchBody, encode_batch, open_body, split_frame
from protocol.codec.topics import DeviceTopics
from protocol.errors import Refused
from protocol.messages.sync import Hello, Nak
from protocol.session.hub import Welcomed, answer_hello, hello_places
from provisioning.demo.books import unprojected
from tests.fakes.shop_facts import ShiftFacts, ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import Device, InboxWorld, inbox_world
from tests.integration.hub.test_projector import ON

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def batches(
    device: Device, facts: Sequence[bytes], *, first: int = 1, prev: bytes | None = None
) -> list[Batch]:
    """The file's frames of three facts each, under epoch 1."""
    dev = device.ref.device_id
    start = prev or genesis(dev)
    hashes = [start, *links(start, epoch=1, first_seq=first, raws=list(facts))]
    found = []
    for at in range(0, len(facts), 3):
        own = facts[at : at + 3]
        frame = encode_batch(
            dev=dev,
            epoch=1,
            first=first + at,
            prev=hashes[at],
            head=hashes[at + len(own)],
            body=BatchBody(ev=[Raw(raw) for raw in own]),
        )
        found.append(open_body(*split_frame(frame, dev=dev)))
    return found


class OneDevice:
    """A directory of one device."""

    def __init__(self, ref: DeviceRef) -> None:
        self._ref = ref

    async def device(self, device_id: UUID) -> DeviceRef | None:
        return self._ref

    def owner(self, device_id: UUID) -> UUID:
        return self._ref.organization_id


def message(batch: Batch) -> Inbound:
    """As it once left the device."""
    header = batch.header
    payload = encode_batch(
        dev=header.dev,
        epoch=header.epoch,
        first=header.first,
        prev=header.prev,
        head=header.head,
        body=BatchBody(ev=[Raw(fact) for fact in batch.facts]),
    )
    return Inbound(DeviceTopics(header.dev).up("bk"), payload)


async def graft(world: InboxWorld, device: Device, file: Sequence[Batch]) -> int:
    branches = Branches(world.app, clock=world.clock)
    return await branches.graft(device.ref, lambda: iter([[batch] for batch in file]))


async def epochs(world: InboxWorld, device: Device) -> list[tuple[int, int, int]]:
    rows = await world.rows(
        "select epoch, parent_epoch, base_seq from device_epoch where device_id = $1"
        " order by epoch",
        device.ref.device_id,
    )
    return [(row["epoch"], row["parent_epoch"], row["base_seq"]) for row in rows]


@pytest.mark.fault(31, "A,B,C")
async def test_what_a_copied_card_sold_comes_into_the_books_beside_the_other(
    world: InboxWorld,
) -> None:
    """Two boxes sold on from one journal. The hub has the one's facts; the other's file brings its
    tail under an epoch of its own, repeating it changes nothing, and the first box goes on."""
    device = await world.new_device()
    shift = ShiftFacts(ShopFacts(seed=1, store_id=device.ref.store_id), ON)
    common = [shift.opened(), *(shift.sale() for _ in range(3))]
    kept, other = ([shift.sale() for _ in range(count)] for count in (5, 4))
    await world.send(device, [*common, *kept])
    file = batches(device, [*common, *other])
    assert await graft(world, device, file) == len(other)
    await world.project_all()
    assert await epochs(world, device) == [(1, 0, 0), (2, 1, 4), (3, 1, 9)]
    (sold,) = await world.rows(
        "select count(*) as n from sale where device_id = $1", device.ref.device_id
    )
    assert sold["n"] == 3 + len(kept) + len(other)
    assert await graft(world, device, file) == 0
    assert len(await epochs(world, device)) == 3
    async with world.app.tenant(device.ref.organization_id) as session:
        view = await world.sync.view(session, device.ref.device_id)
        hello = Hello(
            dev=device.ref.device_id,
            epoch=1,
            head=9,
            head_hash=device.epoch.hash,
            acked=9,
            acked_hash=device.epoch.hash,
            boot="a",
            sess=1,
        )
        hashes = await world.sync.hashes_at(
            session, device.ref.device_id, hello_places(view, hello)
        )
    decision = answer_hello(view, hello, hashes)
    assert isinstance(decision, Welcomed)
    assert (decision.epoch.epoch, decision.epoch.base) == (3, 9)


@pytest.mark.fault(19, "B,C")
async def test_frames_of_an_old_epoch_change_nothing_however_late(world: InboxWorld) -> None:
    """Frames that wandered for a day arrive after the device was given another epoch: those that
    were taken before, and those of the tail that the device has since chained anew."""
    device = await world.new_device()
    shift = ShiftFacts(ShopFacts(seed=3, store_id=device.ref.store_id), ON)
    facts = [shift.opened(), *(shift.sale() for _ in range(5))]
    late = batches(device, facts)
    await world.send(device, facts[:3])
    await world.issue_epoch(device, base=3)
    await world.send(device, facts[3:5])
    before = await world.rows("select * from inbox order by device_id, epoch, seq")
    intake = Intake(
        store=world.inbox,
        directory=OneDevice(device.ref),
        admission=Admission(clock=world.clock, rng=Random(1)),
        clock=world.clock,
    )
    for batch in late:
        (reply,) = await intake.take([message(batch)])
        assert decode_control(reply.payload, Nak).code == "epoch"
    assert await world.rows("select * from inbox order by device_id, epoch, seq") == before
    await world.project_all()
    (sold,) = await world.rows(
        "select count(*) as n from sale where device_id = $1", device.ref.device_id
    )
    assert sold["n"] == 4


async def test_a_tail_behind_what_the_hub_took_of_the_old_epoch_is_not_passed_over(
    world: InboxWorld,
) -> None:
    device = await world.new_device()
    shift = ShiftFacts(ShopFacts(seed=2, store_id=device.ref.store_id), ON)
    common = [shift.opened(), shift.sale()]
    await world.send(device, common)
    end = device.epoch.hash
    await world.issue_epoch(device, base=2)
    await world.send(device, [shift.sale()])
    late = [shift.sale() for _ in range(4)]
    assert await graft(world, device, batches(device, late, first=3, prev=end)) == 4
    assert await epochs(world, device) == [(1, 0, 0), (2, 1, 2), (3, 1, 2), (4, 2, 3)]


async def test_a_file_that_follows_nothing_of_ours_is_refused(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, [b"1", b"2"])
    with pytest.raises(Refused, match="--all"):
        await graft(world, device, batches(device, [b"3"], first=2, prev=b"x" * 32))
    assert await epochs(world, device) == [(1, 0, 0)]


async def test_a_branch_as_long_as_what_is_booked_is_not_taken_for_booked(
    world: InboxWorld,
) -> None:
    """Whoever waits until nothing is unprojected waits for it too."""
    device, hub = await world.new_device(), world.server.url(world.name)
    shift = ShiftFacts(ShopFacts(seed=4, store_id=device.ref.store_id), ON)
    await world.send(device, [shift.opened(), shift.sale()])
    await world.project_all()
    assert await unprojected(hub) == 0
    await world.issue_epoch(device, base=1)
    await world.send(device, [shift.sale()])
    assert await unprojected(hub) == 1
    await world.project_all()
    assert await unprojected(hub) == 0
