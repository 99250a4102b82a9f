"""All SQL of the fleet."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import RowMapping

from hub.fleet.models import Device, DeviceHome, DeviceStatus, Hardware, OpenClaim
from hub.fleet.rules import ClaimState, Debt
from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries("hub.fleet")


@dataclass(frozen=True, kw_only=True)
class StoredClaim:
    """A claim as a device's request finds it, locked. `key_hash`: of the key that used it."""

    claim_id: UUID
    device_id: UUID
    store_id: UUID
    store_name: str
    name: str
    replaces: UUID | None
    key_hash: bytes | None
    state: ClaimState


@dataclass(frozen=True, kw_only=True)
class NewCertificate:
    """A certificate to keep. `serial`, `fingerprint`: lower-case hex."""

    device_id: UUID
    serial: str
    fingerprint: str
    key_hash: bytes
    certificate_pem: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class EnteredDevice:
    """A device that comes in revoked; `first_epoch` is where its journal begins."""

    device_id: UUID
    store_id: UUID
    name: str
    reason: str
    first_epoch: int


async def register(session: TenantSession, device: Device, at: datetime) -> None:
    """Create a device, or change its name and certificate."""
    await session.execute(_QUERIES["register_device"], {**asdict(device), "at": at})


async def revoke(session: TenantSession, device_id: UUID, *, reason: str, at: datetime) -> bool:
    """Whether a device was revoked that had not been."""
    parameters = {"device_id": device_id, "reason": reason, "at": at}
    return await session.execute(_QUERIES["revoke_device"], parameters) == 1


async def lock(session: TenantSession, device_id: UUID) -> tuple[UUID, DeviceStatus] | None:
    """The device's store and status, held until the end of the transaction."""
    row = await session.row(_QUERIES["lock_device"], {"device_id": device_id})
    return (row["store_id"], row["status"]) if row else None


async def home(session: Session, device_id: UUID) -> DeviceHome | None:
    """Whose device it is, asked before the tenant is known."""
    row = await session.row(_QUERIES["device_home"], {"device_id": device_id})
    return DeviceHome(**row) if row else None


async def greeted(session: TenantSession, device_id: UUID, *, agent: str, at: datetime) -> None:
    """It said hello."""
    await session.execute(_QUERIES["greeted"], {"device_id": device_id, "agent": agent, "at": at})


async def sighted(
    session: TenantSession, device_id: UUID, *, online: bool | None, at: datetime
) -> None:
    """It was heard of; `online` None leaves that as it was."""
    await session.execute(_QUERIES["sighted"], {"device_id": device_id, "online": online, "at": at})


async def heartbeat(session: TenantSession, device_id: UUID, *, debt: Debt, at: datetime) -> None:
    """Its own account of what it still holds."""
    await session.execute(
        _QUERIES["heartbeat"],
        {
            "device_id": device_id,
            "at": at,
            "head_seq": debt.head_seq,
            "acked_seq": debt.acked_seq,
            "debt_count": debt.count,
            "debt_value": msgspec.json.encode(dict(debt.value_minor)).decode(),
            "oldest_at": debt.oldest_at,
            "dead_count": debt.dead_count,
            "disk_free_bytes": debt.disk_free_bytes,
        },
    )


async def store_exists(session: TenantSession, store_id: UUID) -> bool:
    """Whether the tenant has this store."""
    return bool(await session.scalar(_QUERIES["store_exists"], {"store_id": store_id}))


async def open_claims(session: TenantSession, at: datetime) -> int:
    """How many codes hold."""
    return int(await session.scalar(_QUERIES["open_claims"], {"at": at}))


async def insert_claim(
    session: TenantSession, claim: OpenClaim, *, code_hash: bytes, by: UUID, at: datetime
) -> None:
    """Keep a claim; of its code the hash alone."""
    await session.execute(
        _QUERIES["insert_claim"],
        {
            "claim_id": claim.claim_id,
            "device_id": claim.device_id,
            **asdict(claim.slot),
            "code_hash": code_hash,
            "created_by": by,
            "at": at,
            "expires_at": claim.expires_at,
        },
    )


async def claim_by_code(session: Session, code_hash: bytes) -> tuple[UUID, UUID, ClaimState] | None:
    """Tenant and claim of a code, asked before the tenant is known."""
    row = await session.row(_QUERIES["claim_by_code"], {"code_hash": code_hash})
    return (row["organization_id"], row["claim_id"], _state(row)) if row else None


async def lock_claim(session: TenantSession, claim_id: UUID) -> StoredClaim | None:
    """The claim, held until the end of the transaction."""
    row = await session.row(_QUERIES["lock_claim"], {"claim_id": claim_id})
    if row is None:
        return None
    return StoredClaim(
        claim_id=claim_id,
        device_id=row["device_id"],
        store_id=row["store_id"],
        store_name=row["store_name"],
        name=row["name"],
        replaces=row["replaces"],
        key_hash=row["key_hash"],
        state=_state(row),
    )


async def use_claim(
    session: TenantSession, claim_id: UUID, *, key_hash: bytes, at: datetime
) -> None:
    """The code is used by this key."""
    parameters = {"claim_id": claim_id, "key_hash": key_hash, "at": at}
    await session.execute(_QUERIES["use_claim"], parameters)


async def withdraw_claim(session: TenantSession, claim_id: UUID, at: datetime) -> None:
    """The code does not hold any more."""
    await session.execute(_QUERIES["withdraw_claim"], {"claim_id": claim_id, "at": at})


async def insert_claimed(
    session: TenantSession,
    claim: StoredClaim,
    *,
    hardware: Hardware,
    agent_version: str,
    at: datetime,
) -> None:
    """The claim's device, pending."""
    await session.execute(
        _QUERIES["insert_claimed_device"],
        {
            "device_id": claim.device_id,
            "store_id": claim.store_id,
            "name": claim.name,
            "replaces": claim.replaces,
            "agent_version": agent_version,
            **asdict(hardware),
            "at": at,
        },
    )


async def lock_newest_epoch(session: TenantSession, store_id: UUID) -> int | None:
    """The highest epoch that a device of the store has, no other being given out meanwhile.

    None: the tenant has no such store.
    """
    parameters = {"store_id": store_id}
    if not await session.scalar(_QUERIES["lock_store"], parameters):
        return None
    return int(await session.scalar(_QUERIES["newest_epoch"], parameters))


async def enter(session: TenantSession, device: EnteredDevice, *, at: datetime) -> bool:
    """Keep a device, revoked; False when the id is known here or elsewhere."""
    return bool(await session.execute(_QUERIES["enter_device"], {**asdict(device), "at": at}))


async def shared_epochs(
    session: TenantSession, device: EnteredDevice, *, last_epoch: int
) -> list[int]:
    """Which of the device's epochs other devices of its store have too, the first ten."""
    parameters = {
        "store_id": device.store_id,
        "device_id": device.device_id,
        "first_epoch": device.first_epoch,
        "last_epoch": last_epoch,
    }
    rows = await session.rows(_QUERIES["shared_epochs"], parameters)
    return [row["epoch"] for row in rows]


async def withdraw_claims_of(session: TenantSession, device_id: UUID, at: datetime) -> None:
    """No open code makes anybody this device any more."""
    parameters = {"device_id": device_id, "at": at}
    await session.execute(_QUERIES["withdraw_claims_of"], parameters)


async def first_epoch(session: TenantSession, device_id: UUID) -> int:
    """The epoch that the device's journal begins with."""
    found: int = await session.scalar(_QUERIES["first_epoch"], {"device_id": device_id})
    return found


async def insert_certificate(session: TenantSession, certificate: NewCertificate) -> None:
    """Keep a certificate and note it as the device's newest."""
    parameters = asdict(certificate)
    fingerprint = parameters.pop("fingerprint")
    await session.execute(_QUERIES["insert_certificate"], parameters)
    await session.execute(
        _QUERIES["note_certificate"],
        {"device_id": certificate.device_id, "fingerprint": fingerprint},
    )


async def certificate_of_key(
    session: TenantSession, device_id: UUID, *, key_hash: bytes, at: datetime
) -> str | None:
    """The certificate that this key got, if it still holds."""
    parameters = {"device_id": device_id, "key_hash": key_hash, "at": at}
    pem: str | None = await session.scalar(_QUERIES["certificate_of_key"], parameters)
    return pem


@dataclass(frozen=True)
class KeptCertificate:
    """A certificate that a device was given."""

    serial: str
    pem: str
    issued_at: datetime


async def certificates_of(session: TenantSession, device_id: UUID) -> list[KeptCertificate]:
    """Its newest certificates, twenty at most."""
    rows = await session.rows(_QUERIES["certificates_of"], {"device_id": device_id})
    return [KeptCertificate(**row) for row in rows]


async def certificates_since(session: TenantSession, device_id: UUID, since: datetime) -> int:
    """How many certificates the device got since then."""
    parameters = {"device_id": device_id, "since": since}
    return int(await session.scalar(_QUERIES["certificates_since"], parameters))


async def forget_claims(session: TenantSession, before: datetime) -> int:
    """Forget claims that ended before; how many."""
    return await session.execute(_QUERIES["forget_claims"], {"before": before})


async def forget_certificates(session: TenantSession, before: datetime) -> int:
    """Forget certificates that ended before; how many."""
    return await session.execute(_QUERIES["forget_certificates"], {"before": before})


async def admission_pulse(session: Session) -> tuple[int, int]:
    """How many devices there are and how many are revoked; as role `admission`."""
    row = await session.row(_QUERIES["admission_pulse"])
    assert row is not None
    return row["devices"], row["revoked"]


async def admission_page(
    session: Session, after_id: UUID, *, at: datetime, most: int
) -> Sequence[RowMapping]:
    """Who may enter and who may not, by id; as role `admission`."""
    parameters = {"after_id": after_id, "at": at, "most": most}
    return await session.rows(_QUERIES["admission_devices"], parameters)


def _state(row: RowMapping) -> ClaimState:
    return ClaimState(
        expires_at=row["expires_at"], withdrawn_at=row["withdrawn_at"], used_at=row["used_at"]
    )
