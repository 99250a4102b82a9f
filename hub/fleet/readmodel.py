"""Reads for HTTP: devices, whether they are there and what they still owe, and claims."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from hub.fleet.rules import SILENT_AFTER
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.fleet", "readmodel.sql")


async def devices(
    session: TenantSession,
    *,
    device_id: UUID | None = None,
    store_id: UUID | None = None,
    after_id: UUID | None = None,
    most: int = 1,
) -> Sequence[RowMapping]:
    """Devices by id. The sync debt is the shop's own account, as of `heartbeat_at`."""
    return await session.rows(
        _SQL["devices"],
        {"device_id": device_id, "store_id": store_id, "after_id": after_id, "most": most},
    )


async def claims(
    session: TenantSession, *, store_id: UUID | None, after_id: UUID | None, most: int
) -> Sequence[RowMapping]:
    """Claims, the newest first."""
    return await session.rows(
        _SQL["claims"], {"store_id": store_id, "after_id": after_id, "most": most}
    )


async def pulse(session: TenantSession, *, now: datetime) -> tuple[object, ...]:
    """A value to compare with an earlier one: different means that a device was heard, or was not
    for so long that it is there no more."""
    row = await session.row(_SQL["pulse"], {"heard_since": now - SILENT_AFTER})
    assert row is not None
    return tuple(row.values())


async def alerts(
    session: TenantSession, device_id: UUID, *, after_id: UUID | None, most: int
) -> Sequence[RowMapping]:
    """What there is to know of a device, the newest first."""
    return await session.rows(
        _SQL["alerts"], {"device_id": device_id, "after_id": after_id, "most": most}
    )
