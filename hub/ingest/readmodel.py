"""Reads for HTTP: what devices sent that took no effect, and why."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.ingest", "readmodel.sql")


async def quarantine(
    session: TenantSession,
    *,
    device_id: UUID | None,
    after_id: UUID | None,
    most: int,
) -> Sequence[RowMapping]:
    """Quarantined items without their bytes, latest first."""
    return await session.rows(
        _SQL["quarantine"],
        {
            "id": None,
            "device_id": device_id,
            "after_id": after_id,
            "with_bytes": False,
            "most": most,
        },
    )


async def quarantined(session: TenantSession, item_id: UUID) -> RowMapping | None:
    """One quarantined item with its bytes."""
    return await session.row(
        _SQL["quarantine"],
        {"id": item_id, "device_id": None, "after_id": None, "with_bytes": True, "most": 1},
    )


async def set_aside(
    session: TenantSession,
    *,
    device_id: UUID | None,
    after: tuple[UUID, int, int] | None,
    most: int,
) -> Sequence[RowMapping]:
    """Dead and parked facts by device and place. `after`: (device, epoch, seq)."""
    after_device, after_epoch, after_seq = after or (None, None, None)
    return await session.rows(
        _SQL["set_aside"],
        {
            "device_id": device_id,
            "after_device": after_device,
            "after_epoch": after_epoch,
            "after_seq": after_seq,
            "most": most,
        },
    )


async def wrong_count(session: TenantSession, *, most: int) -> int:
    """How much was quarantined or set aside, each counted up to `most`."""
    quarantined_count = await session.scalar(_SQL["quarantine_count"], {"most": most})
    return int(quarantined_count) + int(
        await session.scalar(_SQL["set_aside_count"], {"most": most})
    )
