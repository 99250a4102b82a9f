"""The gatekeeper follows the device table, as a role that can read nothing else."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
import sqlalchemy.exc

from hub.audit.service import AuditTrail
from hub.fleet.authority_files import load_authority
from hub.fleet.models import Device
from hub.fleet.ports import AdmissionState
from hub.fleet.revocation import Revocation
from hub.fleet.service import Fleet
from hub.fleet.tasks import Gatekeeper
from hub.kit.db import Database, sqlstate
from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from tests.integration.hub.broker_doors import Door, Party, enters, open_door, until
from tests.integration.hub.claim_world import (
    STORE,
    Box,
    ClaimWorld,
    certificate_of,
    claim_world,
    write_authority,
)
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import Foundation, SetClock
from tests.integration.hub.seed_document import BETA, seed_id, without_staff

pytestmark = pytest.mark.slow


class HandBroker:
    """What it was told; `away`: it cannot be told."""

    def __init__(self) -> None:
        self.told: list[AdmissionState] = []
        self.away = False

    def apply(self, state: AdmissionState) -> None:
        if self.away:
            raise Unavailable("broker-away", "It does not run.")
        self.told.append(state)


@pytest_asyncio.fixture
async def world(
    foundation: Foundation, hub_database: HubDatabase, tmp_path: Path
) -> AsyncIterator[ClaimWorld]:
    hub_database.sql("truncate device_claim, device_certificate, device, audit_entry cascade")
    await foundation.seed(without_staff())
    async with claim_world(foundation, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def admission(hub_database: HubDatabase) -> AsyncIterator[Database]:
    database = Database(hub_database.url("admission"), pool_size=1)
    yield database
    await database.close()


def speaks(agent: Party, office: Party) -> bool:
    """Whether what the device says comes in."""
    agent.publish(DeviceTopics(UUID(agent.identity.name)).up("ev"), b"before")
    return office.payloads() == {b"before"}


def gatekeeper(database: Database, broker: HandBroker, clock: SetClock) -> Gatekeeper:
    return Gatekeeper(database, broker, clock=clock, workers=["hub-1", "hub-2"])


async def test_the_role_sees_who_may_enter_and_nothing_else(
    world: ClaimWorld, admission: Database
) -> None:
    for table in ("device", "device_claim", "device_certificate", "organization", "inbox"):
        with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            async with admission.lookup() as session:
                await session.rows(f"select * from {table}")
        assert sqlstate(caught.value) == "42501", table
    for call in (
        "select device_tenant(gen_random_uuid())",
        "select claim_by_code('\\x00')",
        "select organizations_after(gen_random_uuid(), 1)",
    ):
        with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            async with admission.lookup() as session:
                await session.rows(call)
        assert sqlstate(caught.value) == "42501", call


async def test_claims_and_revocations_reach_the_broker_at_the_next_look(
    world: ClaimWorld, admission: Database
) -> None:
    broker = HandBroker()
    keeper = gatekeeper(admission, broker, world.clock)
    assert await keeper.step()
    seeded = broker.told[-1].admitted
    assert seed_id("beta", "device", 0) in seeded
    workers = frozenset({"hub-1", "hub-2"})
    assert broker.told[-1] == AdmissionState(admitted=seeded, workers=workers)
    assert await keeper.step()
    assert len(broker.told) == 1

    device = await world.claimed(Box())
    device_id = UUID(device["device_id"])
    assert await keeper.step()
    assert broker.told[-1].admitted == seeded | {device_id}

    await world.office("POST", f"/v1/devices/{device_id}/revoke", json={"reason": "stolen"})
    assert await keeper.step()
    state = broker.told[-1]
    assert state.admitted == seeded
    assert state.revoked == {device_id}
    assert state.serials == {f"{certificate_of(device['certificate_pem']).serial_number:x}"}
    assert len(broker.told) == 3


async def test_a_revoked_device_is_forgotten_when_its_certificate_has_ended(
    world: ClaimWorld, admission: Database
) -> None:
    broker = HandBroker()
    keeper = gatekeeper(admission, broker, world.clock)
    device = await world.claimed(Box())
    for revoked in (UUID(device["device_id"]), seed_id("beta", "device", 0)):
        await world.office("POST", f"/v1/devices/{revoked}/revoke", json={"reason": "stolen"})
    assert await keeper.step()
    assert len(broker.told[-1].serials) == 1
    world.clock.time += timedelta(days=91)
    assert await keeper.step()
    # Of a device that the hub issued no certificate to, nobody knows when it ends.
    assert broker.told[-1].revoked == {seed_id("beta", "device", 0)}
    assert broker.told[-1].serials == frozenset()


async def test_what_the_broker_could_not_be_told_it_is_told_later(
    world: ClaimWorld, admission: Database
) -> None:
    broker = HandBroker()
    broker.away = True
    keeper = gatekeeper(admission, broker, world.clock)
    assert not await keeper.step()
    broker.away = False
    # Not at every look: its files are written already.
    assert not await keeper.step()
    world.clock.time += timedelta(seconds=5)
    assert await keeper.step()
    assert len(broker.told) == 1


async def test_everything_is_written_anew_each_day(world: ClaimWorld, admission: Database) -> None:
    broker = HandBroker()
    keeper = gatekeeper(admission, broker, world.clock)
    await keeper.step()
    world.clock.time += timedelta(days=1)
    await keeper.step()
    assert len(broker.told) == 2
    assert broker.told[0] == broker.told[1]


async def test_while_the_database_is_away_the_door_stays_as_it_is(world: ClaimWorld) -> None:
    nowhere = Database("postgresql://admission@127.0.0.1:1/none", pool_size=1)
    broker = HandBroker()
    keeper = gatekeeper(nowhere, broker, world.clock)
    assert not await keeper.step()
    assert broker.told == []
    await nowhere.close()


async def test_thousands_of_devices_are_read_in_pages(
    world: ClaimWorld, admission: Database, hub_database: HubDatabase
) -> None:
    hub_database.sql(
        "insert into device (organization_id, device_id, store_id, name, created_at)"
        f" select '{BETA}', gen_random_uuid(), '{STORE}', 'x', now()"
        " from generate_series(1, 5000)"
    )
    seeded = int(hub_database.sql("select count(*) from device where name <> 'x'"))
    broker = HandBroker()
    assert await gatekeeper(admission, broker, world.clock).step()
    assert len(broker.told[-1].admitted) == 5000 + seeded


@contextmanager
def hub_command(*words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A running `hanout-hub`."""
    environment = {f"HANOUT_HUB_{name.upper()}": value for name, value in settings.items()}
    command = subprocess.Popen(
        [sys.executable, "-c", "from hub.cli import app; app()", *words],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield command
    finally:
        command.terminate()
        command.communicate(timeout=20)
    assert command.returncode == 0


@pytest.mark.fault(39, "KL")
@pytest.mark.parametrize("kind", ["mosquitto", "nats"])
async def test_revoking_in_the_office_ends_a_live_connection_within_seconds(
    kind: str, foundation: Foundation, hub_database: HubDatabase, tmp_path: Path
) -> None:
    """From the office's word to the broker, through the command as it runs in production."""
    await foundation.seed(without_staff())
    with open_door(kind, tmp_path) as door:
        certificate_file, key_file = write_authority(tmp_path, door.pki.authority)
        assert load_authority(certificate_file, key_file).fingerprint
        words = ("admission", "--kind", kind, "--directory", str(door.files))
        running = hub_command(
            *words,
            "--pid-file",
            str(door.pid_file),
            "--worker",
            "hub-1",
            admission_database_url=hub_database.url("admission"),
            device_ca_certificate_file=str(certificate_file),
            device_ca_key_file=str(key_file),
        )
        with running as command:
            assert command.stdout is not None
            ready = await asyncio.to_thread(command.stdout.readline)
            assert json.loads(ready) == {"event": "ready", "url": None}
            await _revoke_a_live_device(door, foundation, hub_database)


async def _revoke_a_live_device(
    door: Door, foundation: Foundation, hub_database: HubDatabase
) -> None:
    device_id = foundation.ids.next()
    async with foundation.database.tenant(BETA) as session:
        device = Device(device_id=device_id, store_id=STORE, name="Agent")
        await Fleet(foundation.clock).register(session, device)
    identity = door.pki.client(str(device_id))
    hub_database.sql(
        f"insert into device_certificate values ('{BETA}', '{device_id}', '{identity.serial}',"
        " sha256('key'), '', now(), now() + interval '90 days')"
    )
    until(lambda: enters(door, identity), timeout_s=5.0)
    with Party(door, door.pki.client("hub-1")) as office, Party(door, identity) as agent:
        office.subscribe("r1/+/+/up/+")
        # A valid certificate enters Mosquitto before the gatekeeper has named the device.
        until(lambda: speaks(agent, office))
        trail = AuditTrail(clock=foundation.clock, ids=foundation.ids)
        revocation = Revocation(foundation.database, clock=foundation.clock, trail=trail)
        await revocation.revoke(foundation.principal(BETA), device_id, reason="stolen")
        until(lambda: not enters(door, identity), timeout_s=5.0)
        agent.publish(DeviceTopics(device_id).up("ev"), b"after")
        office.publish(DeviceTopics(device_id).down("ack"), b"after")
        neighbour = seed_id("beta", "device", 0)
        with Party(door, door.pki.client(str(neighbour))) as other:
            other.publish(DeviceTopics(neighbour).up("ev"), b"barrier")
            until(lambda: b"barrier" in office.payloads())
        assert office.payloads() == {b"before", b"barrier"}
        assert agent.received == []
