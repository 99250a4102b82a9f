"""Exported journals over HTTP: what a dead box still owed, once, and nobody else's."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Raw
from msgspec.structs import replace

from hub.fleet.authority import Authority, Term
from hub.ingest.inbox import DeviceRef
from protocol.codec.archive import ArchiveHeader, ArchiveWriter
from protocol.codec.certificates import sign_digest
from protocol.codec.chain import links
from protocol.codec.frames import BatchBody, encode_batch
from protocol.session.hub import Epoch
from tests.fakes.authority import key_pem, new_key
from tests.integration.hub.claim_world import Box, make_authority
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.hub_world import HubWorld, Shop, Tenant, hub_world
from tests.integration.hub.inbox_world import Device

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
_NOW = datetime.now(UTC)


class Card:
    """A dead box's card: what it wrote since the hub's last ack, and its key."""

    def __init__(
        self, authority: Authority, device: Device, *, name: UUID | None = None, days: int = -30
    ) -> None:
        self.device, self.key = device, new_key()
        self.named = name or device.ref.device_id
        ends = _NOW + timedelta(days=days)
        term = Term(serial=b"\x01" * 16, not_before=ends - timedelta(days=90), not_after=ends)
        issued = authority.issue_client(self.key.public_key(), name=str(self.named), term=term)
        self.certificate_pem = issued.pem

    def parts(
        self, facts: Sequence[bytes], *, epoch: int | None = None, skip: int = 0
    ) -> list[bytes]:
        """Header, frames of ten facts, last line. `skip`: facts left out at the beginning."""
        at = self.device.epoch
        epoch = epoch or at.epoch
        hashes = [at.hash, *links(at.hash, epoch=epoch, first_seq=at.hwm + 1, raws=list(facts))]
        archive = ArchiveWriter()
        header = ArchiveHeader(
            device_id=self.named,
            epoch=epoch,
            first=at.hwm + 1 + skip,
            last=at.hwm + len(facts),
            prev_hash=hashes[skip],
            head_hash=hashes[-1],
            certificate_pem=self.certificate_pem,
            created_at=_NOW,
        )
        parts = [archive.begin(header)]
        for start in range(skip, len(facts), 10):
            own = facts[start : start + 10]
            frame = encode_batch(
                dev=self.named,
                epoch=epoch,
                first=at.hwm + 1 + start,
                prev=hashes[start],
                head=hashes[start + len(own)],
                body=BatchBody(ev=[Raw(raw) for raw in own]),
            )
            parts.append(archive.frame(frame))
        return [*parts, archive.end(sign_digest(key_pem(self.key), archive.digest))]

    def signed(self, parts: Sequence[bytes]) -> bytes:
        """These parts under a signature that holds."""
        body = b"".join(parts)
        signature = sign_digest(key_pem(self.key), hashlib.sha256(body).digest())
        return body + ArchiveWriter().end(signature)


class Office:
    """The owner of a tenant, who brings files in."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def bring(self, device_id: UUID, content: bytes) -> httpx.Response:
        return await self.client.post(f"/v1/devices/{device_id}/journal", content=content)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    hub_database: HubDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HubWorld]:
    async with hub_world(hub_database, tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest.fixture
def authority(world: HubWorld) -> Authority:
    """The hub's own."""
    assert world.settings.device_ca_certificate_file is not None
    assert world.settings.device_ca_key_file is not None
    certificate = x509.load_pem_x509_certificate(
        Path(world.settings.device_ca_certificate_file).read_bytes()
    )
    key = serialization.load_pem_private_key(
        Path(world.settings.device_ca_key_file).read_bytes(), password=None
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(certificate=certificate, key=key)


@pytest_asyncio.fixture(loop_scope="module")
async def office(world: HubWorld) -> AsyncIterator[Office]:
    async with world.client(world.algiers) as client:
        yield Office(client)


async def inbox_of(world: HubWorld, device: Device) -> list[dict[str, Any]]:
    return await world.inbox.rows(
        "select epoch, seq, bytes from inbox where device_id = $1 order by epoch, seq",
        device.ref.device_id,
    )


async def set_aside(world: HubWorld, device: Device) -> list[dict[str, Any]]:
    return await world.inbox.rows(
        "select epoch, from_seq, reason from quarantine where device_id = $1", device.ref.device_id
    )


async def sales_of(world: HubWorld, tenant: Tenant) -> int:
    found = await world.inbox.rows(
        "select count(*) as n from sale where organization_id = $1", tenant.organization_id
    )
    return int(found[0]["n"])


def shop_and_device(world: HubWorld, number: int = 0) -> tuple[Shop, Device]:
    shop = world.algiers.shops[number]
    assert shop.device is not None
    return shop, shop.device


async def settle(world: HubWorld, device: Device, facts: Sequence[bytes]) -> None:
    """Let the test's device stand where the import put it."""
    at = device.epoch
    head = links(at.hash, epoch=at.epoch, first_seq=at.hwm + 1, raws=list(facts))[-1]
    device.epoch = type(at)(
        epoch=at.epoch,
        parent=at.parent,
        base=at.base,
        base_hash=at.base_hash,
        hwm=at.hwm + len(facts),
        hash=head,
    )
    await world.inbox.project_all()


async def test_what_a_dead_box_owed_comes_into_the_books_once(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """The certificate expired and the device is revoked; repeating it changes nothing."""
    shop, device = shop_and_device(world)
    facts = [shop.shift.sale() for _ in range(25)]
    revoked = await office.client.post(
        f"/v1/devices/{device.ref.device_id}/revoke", json={"reason": "card died"}
    )
    assert revoked.status_code == 204, revoked.text
    content = b"".join(Card(authority, device).parts(facts))
    before, held = await sales_of(world, world.algiers), device.epoch.hwm
    first = await office.bring(device.ref.device_id, content)
    assert first.status_code == 200, first.text
    assert first.json() == {
        "device_id": str(device.ref.device_id),
        "from": held + 1,
        "to": held + 25,
        "new": 25,
        "known": 0,
    }
    again = await office.bring(device.ref.device_id, content)
    assert (again.json()["new"], again.json()["known"]) == (0, 25)
    rows = await inbox_of(world, device)
    assert [bytes(row["bytes"]) for row in rows[-25:]] == facts
    await settle(world, device, facts)
    assert await sales_of(world, world.algiers) == before + 25
    acts = await world.inbox.rows(
        "select details->>'new' as new from audit_entry where action = 'journal.imported'"
    )
    assert [row["new"] for row in acts] == ["25", "0"]


async def test_a_file_that_overlaps_what_the_hub_holds_brings_only_the_rest(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    shop, device = shop_and_device(world, 1)
    facts = [shop.shift.sale() for _ in range(15)]
    content = b"".join(Card(authority, device).parts(facts))
    await world.send(shop, facts[:4])
    answer = await office.bring(device.ref.device_id, content)
    assert (answer.json()["new"], answer.json()["known"]) == (11, 4), answer.text
    await settle(world, device, facts[4:])


@pytest.mark.fault(40, "FK")
async def test_forged_truncated_reordered_and_foreign_files_are_refused_whole(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """Whatever is wrong with a file, not one of its facts is taken, and the answer says why."""
    shop, device = shop_and_device(world, 1)
    facts = [shop.shift.sale() for _ in range(30)]
    card = Card(authority, device)
    parts = card.parts(facts)
    head, one, two, three, _ = parts
    stranger = Card(make_authority("Others"), device)
    other_device = Card(authority, device, name=world.algiers.shops[0].device.ref.device_id)  # type: ignore[union-attr]
    wrong = {
        "flipped": (b"".join(parts).replace(b'"to":', b'"tO":'), "bad-archive"),
        "forged": (
            b"".join([head, one, two, three, ArchiveWriter().end(b"x" * 70)]),
            "archive-forged",
        ),
        "truncated": (b"".join([head, one, two]), "archive-truncated"),
        "reordered": (card.signed([head, two, one, three]), "bad-archive"),
        "shortened": (card.signed([head, one, two]), "bad-archive"),
        "foreign authority": (b"".join(stranger.parts(facts)), "foreign-certificate"),
        "another device's": (b"".join(other_device.parts(facts)), "archive-forged"),
        "no archive": (b"hello", "archive-truncated"),
    }
    held = await inbox_of(world, device)
    for what, (content, code) in wrong.items():
        answer = await office.bring(device.ref.device_id, content)
        assert answer.status_code == 400, f"{what}: {answer.text}"
        assert answer.json()["code"] == code, what
    assert await inbox_of(world, device) == held


@pytest.mark.fault(40, "F")
async def test_another_tenants_device_is_unknown(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """A perfectly signed file of another tenant's device is taken from its own tenant alone."""
    shop = world.london.shops[0]
    assert shop.device is not None
    content = b"".join(Card(authority, shop.device).parts([shop.shift.sale()]))
    held = await inbox_of(world, shop.device)
    answer = await office.bring(shop.device.ref.device_id, content)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-device")
    assert await inbox_of(world, shop.device) == held


async def test_a_gap_and_another_history_are_called_by_name(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """The file stays with whoever brought it: not one of its facts is kept here."""
    shop, device = shop_and_device(world, 1)
    card, facts = Card(authority, device), [shop.shift.sale() for _ in range(28)]
    held = await inbox_of(world, device)
    gap = await office.bring(device.ref.device_id, b"".join(card.parts(facts, skip=3)))
    assert (gap.status_code, gap.json()["code"]) == (409, "journal-gap"), gap.text
    assert "--all" in gap.json()["detail"]
    before = device.epoch
    device.epoch = replace(before, hash=b"x" * 32)
    unknown = await office.bring(device.ref.device_id, b"".join(card.parts(facts)))
    device.epoch = before
    assert (unknown.status_code, unknown.json()["code"]) == (409, "journal-differs"), unknown.text
    assert await inbox_of(world, device) == held
    assert await set_aside(world, device) == []


@pytest.mark.parametrize("epoch", [200_000, 2**63 - 1])
async def test_a_file_of_an_epoch_beyond_belief_is_refused(
    world: HubWorld, authority: Authority, office: Office, epoch: int
) -> None:
    """Perfectly signed by the device's own key: nothing of it is kept and no number is spent."""
    shop, device = shop_and_device(world, 1)
    facts = [shop.shift.sale() for _ in range(12)]
    held = await inbox_of(world, device)
    content = b"".join(Card(authority, device).parts(facts, epoch=epoch))
    answer = await office.bring(device.ref.device_id, content)
    assert (answer.status_code, answer.json()["code"]) == (409, "far-epoch"), answer.text
    assert await inbox_of(world, device) == held
    rows = await world.inbox.rows(
        "select epoch from device_epoch where device_id = $1", device.ref.device_id
    )
    assert [row["epoch"] for row in rows] == [device.epoch.epoch]


async def test_a_file_that_parts_from_what_the_hub_holds_comes_in_beside_it(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """Under the epoch that the hub still takes: it is no fork to look after, for all of it is
    booked."""
    shop, device = shop_and_device(world, 1)
    card, facts = Card(authority, device), [shop.shift.sale() for _ in range(28)]
    content = b"".join(card.parts(facts))
    await world.send(shop, [shop.shift.sale()])
    sold = await sales_of(world, world.algiers)
    for new in (28, 0):
        answer = await office.bring(device.ref.device_id, content)
        assert (answer.status_code, answer.json()["new"]) == (200, new), answer.text
        await world.inbox.project_all()
        assert await sales_of(world, world.algiers) == sold + 28
    assert await set_aside(world, device) == []
    rows = await world.inbox.rows(
        "select epoch, parent_epoch as parent, base_seq as base, base_hash, hwm, hash"
        " from device_sync where device_id = $1",
        device.ref.device_id,
    )
    device.epoch = Epoch(**rows[0])


async def test_an_endless_file_is_refused_before_it_ends(world: HubWorld, office: Office) -> None:
    _, device = shop_and_device(world, 1)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(64 * 1024)

    path = f"/v1/devices/{device.ref.device_id}/journal"
    answer = await office.client.post(path, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-archive")
    assert sent < 10


@pytest.mark.fault(40, "F")
async def test_who_sends_slowly_waits_for_himself(world: HubWorld, office: Office) -> None:
    """A file that stops coming holds up its own tenant's next one, and nobody else's."""
    device, other = world.algiers.shops[0].device, world.london.shops[0].device
    assert device is not None
    assert other is not None
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"v":1,'
        begun.set()
        await goes_on.wait()

    path = f"/v1/devices/{device.ref.device_id}/journal"
    async with asyncio.timeout(60), world.client(world.london) as london:
        slow = asyncio.create_task(office.client.post(path, content=slowly()))
        await begun.wait()
        second = await office.bring(device.ref.device_id, b"x")
        assert (second.status_code, second.json()["code"]) == (503, "busy")
        theirs = await Office(london).bring(other.ref.device_id, b"no journal\n")
        assert (theirs.status_code, theirs.json()["code"]) == (400, "bad-archive")
        goes_on.set()
        assert (await slow).json()["code"] == "archive-truncated"


def forgotten(shop: Shop, tenant: Tenant, *, epoch: int, name: UUID | None = None) -> Device:
    """A box that claimed its place in the shop, of which the hub knows nothing any more."""
    ref = DeviceRef(
        device_id=name or shop.facts.new_id(),
        organization_id=tenant.organization_id,
        store_id=shop.store_id,
        active=True,
    )
    device = Device(ref)
    device.epoch = replace(device.epoch, epoch=epoch)
    return device


async def entered(world: HubWorld, device: Device) -> list[dict[str, Any]]:
    return await world.inbox.rows(
        "select store_id, status, first_epoch from device where device_id = $1",
        device.ref.device_id,
    )


@pytest.mark.fault(29, "A,K")
async def test_a_box_of_which_a_restored_hub_knows_nothing_comes_in_by_its_journal(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """Claimed after the backup: its authority and its facts say whose it is. It is entered
    revoked, its sales are booked once, and the box that is claimed anew gets an epoch of its own,
    so that no receipt number is printed twice."""
    shop, _ = shop_and_device(world, 1)
    device = forgotten(shop, world.algiers, epoch=7)
    facts = [shop.shift.sale() for _ in range(25)]
    content = b"".join(Card(authority, device, days=30).parts(facts))
    before = await sales_of(world, world.algiers)
    for new in (25, 0):
        answer = await office.bring(device.ref.device_id, content)
        assert (answer.status_code, answer.json()["new"]) == (200, new), answer.text
    assert await entered(world, device) == [
        {"store_id": shop.store_id, "status": "revoked", "first_epoch": 7}
    ]
    await world.inbox.project_all()
    assert await sales_of(world, world.algiers) == before + 25
    slot = {"store_id": str(shop.store_id), "name": "Claimed anew"}
    made = await office.client.post("/v1/devices/claims", json=slot)
    body = Box().claim(made.json()["code"])
    async with world.client() as box:
        claimed = await box.post("/v1/provisioning/claim", json=body)
    assert (claimed.status_code, claimed.json()["epoch"]) == (200, 8), claimed.text
    acts = await world.inbox.rows(
        "select subject_id from audit_entry where action = 'device.entered_again'"
    )
    assert [row["subject_id"] for row in acts] == [str(device.ref.device_id)]
    alerts = await office.client.get(f"/v1/devices/{device.ref.device_id}/alerts")
    assert alerts.json()["items"] == []


@pytest.mark.fault(29, "L,N")
async def test_a_forgotten_box_that_comes_in_late_is_told_of(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """Another box was claimed in its store first and got its epoch: both journals are booked, and
    the office hears that receipts may bear one number twice. Its own code, open again since the
    restore, makes nobody that device."""
    shop, _ = shop_and_device(world, 1)
    slot = {"store_id": str(shop.store_id), "name": "Agent"}
    made = [(await office.client.post("/v1/devices/claims", json=slot)).json() for _ in range(2)]
    async with world.client() as box:
        anew = await box.post("/v1/provisioning/claim", json=Box().claim(made[0]["code"]))
        epoch = anew.json()["epoch"]
        device = forgotten(shop, world.algiers, epoch=epoch, name=UUID(made[1]["device_id"]))
        content = b"".join(Card(authority, device, days=30).parts([shop.shift.sale()]))
        answer = await office.bring(device.ref.device_id, content)
        assert (answer.status_code, answer.json()["new"]) == (200, 1), answer.text
        late = await box.post("/v1/provisioning/claim", json=Box().claim(made[1]["code"]))
    assert (late.status_code, late.json()["code"]) == (404, "unknown-claim"), late.text
    path = f"/v1/devices/{device.ref.device_id}/alerts"
    (alert,) = (await office.client.get(path)).json()["items"]
    assert (alert["kind"], alert["details"]) == ("epoch-twice", {"epochs": [epoch]})


@pytest.mark.fault(40, "F,K")
async def test_a_forgotten_box_comes_in_nowhere_but_in_its_own_store(
    world: HubWorld, authority: Authority, office: Office
) -> None:
    """Another tenant's, one without its beginning, one of an epoch beyond belief, one whose
    facts nobody can read: refused, and no such device is entered."""
    own, foreign = world.algiers.shops[1], world.london.shops[0]
    facts = [own.shift.sale() for _ in range(3)]
    stranger = forgotten(foreign, world.london, epoch=2)
    late, far, unread = (forgotten(own, world.algiers, epoch=epoch) for epoch in (2, 2**62, 2))
    wrong = [
        (stranger, [foreign.shift.sale()], 0, (404, "unknown-device")),
        (late, facts, 2, (409, "journal-gap")),
        (far, facts, 0, (409, "far-epoch")),
        (unread, [b'"nothing"'], 0, (404, "unknown-device")),
    ]
    for device, sold, skip, refused in wrong:
        content = b"".join(Card(authority, device, days=30).parts(sold, skip=skip))
        answer = await office.bring(device.ref.device_id, content)
        assert (answer.status_code, answer.json()["code"]) == refused, answer.text
        assert await entered(world, device) == []
        assert await inbox_of(world, device) == []
