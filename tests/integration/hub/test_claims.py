"""Claims over HTTP: a code is used once, by one key, in its day, and says nothing when wrong."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec.structs import replace

from hub.fleet import claiming, readmodel
from hub.fleet.service import Fleet
from hub.ingest.postgres_sync import PostgresSync
from hub.kit.permissions import Permission
from hub.main import Outside, build_feed, create_app
from protocol.codec.chain import genesis
from tests.integration.hub.claim_world import (
    STORE,
    Box,
    ClaimWorld,
    certificate_of,
    claim_world,
)
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import NOON, Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, seed_id, without_staff

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def world(
    foundation: Foundation, hub_database: HubDatabase, tmp_path: Path
) -> AsyncIterator[ClaimWorld]:
    hub_database.sql("truncate device_claim, device_certificate, device, audit_entry cascade")
    await foundation.seed(without_staff())
    async with claim_world(foundation, tmp_path) as made:
        yield made


def acts(hub_database: HubDatabase) -> list[str]:
    said = hub_database.sql("select action from audit_entry order by at, entry_id")
    return said.split()


async def test_a_code_makes_a_box_the_device_of_its_shop(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    box, slot = Box(), await world.slot()
    answer = await world.post("claim", box.claim(slot["code"]))
    assert answer.status_code == 200
    device = answer.json()
    certificate = certificate_of(device.pop("certificate_pem"))
    assert device == {
        "organization_id": str(BETA),
        "store_id": str(STORE),
        "store_name": device["store_name"],
        "device_id": slot["device_id"],
        "name": "Agent",
        "epoch": 2,  # the store has a device already
        "ca_pem": world.authority.pem,
        "ca_fingerprint": slot["ca_fingerprint"],
        "broker": {"host": "mqtt.example", "port": 8883},
        "hub_url": "https://hub.example",
        "hub_time": "2026-11-23T12:00:00Z",
    }
    certificate.verify_directly_issued_by(world.authority.certificate)
    assert [name.value for name in certificate.subject] == [slot["device_id"]]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.not_valid_before_utc == NOON - timedelta(days=1)
    assert certificate.not_valid_after_utc == NOON + timedelta(days=90)
    shown = (await world.office("GET", f"/v1/devices/{slot['device_id']}")).json()
    assert (shown["status"], shown["agent_version"]) == ("pending", "0.1.0")
    assert shown["certificate_expires_at"] == "2027-02-21T12:00:00Z"
    assert acts(hub_database) == ["claim.made", "claim.used"]


async def test_the_code_is_shown_once_and_kept_as_a_hash(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    slot = await world.slot()
    uri = urlsplit(slot["claim_uri"])
    assert (uri.scheme, uri.netloc) == ("hanout", "claim")
    assert parse_qs(uri.query) == {
        "hub": ["https://hub.example"],
        "code": [slot["code"]],
        "ca": [world.authority.fingerprint],
    }
    assert slot["qr_svg"].startswith("<svg")
    listed = (await world.office("GET", "/v1/devices/claims")).json()
    assert [(item["claim_id"], item["state"]) for item in listed["items"]] == [
        (slot["claim_id"], "open")
    ]
    bare = slot["code"].replace("-", "")
    for table in ("device_claim", "audit_entry"):
        kept = hub_database.sql(f"select t::text from {table} t")
        assert slot["code"] not in kept
        assert bare not in kept


async def test_the_first_hello_makes_it_active(world: ClaimWorld) -> None:
    device = await world.claimed(Box())
    async with world.foundation.database.tenant(BETA) as session:
        fleet = Fleet(world.clock)
        await fleet.greeted(session, UUID(device["device_id"]), agent="0.1.1")
    shown = (await world.office("GET", f"/v1/devices/{device['device_id']}")).json()
    assert (shown["status"], shown["online"]) == ("active", True)


async def test_a_device_that_fell_silent_is_not_there(world: ClaimWorld) -> None:
    """Also when nobody could send its will: the broker was gone before it, or the hub was. Open
    tabs are told, though nothing was heard."""
    device = await world.claimed(Box())
    device_id = UUID(device["device_id"])
    database = world.foundation.database
    async with database.tenant(BETA) as session:
        await Fleet(world.clock).greeted(session, device_id, agent="0.1.1")
    shown, pulses = [], []
    for silent_s in (0, 60, 1):
        world.clock.time += timedelta(seconds=silent_s)
        shown.append((await world.office("GET", f"/v1/devices/{device_id}")).json()["online"])
        async with database.tenant(BETA) as session:
            pulses.append(await readmodel.pulse(session, now=world.clock.now()))
    assert shown == [True, True, False]
    assert pulses[0] == pulses[1] != pulses[2]


@pytest.mark.fault(50, "K")
async def test_a_claim_interrupted_anywhere_is_repeated_with_the_same_outcome(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    """A box that lost the answer asks again and gets the same certificate, also all at once."""
    box, slot = Box(), await world.slot()
    body = box.claim(slot["code"])
    answers = await asyncio.gather(*(world.post("claim", body) for _ in range(4)))
    answers.append(await world.post("claim", box.claim(f" {slot['code'].lower()} ")))
    world.clock.time += timedelta(hours=47)
    answers.append(await world.post("claim", body))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["certificate_pem"] for answer in answers}) == 1
    assert hub_database.sql("select count(*) from device_certificate") == "1"
    assert acts(hub_database).count("claim.used") == 1
    world.clock.time += timedelta(hours=2)
    assert (await world.post("claim", body)).status_code == 404


@pytest.mark.fault(50, "K")
async def test_a_code_is_used_by_one_key_alone(world: ClaimWorld) -> None:
    """Two boxes with one code, one after the other and at once: one becomes the device."""
    slot = await world.slot()
    assert (await world.post("claim", Box().claim(slot["code"]))).status_code == 200
    late = await world.post("claim", Box().claim(slot["code"]))
    assert (late.status_code, late.json()["code"]) == (409, "claim-used")
    slot = await world.slot()
    raced = await asyncio.gather(
        *(world.post("claim", Box().claim(slot["code"])) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in raced) == [200, 409, 409, 409]


@pytest.mark.fault(50, "K")
async def test_every_code_that_does_not_hold_is_answered_alike(world: ClaimWorld) -> None:
    """Wrong, expired, withdrawn, misspelt, of a revoked device: the same answer to the letter."""
    withdrawn, revoked, expired = [await world.slot() for _ in range(3)]
    gone = await world.office("DELETE", f"/v1/devices/claims/{withdrawn['claim_id']}")
    assert gone.status_code == 204
    box = Box()
    device = (await world.post("claim", box.claim(revoked["code"]))).json()
    await world.office(
        "POST", f"/v1/devices/{device['device_id']}/revoke", json={"reason": "stolen"}
    )
    codes = ["0000-0000-0000", "nonsense", "\u0645\u0631\u062d\u0628\u0627", withdrawn["code"]]
    answers = [await world.post("claim", Box().claim(code)) for code in codes]
    answers.append(await world.post("claim", box.claim(revoked["code"])))
    world.clock.time += timedelta(hours=24)
    answers.append(await world.post("claim", Box().claim(expired["code"])))
    bodies = [{**answer.json(), "trace_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert (answers[0].status_code, bodies[0]["code"]) == (404, "unknown-claim")


@pytest.mark.fault(50, "K")
async def test_guessing_is_throttled_per_address_and_per_code(
    world: ClaimWorld,
) -> None:
    """Brute force: after so many failures an address waits, and so does a code, then it goes on."""
    slot = await world.slot()
    for number in range(claiming.ADDRESS.attempts):
        wrong = await world.post("claim", Box().claim(f"0000-0000-{number:04}"))
        assert wrong.status_code == 404
    shut = await world.post("claim", Box().claim(slot["code"]))
    assert (shut.status_code, shut.json()["code"]) == (429, "too-many-attempts")
    assert int(shut.headers["retry-after"]) > 0
    box = Box()
    there = await world.post("claim", box.claim(slot["code"]), address="192.0.2.2")
    assert there.status_code == 200
    for number in range(claiming.CODE.attempts):
        stolen = await world.post(
            "claim", Box().claim(slot["code"]), address=f"2001:db8:{number}::1"
        )
        assert stolen.status_code == 409
    again = await world.post("claim", box.claim(slot["code"]), address="2001:db8:ffff::1")
    assert again.status_code == 429
    world.clock.time += timedelta(seconds=claiming.CODE.window_s + 1)
    assert (await world.post("claim", box.claim(slot["code"]))).status_code == 200


@pytest.mark.fault(50, "K")
async def test_guessing_many_codes_at_once_gains_nothing(world: ClaimWorld) -> None:
    """Brute force: a hundred wrong codes at the same moment from one address get no more answers
    than one after the other, and twenty boxes behind one address that claim at once all come in."""
    body = Box().claim("0000-0000-0000")
    wrong = [{**body, "code": f"0000-0000-{number:04}"} for number in range(100)]
    answers = await asyncio.gather(*(world.post("claim", each) for each in wrong))
    found = [answer.status_code for answer in answers]
    assert (found.count(404), found.count(429)) == (claiming.ADDRESS.attempts, 80)
    slots = [await world.slot() for _ in range(claiming.ADDRESS.attempts)]
    for _ in range(2):
        right = (
            world.post("claim", Box().claim(slot["code"]), address="192.0.2.9") for slot in slots
        )
        assert {answer.status_code for answer in await asyncio.gather(*right)} <= {200, 409}


@pytest.mark.fault(50, "K")
async def test_guessing_from_everywhere_is_throttled_altogether(world: ClaimWorld) -> None:
    """Brute force from a thousand networks: all wait a little, and the code holds afterwards."""
    slot = await world.slot()
    body = Box().claim("0000-0000-0000")

    async def guess(number: int) -> int:
        wrong = {**body, "code": f"0000-0000-{number:04}"}
        answer = await world.post("claim", wrong, address=f"10.0.{number >> 8}.{number & 255}")
        return answer.status_code

    for start in range(0, claiming.EVERYONE.attempts, 50):
        assert set(await asyncio.gather(*map(guess, range(start, start + 50)))) == {404}
    assert await guess(9_999) == 429
    box = Box()
    shut = await world.post("claim", box.claim(slot["code"]), address="2001:db8::1")
    assert shut.status_code == 429
    world.clock.time += timedelta(seconds=claiming.EVERYONE.window_s + 1)
    assert (await world.post("claim", box.claim(slot["code"]))).status_code == 200


@pytest.mark.fault(50, "K")
async def test_the_office_of_another_tenant_touches_no_claim(world: ClaimWorld) -> None:
    """Wrong tenant: neither its stores nor its codes nor its devices are another's to name."""
    slot, device = await world.slot(), await world.claimed(Box())
    ours = seed_id("alpha", "store", 0)
    for body in (
        {"store_id": str(STORE), "name": "Agent"},
        {"store_id": str(ours), "name": "Agent", "replaces": device["device_id"]},
    ):
        made = await world.office("POST", "/v1/devices/claims", organization_id=ALPHA, json=body)
        assert made.status_code == 404, made.text
    path = f"/v1/devices/claims/{slot['claim_id']}"
    assert (await world.office("DELETE", path, organization_id=ALPHA)).status_code == 404
    listed = await world.office("GET", "/v1/devices/claims", organization_id=ALPHA)
    assert listed.json()["items"] == []
    revoke = f"/v1/devices/{device['device_id']}/revoke"
    refused = await world.office("POST", revoke, organization_id=ALPHA, json={"reason": "x"})
    assert refused.status_code == 404
    assert (await world.post("claim", Box().claim(slot["code"]))).status_code == 200


async def test_who_may_only_read_makes_and_ends_nothing(world: ClaimWorld) -> None:
    slot, device = await world.slot(), await world.claimed(Box())
    reader = (Permission.FLEET_READ,)
    for method, path, body in (
        ("POST", "/v1/devices/claims", {"store_id": str(STORE), "name": "Agent"}),
        ("DELETE", f"/v1/devices/claims/{slot['claim_id']}", None),
        ("POST", f"/v1/devices/{device['device_id']}/revoke", {"reason": "x"}),
    ):
        answer = await world.office(method, path, permissions=reader, json=body)
        assert answer.status_code == 403, path
    listed = await world.office("GET", "/v1/devices/claims", permissions=reader)
    assert {item["state"] for item in listed.json()["items"]} == {"open", "used"}


async def test_a_used_claim_is_not_withdrawn_and_withdrawing_twice_is_one(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    used, unused = await world.slot(), await world.slot()
    await world.post("claim", Box().claim(used["code"]))
    refused = await world.office("DELETE", f"/v1/devices/claims/{used['claim_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "claim-used")
    for _ in range(2):
        gone = await world.office("DELETE", f"/v1/devices/claims/{unused['claim_id']}")
        assert gone.status_code == 204
    assert acts(hub_database).count("claim.withdrawn") == 1


async def test_a_replacement_revokes_what_it_replaces_and_only_then(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    old = await world.claimed(Box())
    path = f"/v1/devices/{old['device_id']}"
    slot = await world.slot(replaces=old["device_id"])
    assert (await world.office("GET", path)).json()["status"] == "pending"
    new = (await world.post("claim", Box().claim(slot["code"]))).json()
    shown = (await world.office("GET", path)).json()
    assert (shown["status"], shown["revoked_reason"]) == ("revoked", "replaced")
    successor = (await world.office("GET", f"/v1/devices/{new['device_id']}")).json()
    assert (successor["replaces"], successor["status"]) == (old["device_id"], "pending")
    assert acts(hub_database)[-1] == "device.replaced"


async def test_no_box_of_a_store_begins_with_an_epoch_that_another_used(world: ClaimWorld) -> None:
    """Receipts are numbered per (register, epoch), and registers outlive boxes."""
    sync = PostgresSync()
    old = await world.claimed(Box())
    old_id = UUID(old["device_id"])
    async with world.foundation.database.tenant(BETA) as session:
        await sync.ensure_device(session, old_id, genesis(old_id), at=NOON)
        view = await sync.view(session, old_id)
        assert (view.current.epoch, view.next_epoch) == (old["epoch"], old["epoch"] + 1)
        forked = replace(view.current, epoch=view.next_epoch, parent=view.current.epoch)
        await sync.issue_epoch(session, view, forked, at=NOON)
    slots = [await world.slot(replaces=old["device_id"]), await world.slot()]
    claims = [world.post("claim", Box().claim(slot["code"])) for slot in slots]
    boxes = [answer.json() for answer in await asyncio.gather(*claims)]
    assert sorted(box["epoch"] for box in boxes) == [forked.epoch + 1, forked.epoch + 2]
    async with world.foundation.database.tenant(BETA) as session:
        assert (await sync.view(session, old_id)).next_epoch == forked.epoch + 3
        for box in boxes:
            device_id = UUID(box["device_id"])
            await sync.ensure_device(session, device_id, genesis(device_id), at=NOON)
            assert (await sync.view(session, device_id)).current.epoch == box["epoch"]


async def test_slots_without_end_are_refused(world: ClaimWorld, hub_database: HubDatabase) -> None:
    made = [await world.slot() for _ in range(3)]
    hub_database.sql(
        "insert into device_claim (organization_id, claim_id, device_id, store_id, name, code_hash,"
        f" created_by, created_at, expires_at) select '{BETA}', gen_random_uuid(),"
        f" gen_random_uuid(), '{STORE}', 'x', sha256(n::text::bytea), gen_random_uuid(), now(),"
        f" '{NOON + timedelta(days=1)}' from generate_series(1, 197) n"
    )
    body = {"store_id": str(STORE), "name": "Agent"}
    refused = await world.office("POST", "/v1/devices/claims", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-claims")
    await world.office("DELETE", f"/v1/devices/claims/{made[0]['claim_id']}")
    await world.slot()


def request_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str = "") -> str:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    request = builder.sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def forged_pem() -> str:
    """A request whose signature is not its key's."""
    request = x509.load_pem_x509_csr(Box().csr_pem.encode())
    der = bytearray(request.public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    forged = x509.load_der_x509_csr(bytes(der))
    return forged.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.fault(50, "K")
async def test_a_bad_request_is_refused_and_costs_no_code(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    """Another curve, RSA, a forged signature, noise, a body without end: refused, code unused."""
    slot = await world.slot()
    bad = {
        "curve": request_pem(ec.generate_private_key(ec.SECP384R1())),
        "rsa": request_pem(rsa.generate_private_key(65537, 2048)),
        "forged": forged_pem(),
        "noise": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "certificate": world.authority.pem,
        "long": Box().csr_pem + "\n" * 5_000,
    }
    for name, pem in bad.items():
        answer = await world.post("claim", Box().claim(slot["code"], csr_pem=pem))
        assert answer.status_code == 422, name
    huge = await world.post("claim", Box().claim(slot["code"], csr_pem="x" * 2_000_000))
    assert huge.status_code == 413
    unknown = await world.post("claim", Box().claim(slot["code"], epoch=7))
    assert unknown.status_code == 422
    assert hub_database.sql("select count(*) from device_certificate") == "0"
    assert (await world.post("claim", Box().claim(slot["code"]))).status_code == 200


@pytest.mark.fault(40, "FK")
async def test_the_name_in_a_request_is_never_believed(world: ClaimWorld) -> None:
    """A request for a wildcard, a worker or another device gets a certificate of its own device."""
    for name in ("+", "#", "r1/+", "hub-ingest", str(seed_id("beta", "device", 0))):
        slot = await world.slot()
        pem = request_pem(ec.generate_private_key(ec.SECP256R1()), name)
        answer = await world.post("claim", Box().claim(slot["code"], csr_pem=pem))
        certificate = certificate_of(answer.json()["certificate_pem"])
        assert [part.value for part in certificate.subject] == [slot["device_id"]]


async def test_without_an_authority_nobody_can_claim(
    world: ClaimWorld, foundation: Foundation
) -> None:
    outside = Outside(
        database=foundation.database,
        clock=foundation.clock,
        ids=foundation.ids,
        random_bytes=os.urandom,
    )
    settings = world.settings.model_copy(update={"device_ca_key_file": None})
    world.app = create_app(settings, outside, feed=build_feed(outside))
    body = {"store_id": str(STORE), "name": "Agent"}
    made = await world.office("POST", "/v1/devices/claims", json=body)
    asked = await world.post("claim", Box().claim("0000-0000-0000"))
    for answer in (made, asked):
        assert (answer.status_code, answer.json()["code"]) == (503, "claiming-not-set-up")


async def test_what_ended_long_ago_is_forgotten(
    world: ClaimWorld, hub_database: HubDatabase
) -> None:
    device = await world.claimed(Box())
    await world.slot()
    fleet = Fleet(world.clock)
    counts = "select (select count(*) from device_claim), (select count(*) from device_certificate)"
    for days, left in ((90, "2|1"), (2, "0|1"), (398, "0|1"), (2, "0|0")):
        world.clock.time += timedelta(days=days)
        async with world.foundation.database.tenant(BETA) as session:
            await fleet.forget_old(session)
        assert hub_database.sql(counts) == left, days
    assert (await world.office("GET", f"/v1/devices/{device['device_id']}")).status_code == 200
