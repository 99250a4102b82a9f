"""A revoked device may only drain: its bytes are kept aside and take no effect."""

from collections.abc import AsyncIterator
from random import Random

import msgspec
import pytest

from hub.fleet.directory import DeviceDirectory
from hub.ingest.admission import Admission
from hub.ingest.broker import Inbound
from hub.ingest.devices import Directory
from hub.ingest.intake import Intake
from protocol.codec.chain import genesis, link
from protocol.codec.frames import BatchBody, encode_batch
from protocol.codec.topics import DeviceTopics
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.inbox_world import InboxWorld, inbox_world

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(hub_database: HubDatabase) -> AsyncIterator[InboxWorld]:
    async with inbox_world(hub_database.server, hub_database.name) as opened:
        yield opened


@pytest.mark.fault(39, "KL")
async def test_what_a_revoked_device_sends_is_kept_and_takes_no_effect(world: InboxWorld) -> None:
    """Its facts go to quarantine with their range, whole or unreadable; nobody answers them."""
    device = (await world.new_device()).ref
    async with world.superuser() as connection:
        revoke = "update device set status = 'revoked' where device_id = $1"
        await connection.execute(revoke, device.device_id)
    intake = Intake(
        store=world.inbox,
        directory=Directory(DeviceDirectory(world.app, world.clock)),
        admission=Admission(clock=world.clock, rng=Random(1)),
        clock=world.clock,
    )
    start, raw = genesis(device.device_id), b'{"type":"sale"}'
    frame = encode_batch(
        dev=device.device_id,
        epoch=1,
        first=1,
        prev=start,
        head=link(start, epoch=1, seq=1, raw=raw),
        body=BatchBody(ev=[msgspec.Raw(raw)]),
    )
    topics = DeviceTopics(device.device_id)
    sent = [Inbound(topics.up("bk"), frame), Inbound(topics.up("ev"), b"noise")]
    for _ in range(2):
        assert await intake.take(sent) == []
    kept = await world.rows(
        "select reason, epoch, from_seq, to_seq, bytes from quarantine where device_id = $1"
        " order by epoch",
        device.device_id,
    )
    assert [tuple(row.values()) for row in kept] == [
        ("revoked-device", 0, 0, 0, b"noise"),
        ("revoked-device", 1, 1, 1, frame),
    ]
    for table in ("inbox", "fact_effect"):
        assert await world.rows(f"select 1 from {table}") == []
    standing = "select hwm from device_sync where device_id = $1"
    assert await world.rows(standing, device.device_id) == [{"hwm": 0}]
