"""The inbox and the epochs of devices on real Postgres, as the roles that use them."""

from collections.abc import AsyncIterator
from zlib import crc32

import pytest
import sqlalchemy.exc

from hub.ingest.inbox import InboxMove, Quarantined
from protocol.codec.chain import genesis
from protocol.errors import LocalProtocolError, Unavailable
from protocol.messages.sync import Hello
from protocol.session.hub import Epoch, Row
from tests.fakes.shop_facts import ShopFacts
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import RECEIVED_AT, Device, InboxWorld, inbox_world

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(
    hub_database: HubDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[InboxWorld]:
    seed = crc32(request.node.nodeid.encode())
    async with inbox_world(hub_database.server, hub_database.name, seed=seed) as opened:
        yield opened


def facts_of(device: Device, count: int) -> list[bytes]:
    return list(ShopFacts(seed=1, store_id=device.ref.store_id).sales(count, lines=1))


def slot(seq: int, *, dead: str | None = None) -> Row:
    return Row(seq=seq, raw=b"raw %d" % seq, hash=bytes([seq]) * 32, dead=dead)


def move(device: Device, epoch: Epoch, *rows: Row, dropped: tuple[int, ...] = ()) -> InboxMove:
    return InboxMove(
        device=device.ref, epoch=epoch, rows=list(rows), dropped=list(dropped), keys={}
    )


async def test_many_devices_in_one_commit(world: InboxWorld) -> None:
    devices = [await world.new_device() for _ in range(5)]
    unknown = await world.new_device()
    async with world.superuser() as connection:
        await connection.execute(
            "delete from device_sync where device_id = $1", unknown.ref.device_id
        )
    for device in devices:
        await world.send(device, facts_of(device, 3))
    refs = [each.ref for each in (*devices, unknown)]
    async with world.inbox.transaction(refs) as inbox:
        assert inbox.current == {each.ref.device_id: each.epoch for each in devices}
        held = await inbox.hashes_held([(ref, 1, 2, 9) for ref in refs])
        assert {who: sorted(seqs) for who, seqs in held.items()} == {
            **{each.ref.device_id: [2, 3] for each in devices},
            unknown.ref.device_id: [],
        }
        assert await inbox.ahead(devices[0].ref, devices[0].epoch) == ()


async def test_rows_ahead_wait_and_those_that_never_fitted_go(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, facts_of(device, 2))
    async with world.inbox.transaction([device.ref]) as inbox:
        await inbox.write(
            [move(device, device.epoch, slot(5), slot(7, dead="too-large"))], at=RECEIVED_AT
        )
    async with world.inbox.transaction([device.ref]) as inbox:
        assert inbox.current[device.ref.device_id] == device.epoch
        ahead = await inbox.ahead(device.ref, device.epoch)
        assert ahead == (slot(5), slot(7, dead="too-large"))
        assert await inbox.hashes_held([(device.ref, 1, 5, 5)]) == {
            device.ref.device_id: {5: slot(5).hash}
        }
        await inbox.write([move(device, device.epoch, dropped=(5,))], at=RECEIVED_AT)
    async with world.inbox.transaction([device.ref]) as inbox:
        assert await inbox.ahead(device.ref, device.epoch) == (slot(7, dead="too-large"),)
    ref = device.ref
    projected = await world.projector().project_device(ref.organization_id, ref.device_id)
    assert projected == 2, "what lies ahead of a gap is not projected"


async def test_a_row_that_is_there_is_not_overwritten(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, facts_of(device, 2))
    with pytest.raises(Unavailable, match="inbox-conflict"):
        async with world.inbox.transaction([device.ref]) as inbox:
            await inbox.write([move(device, device.epoch, slot(2), slot(3))], at=RECEIVED_AT)
    async with world.inbox.transaction([device.ref]) as inbox:
        held = await inbox.hashes_held([(device.ref, 1, 1, 9)])
    assert held[device.ref.device_id][2] == device.epoch.hash
    assert sorted(held[device.ref.device_id]) == [1, 2]


async def test_a_prefix_never_goes_back(world: InboxWorld) -> None:
    device = await world.new_device()
    before = device.epoch
    await world.send(device, facts_of(device, 2))
    with pytest.raises(Unavailable, match="inbox-conflict"):
        async with world.inbox.transaction([device.ref]) as inbox:
            await inbox.write([move(device, before)], at=RECEIVED_AT)


async def test_epochs_make_a_history(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.send(device, facts_of(device, 4))
    first = device.epoch
    async with world.inbox.transaction([device.ref]) as inbox:
        await inbox.write([move(device, first, slot(9))], at=RECEIVED_AT)
    await world.issue_epoch(device, base=2)
    async with world.app.tenant(device.ref.organization_id) as session:
        await world.sync.ensure_device(
            session, device.ref.device_id, genesis(device.ref.device_id), at=RECEIVED_AT
        )
        view = await world.sync.view(session, device.ref.device_id)
        hashes = await world.sync.hashes_at(
            session, device.ref.device_id, [(1, 2), (1, 4), (1, 9), (2, 3)]
        )
    assert view.epochs == (first, device.epoch)
    assert view.current.base == 2
    assert hashes == {(1, 2): device.epoch.base_hash, (1, 4): first.hash}


async def test_an_epoch_is_only_followed_by_a_later_one(world: InboxWorld) -> None:
    device = await world.new_device()
    await world.issue_epoch(device, base=0)
    await world.issue_epoch(device, base=0)

    async def issue_again() -> None:
        async with world.app.tenant(device.ref.organization_id) as session:
            view = await world.sync.view(session, device.ref.device_id)
            await world.sync.issue_epoch(session, view, view.epochs[1], at=RECEIVED_AT)

    with pytest.raises(sqlalchemy.exc.IntegrityError):
        await issue_again()
    async with world.app.tenant(device.ref.organization_id) as session:
        assert (await world.sync.view(session, device.ref.device_id)).current == device.epoch


async def test_a_device_nobody_ensured_is_a_bug(world: InboxWorld) -> None:
    device = await world.new_device()
    with pytest.raises(LocalProtocolError, match="unknown-device"):
        async with world.app.tenant(world.new_id()) as session:
            await world.sync.view(session, device.ref.device_id)


async def test_how_far_the_device_says_it_is_only_grows(world: InboxWorld) -> None:
    device = await world.new_device()
    for head in (7, 3):
        hello = Hello(
            dev=device.ref.device_id,
            epoch=1,
            head=head,
            head_hash=b"",
            acked=0,
            acked_hash=b"",
            boot="b",
            sess=1,
        )
        async with world.app.tenant(device.ref.organization_id) as session:
            await world.sync.note_hello(session, device.ref.device_id, hello, at=RECEIVED_AT)
    seen = "select head_seen from device_sync where device_id = $1"
    assert await world.rows(seen, device.ref.device_id) == [{"head_seen": 7}]


async def test_the_same_forged_bytes_are_kept_once(world: InboxWorld) -> None:
    one, other = await world.new_device(), await world.new_device()
    items = [
        Quarantined(device=one.ref, reason="bad-hash", bytes=b"forged", epoch=1, first=3, last=4),
        Quarantined(device=other.ref, reason="bad-frame", bytes=b"forged"),
        Quarantined(device=one.ref, reason="bad-frame", bytes=b"forged"),
    ]
    for _ in range(3):
        await world.inbox.quarantine(items, at=RECEIVED_AT)
    rows = await world.rows(
        "select device_id, reason, from_seq, to_seq, bytes from quarantine"
        " where device_id = any($1) order by reason desc, device_id = $2",
        [one.ref.device_id, other.ref.device_id],
        other.ref.device_id,
    )
    assert [(row["device_id"], row["reason"], row["from_seq"]) for row in rows] == [
        (one.ref.device_id, "bad-hash", 3),
        (one.ref.device_id, "bad-frame", 0),
        (other.ref.device_id, "bad-frame", 0),
    ]
    assert {row["bytes"] for row in rows} == {b"forged"}


async def test_a_device_gone_mad_fills_its_own_share_alone(world: InboxWorld) -> None:
    mad, sane = await world.new_device(), await world.new_device()
    for start in range(0, 1_200, 400):
        items = [
            Quarantined(device=mad.ref, reason="bad-frame", bytes=b"%d" % number)
            for number in range(start, start + 400)
        ]
        await world.inbox.quarantine(items, at=RECEIVED_AT)
    large = [Quarantined(device=mad.ref, reason="bad-frame", bytes=b"one more")]
    other = [Quarantined(device=sane.ref, reason="bad-frame", bytes=b"kept")]
    await world.inbox.quarantine([*large, *other], at=RECEIVED_AT)
    held = "select count(*) as n from quarantine where device_id = $1"
    assert await world.rows(held, mad.ref.device_id) == [{"n": 1_200}]
    assert await world.rows(held, sane.ref.device_id) == [{"n": 1}]


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from quarantine",
        "select 1 from fact_effect",
        "select 1 from sale",
        "update inbox set state = 0",
        "insert into device_sync (organization_id) select organization_id from device_sync",
        "update device_epoch set epoch = 1",
        "select 1 from inbox_p00",
    ],
)
async def test_ingest_reaches_nothing_else(world: InboxWorld, statement: str) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
        async with world.ingest.lookup() as session:
            await session.execute(statement)


@pytest.mark.parametrize("table", ["sale", "sale_line", "event", "z_report", "fact_effect"])
@pytest.mark.parametrize("verb", ["delete from {}", "update {} set organization_id = null"])
async def test_what_happened_cannot_be_changed(world: InboxWorld, table: str, verb: str) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
        async with world.app.tenant(world.new_id()) as session:
            await session.execute(verb.format(table))
