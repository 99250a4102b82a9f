"""Renewal over HTTP: who proves the old key gets a certificate for a new one, nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.fleet import renewal
from hub.fleet.authority import Authority, Term
from tests.integration.hub.claim_world import (
    Box,
    ClaimWorld,
    certificate_of,
    claim_world,
    make_authority,
)
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import NOON, Foundation
from tests.integration.hub.seed_document import seed_id, without_staff

pytestmark = pytest.mark.slow


class Renewing:
    """A device that was claimed a while ago, and the new key with which it renews."""

    def __init__(self, world: ClaimWorld, box: Box, device: dict[str, Any]) -> None:
        self.world, self.old, self.new = world, box, Box()
        self.device_id: str = device["device_id"]
        self.certificate_pem: str = device["certificate_pem"]

    async def body(self, **changes: Any) -> dict[str, Any]:
        nonce = await self.world.nonce(self.device_id)
        honest = self.new.renewal(
            self.old,
            device_id=self.device_id,
            certificate_pem=self.certificate_pem,
            nonce=nonce,
        )
        return {**honest, **changes}

    async def renew(self, **changes: Any) -> httpx.Response:
        return await self.world.post("renew", await self.body(**changes))


@pytest_asyncio.fixture
async def device(
    foundation: Foundation, hub_database: HubDatabase, tmp_path: Path
) -> AsyncIterator[Renewing]:
    hub_database.sql("truncate device_claim, device_certificate, device, audit_entry cascade")
    await foundation.seed(without_staff())
    async with claim_world(foundation, tmp_path) as world:
        box = Box()
        claimed = await world.claimed(box)
        world.clock.time += timedelta(days=60)
        yield Renewing(world, box, claimed)


def certificate_by(authority: Authority, box: Box, name: str) -> str:
    """A certificate for the box's key under this name."""
    key = serialization.load_pem_private_key(box.key_pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    term = Term(serial=b"x" * 16, not_before=NOON, not_after=NOON + timedelta(days=90))
    return authority.issue_client(key.public_key(), name=name, term=term).pem


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_new_key_gets_a_certificate_and_the_same_again(
    device: Renewing, hub_database: HubDatabase
) -> None:
    first = await device.renew()
    assert first.status_code == 200, first.text
    answer = first.json()
    renewed = certificate_of(answer["certificate_pem"])
    renewed.verify_directly_issued_by(device.world.authority.certificate)
    assert [name.value for name in renewed.subject] == [device.device_id]
    assert renewed.not_valid_after_utc == device.world.clock.time + timedelta(days=90)
    assert answer["broker"] == {"host": "mqtt.example", "port": 8883}
    assert answer["ca_pem"] == device.world.authority.pem
    again = await device.renew()
    assert again.json()["certificate_pem"] == answer["certificate_pem"]
    renewals = "select count(*) from audit_entry where action = 'certificate.renewed'"
    assert hub_database.sql(renewals) == "1"


@pytest.mark.fault(37, "H")
async def test_an_expired_certificate_is_renewed_for_a_year(device: Renewing) -> None:
    """A shop that was closed for a season comes back by its old key; after a year it claims."""
    device.world.clock.time = NOON + timedelta(days=90 + 364)
    assert (await device.renew()).status_code == 200
    device.world.clock.time = NOON + timedelta(days=90 + 366)
    device.new = Box()
    assert refusal(await device.renew()) == (403, "certificate-too-old")


@pytest.mark.fault(39, "K")
async def test_a_revoked_device_renews_nothing(device: Renewing) -> None:
    """Revoked between two renewals: the proof holds, and nothing is given out."""
    await device.world.office(
        "POST", f"/v1/devices/{device.device_id}/revoke", json={"reason": "stolen"}
    )
    assert refusal(await device.renew()) == (403, "device-revoked")


@pytest.mark.fault(40, "K")
async def test_who_does_not_hold_the_old_key_gets_nothing(device: Renewing) -> None:
    """Foreign authority, stranger's key, another device's certificate, wrong word: one answer."""
    other = Box()
    neighbour = await device.world.claimed(other)
    stranger = make_authority()
    forged = certificate_by(stranger, device.old, device.device_id)
    broker = certificate_by(device.world.authority, device.old, "hub-ingest")
    changes: list[dict[str, Any]] = [
        {"certificate_pem": forged},
        {"certificate_pem": broker},
        {"certificate_pem": neighbour["certificate_pem"]},
        {"certificate_pem": device.world.authority.pem},
        {"csr_pem": other.csr_pem},
        {"signature": "AAAA"},
        {"signature": "no base64"},
    ]
    for change in changes:
        assert refusal(await device.renew(**change)) == (403, "renewal-refused"), change
    # A neighbour with a good certificate of its own, for this device's name.
    device.old, device.certificate_pem = other, neighbour["certificate_pem"]
    assert refusal(await device.renew()) == (403, "renewal-refused")


async def test_a_certificate_of_a_device_that_never_was(device: Renewing) -> None:
    device.device_id = str(seed_id("nobody"))
    device.certificate_pem = certificate_by(device.world.authority, device.old, device.device_id)
    assert refusal(await device.renew()) == (403, "renewal-refused")


async def test_a_challenge_is_for_one_device_and_five_minutes(device: Renewing) -> None:
    world = device.world
    for nonce in ("AAAA", "not base64", await world.nonce(str(seed_id("nobody")))):
        body = device.new.renewal(
            device.old,
            device_id=device.device_id,
            certificate_pem=device.certificate_pem,
            nonce=nonce,
        )
        assert refusal(await world.post("renew", body)) == (409, "challenge-ended")
    body = await device.body()
    world.clock.time += renewal.CHALLENGE_LIFETIME
    assert refusal(await world.post("renew", body)) == (409, "challenge-ended")


async def test_the_old_key_is_no_new_key(device: Renewing) -> None:
    device.new = device.old
    assert refusal(await device.renew()) == (422, "same-key")


async def test_guesses_and_challenges_are_throttled(device: Renewing) -> None:
    for _ in range(renewal.DEVICE.attempts):
        assert refusal(await device.renew(signature="AAAA"))[0] == 403
    assert refusal(await device.renew()) == (429, "too-many-attempts")
    device.world.clock.time += timedelta(seconds=renewal.DEVICE.window_s + 1)
    assert (await device.renew()).status_code == 200
    for _ in range(renewal.CHALLENGES.attempts):
        asked = await device.world.post("challenge", {"device_id": device.device_id})
    assert asked.status_code == 429


async def test_a_device_gone_mad_gets_ten_certificates_a_day(device: Renewing) -> None:
    for _ in range(10):
        device.new = Box()
        assert (await device.renew()).status_code == 200
    device.new = Box()
    assert refusal(await device.renew()) == (429, "too-many-certificates")
    device.world.clock.time += timedelta(days=1)
    assert (await device.renew()).status_code == 200
