"""All SQL of the projector. Everything is of the session's tenant and of many rows at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from msgspec import Struct

from hub.ingest.rules import Aside, Candidate, Slot, decode_keys
from hub.kit.bulk import BulkInsert
from hub.kit.db import Session, TenantSession
from hub.kit.queries import load_queries

_log = structlog.get_logger(__name__)
_QUARANTINE_ITEMS = 1_000
# More registers than a shop has, each with its last days.
_CLOSINGS = 200
_QUARANTINE_BYTES = 64 * 1024 * 1024
QUERIES = load_queries("hub.ingest")
_CLAIMS = BulkInsert(
    "fact_effect",
    {
        "fact_id": "uuid",
        "content_hash": "bytea",
        "device_id": "uuid",
        "epoch": "bigint",
        "seq": "bigint",
        "business_date": "date",
    },
    tail="on conflict do nothing returning fact_id",
)
_QUARANTINE = BulkInsert(
    "quarantine",
    {
        "id": "uuid",
        "device_id": "uuid",
        "epoch": "bigint",
        "from_seq": "bigint",
        "to_seq": "bigint",
        "reason": "text",
        "fact_id": "uuid",
        "digest": "bytea",
        "bytes": "bytea",
        "received_at": "timestamptz",
    },
    tail="on conflict do nothing",
)
_PERSON_KEYS = BulkInsert(
    "person_key",
    {"person_id": "uuid", "key": "bytea", "received_at": "timestamptz"},
    tail="on conflict do nothing",
)


class Cursor(Struct, frozen=True):
    """How far a device is projected, and how far its inbox reaches; both (epoch, seq)."""

    done: tuple[int, int]
    head: tuple[int, int]
    store_id: UUID


class QuarantineItem(Struct, frozen=True, kw_only=True):
    """Bytes that may not take effect. Seqs are 0 where unknown."""

    id: UUID
    device_id: UUID
    epoch: int
    from_seq: int
    to_seq: int
    reason: str
    raw: bytes
    fact_id: UUID | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """How much one group may be; a single fact is always allowed."""

    facts: int = 500
    bytes: int = 4 * 1024 * 1024


async def due(session: Session, most: int) -> list[tuple[UUID, UUID]]:
    """(organization, device) whose inbox is ahead of its projection, longest waiting first."""
    rows = await session.rows(QUERIES["projection_due"], {"most": most})
    return [(row["organization_id"], row["device_id"]) for row in rows]


async def organizations_with_parked(session: Session, most: int) -> list[UUID]:
    """Tenants that have parked facts."""
    rows = await session.rows(QUERIES["projection_parked"], {"most": most})
    return [row["organization_id"] for row in rows]


async def lock_cursor(session: TenantSession, device_id: UUID) -> Cursor | None:
    """Lock the device for projection; None when somebody else projects it, or nobody knows it."""
    row = await session.row(QUERIES["lock_cursor"], {"device_id": device_id})
    if row is None:
        return None
    done, head = (row["epoch"], row["seq"]), (row["head_epoch"], row["head_seq"])
    return Cursor(done, head, row["store_id"])


async def epoch_bases(session: TenantSession, device_id: UUID, *, after: int) -> dict[int, int]:
    """Where each epoch beyond `after` begins."""
    place = {"device_id": device_id, "after": after}
    rows = await session.rows(QUERIES["epoch_bases"], place)
    return {row["epoch"]: row["base_seq"] for row in rows}


async def inbox_after(
    session: TenantSession, device_id: UUID, *, cursor: Cursor, limits: Limits
) -> list[Slot]:
    """The device's next slots in order, within the contiguous prefix."""
    rows = await session.rows(
        QUERIES["inbox_after"],
        {
            "device_id": device_id,
            "epoch": cursor.done[0],
            "seq": cursor.done[1],
            "head_epoch": cursor.head[0],
            "head_seq": cursor.head[1],
            "most": limits.facts,
            "most_bytes": limits.bytes,
        },
    )
    return [Slot(**row) for row in rows]


async def unprojected_closings(session: TenantSession, device_id: UUID) -> list[Slot]:
    """The newest facts of the device that may be Zs and are not in the books yet."""
    rows = await session.rows(
        QUERIES["unprojected_closings"], {"device_id": device_id, "most": _CLOSINGS}
    )
    return [Slot(**row) for row in rows]


async def move_cursor(
    session: TenantSession, device_id: UUID, *, to: tuple[int, int], at: datetime
) -> None:
    """Everything up to and including `to` is settled."""
    place = {"device_id": device_id, "epoch": to[0], "seq": to[1], "at": at}
    await session.execute(QUERIES["move_cursor"], place)


async def claim(
    session: TenantSession, device_id: UUID, candidates: Sequence[Candidate]
) -> set[UUID]:
    """Claim the effects of at least one fact, ids all different; those that nobody had claimed.

    Waits for a transaction that claims one of them at the same time.
    """
    rows = [
        (
            each.fact_id,
            each.content_hash,
            device_id,
            each.slot.epoch,
            each.slot.seq,
            each.business_date,
        )
        for each in sorted(candidates, key=lambda each: each.fact_id)
    ]
    claimed = await session.rows(_CLAIMS.sql, _CLAIMS.parameters(rows))
    return {row["fact_id"] for row in claimed}


async def content_hashes(session: TenantSession, fact_ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
    """What the facts with these ids contained when they took effect."""
    rows = await session.rows(QUERIES["content_hashes"], {"fact_ids": fact_ids})
    return {row["fact_id"]: row["content_hash"] for row in rows}


async def set_aside(session: TenantSession, device_id: UUID, asides: Sequence[Aside]) -> None:
    """Mark at least one slot dead or parked."""
    parameters: dict[str, Any] = {
        "device_id": device_id,
        "epochs": [aside.epoch for aside in asides],
        "seqs": [aside.seq for aside in asides],
        "states": [aside.state for aside in asides],
        "reasons": [aside.reason for aside in asides],
        "fact_ids": [aside.fact_id for aside in asides],
        "types": [aside.type for aside in asides],
    }
    await session.execute(QUERIES["set_aside"], parameters)


async def take_back(session: TenantSession, device_id: UUID, slots: Sequence[Slot]) -> None:
    """Parked slots that are settled now."""
    await session.execute(QUERIES["take_back"], {"device_id": device_id, **_places(slots)})


async def parked_devices(session: TenantSession) -> list[UUID]:
    """The tenant's devices with parked facts."""
    return [row["device_id"] for row in await session.rows(QUERIES["parked_devices"])]


async def parked_after(
    session: TenantSession, device_id: UUID, *, after: tuple[int, int], most: int
) -> list[Slot]:
    """The device's next parked slots in order, locked."""
    place = {"device_id": device_id, "epoch": after[0], "seq": after[1], "most": most}
    return [Slot(**row) for row in await session.rows(QUERIES["parked_after"], place)]


async def quarantine(
    session: TenantSession, items: Sequence[QuarantineItem], *, at: datetime
) -> None:
    """Keep items; the same bytes again change nothing.

    Beyond a device's share (1,000 items or 64 MiB) new ones are counted in the log alone: a device
    gone mad must not fill the disk that all tenants share (promise G).
    """
    room = await _with_room(session, {item.device_id for item in items})
    kept = [item for item in items if item.device_id in room]
    if len(kept) < len(items):
        _log.error("quarantine_full", forgotten=len(items) - len(kept))
    if not kept:
        return
    rows = [
        (
            item.id,
            item.device_id,
            item.epoch,
            item.from_seq,
            item.to_seq,
            item.reason,
            item.fact_id,
            sha256(item.raw).digest(),
            item.raw,
            at,
        )
        for item in kept
    ]
    await session.execute(_QUARANTINE.sql, _QUARANTINE.parameters(rows))


async def _with_room(session: TenantSession, device_ids: set[UUID]) -> set[UUID]:
    found = await session.rows(QUERIES["quarantine_held"], {"device_ids": list(device_ids)})
    full = {
        row["device_id"]
        for row in found
        if row["items"] >= _QUARANTINE_ITEMS or row["size"] >= _QUARANTINE_BYTES
    }
    return device_ids - full


async def keep_person_keys(
    session: TenantSession, device_id: UUID, slots: Sequence[Slot], *, at: datetime
) -> None:
    """Move the keys that came beside facts to where they can be erased."""
    with_keys = [slot for slot in slots if slot.person_keys is not None]
    keys: dict[UUID, bytes] = {}
    for slot in with_keys:
        assert slot.person_keys is not None
        keys.update(decode_keys(slot.person_keys))
    if keys:
        rows = [(person_id, keys[person_id], at) for person_id in sorted(keys)]
        await session.execute(_PERSON_KEYS.sql, _PERSON_KEYS.parameters(rows))
    if with_keys:
        place = {"device_id": device_id, **_places(with_keys)}
        await session.execute(QUERIES["empty_person_keys"], place)


async def ensure_month(session: Session, month: date) -> None:
    """Make the month's partitions unless they are there (DESIGN §4, late facts)."""
    await session.rows(QUERIES["ensure_month"], {"month": month})


async def store_zones(session: TenantSession, store_ids: Sequence[UUID]) -> Mapping[UUID, ZoneInfo]:
    """Time zone per store; a store that is not the tenant's is left out."""
    rows = await session.rows(QUERIES["store_zones"], {"store_ids": store_ids})
    return {row["store_id"]: ZoneInfo(row["timezone"]) for row in rows}


def _places(slots: Sequence[Slot]) -> dict[str, list[int]]:
    return {
        "epochs": [slot.epoch for slot in slots],
        "seqs": [slot.seq for slot in slots],
    }
