"""Devices: whose they are, what they say, and when they are no more."""

from datetime import timedelta

import pytest

from hub.audit.service import AuditTrail
from hub.fleet.directory import DeviceDirectory
from hub.fleet.models import Device, DeviceHome, Sighting
from hub.fleet.revocation import Revocation
from hub.fleet.service import Fleet
from protocol.errors import NotFound
from protocol.messages.sync import Heartbeat
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import NOON, Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, seed_id, without_staff

DEVICE = seed_id("beta", "device", 0)
SHOP = seed_id("beta", "store", 0)


@pytest.fixture(autouse=True)
async def tenants(foundation: Foundation, hub_database: HubDatabase) -> None:
    hub_database.sql("delete from device")
    await foundation.seed(without_staff())


def revocation(foundation: Foundation) -> Revocation:
    trail = AuditTrail(clock=foundation.clock, ids=foundation.ids)
    return Revocation(foundation.database, clock=foundation.clock, trail=trail)


def row(hub_database: HubDatabase, columns: str) -> str:
    return hub_database.sql(f"select {columns} from device where device_id = '{DEVICE}'")


async def test_whose_a_device_is_is_known_before_its_tenant(foundation: Foundation) -> None:
    directory = DeviceDirectory(foundation.database, foundation.clock)
    assert await directory.find(DEVICE) == DeviceHome(
        organization_id=BETA, store_id=SHOP, status="active"
    )
    assert await directory.find(seed_id("nobody")) is None


async def test_a_new_device_is_found_within_seconds_and_a_revocation_within_a_minute(
    foundation: Foundation,
) -> None:
    directory = DeviceDirectory(foundation.database, foundation.clock)
    fleet = Fleet(foundation.clock)
    new = Device(device_id=seed_id("beta", "new"), store_id=SHOP, name="Second")
    assert await directory.find(new.device_id) is None
    async with foundation.database.tenant(BETA) as session:
        await fleet.register(session, new)
    assert await directory.find(new.device_id) is None
    foundation.clock.time += timedelta(seconds=6)
    home = await directory.find(new.device_id)
    assert home is not None
    await revocation(foundation).revoke(foundation.principal(BETA), new.device_id, reason="stolen")
    assert await directory.find(new.device_id) == home
    foundation.clock.time += timedelta(seconds=61)
    revoked = await directory.find(new.device_id)
    assert revoked is not None
    assert revoked.status == "revoked"


async def test_only_a_device_of_the_tenant_is_revoked_and_once(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    office = revocation(foundation)
    with pytest.raises(NotFound):
        await office.revoke(foundation.principal(ALPHA), DEVICE, reason="theft")
    for reason in ("stolen", "again"):
        await office.revoke(foundation.principal(BETA), DEVICE, reason=reason)
    assert row(hub_database, "status, revoked_reason") == "revoked|stolen"
    acts = "select count(*) from audit_entry where action = 'device.revoked'"
    assert hub_database.sql(f"{acts} and subject_id = '{DEVICE}'") == "1"


async def test_hello_heartbeat_and_goodbye(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    fleet = Fleet(foundation.clock)
    async with foundation.database.tenant(BETA) as session:
        await fleet.greeted(session, DEVICE, agent="1.0.0" + "x" * 100)
    assert row(hub_database, "online, length(agent_version)") == "t|64"
    heartbeat = Heartbeat(
        sess=1,
        head=20,
        acked=15,
        pending_count=5,
        mono_ms=1,
        pending_value_minor={"DZD": 4_200},
        oldest_pending_at_ms=1_700_000_000_000,
        disk_free_bytes=10**9,
    )
    async with foundation.database.tenant(BETA) as session:
        await fleet.sighted(session, DEVICE, sighting=Sighting(seen_at=NOON, heartbeat=heartbeat))
    assert row(hub_database, "sync_debt_count, sync_debt_value, head_seq, acked_seq, online") == (
        '5|{"DZD": 4200}|20|15|t'
    )
    async with foundation.database.tenant(BETA) as session:
        earlier = Sighting(seen_at=NOON - timedelta(hours=1), online=False)
        await fleet.sighted(session, DEVICE, sighting=earlier)
    # What was seen later stays the last.
    assert row(hub_database, f"online, last_seen_at = '{NOON}'") == "f|t"


async def test_a_device_may_claim_anything_and_breaks_nothing(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    wild = Heartbeat(
        sess=-1,
        head=-5,
        acked=2**80,
        pending_count=2**70,
        mono_ms=0,
        pending_value_minor={"CURRENCY-THAT-IS-NONE": 2**90, "DZD": -1},
        oldest_pending_at_ms=2**60,
        disk_free_bytes=-1,
        dead_count=2**64,
    )
    async with foundation.database.tenant(BETA) as session:
        fleet = Fleet(foundation.clock)
        await fleet.sighted(session, DEVICE, sighting=Sighting(seen_at=NOON, heartbeat=wild))
    assert row(hub_database, "head_seq, disk_free_bytes, oldest_unsynced_at is null") == "0|0|t"
