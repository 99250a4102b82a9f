"""All SQL of proving a journal: reads alone, page by page."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from hub.ingest.proof_rules import Effect
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from protocol.session.hub import Epoch

_QUERIES = load_queries("hub.ingest", "proof.sql")
_PAGE_FACTS = 500
_PAGE_BYTES = 4 * 1024 * 1024


class ProvedDevice(Struct, frozen=True, kw_only=True):
    """A box whose journal is to be proved; `done`: how far it is in the books, (epoch, seq)."""

    device_id: UUID
    store_id: UUID
    store_name: str
    name: str
    done: tuple[int, int]


class JournalRow(Struct, frozen=True, kw_only=True):
    """A row of the inbox."""

    seq: int
    raw: bytes
    hash: bytes
    received_at: datetime
    state: int
    reason: str | None


async def devices(
    session: TenantSession, *, store: str | None, device_id: UUID | None
) -> list[ProvedDevice]:
    """Of a store (its id or code), one alone, or all of the tenant."""
    rows = await session.rows(
        _QUERIES["devices_to_prove"], {"store": store, "device_id": device_id}
    )
    return [
        ProvedDevice(
            device_id=row["device_id"],
            store_id=row["store_id"],
            store_name=row["store_name"],
            name=row["name"],
            done=(row["done_epoch"], row["done_seq"]),
        )
        for row in rows
    ]


async def lines(session: TenantSession, device_id: UUID) -> tuple[Epoch, ...]:
    """Every epoch of the device, oldest first."""
    return tuple(
        Epoch(
            epoch=row["epoch"],
            parent=row["parent_epoch"],
            base=row["base_seq"],
            base_hash=row["base_hash"],
            hwm=row["hwm"],
            hash=row["hash"],
        )
        for row in await session.rows(_QUERIES["lines"], {"device_id": device_id})
    )


async def page(
    session: TenantSession, device_id: UUID, line: Epoch, *, after: int
) -> list[JournalRow]:
    """The next rows of an epoch; none at its end."""
    parameters = {
        "device_id": device_id,
        "epoch": line.epoch,
        "after": after,
        "hwm": line.hwm,
        "most": _PAGE_FACTS,
        "most_bytes": _PAGE_BYTES,
    }
    return [JournalRow(**row) for row in await session.rows(_QUERIES["journal_page"], parameters)]


async def effects(session: TenantSession, fact_ids: Sequence[UUID]) -> dict[UUID, Effect]:
    """Where those of these facts took effect that did."""
    rows = await session.rows(_QUERIES["effects"], {"fact_ids": list(fact_ids)})
    return {
        row["fact_id"]: Effect(
            content_hash=row["content_hash"],
            device_id=row["device_id"],
            place=(row["epoch"], row["seq"]),
            business_date=row["business_date"],
        )
        for row in rows
    }
