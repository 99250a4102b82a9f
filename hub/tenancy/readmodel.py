"""Reads for HTTP: stores with the settings of a day, registers."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.tenancy", "readmodel.sql")


async def stores(
    session: TenantSession,
    *,
    today: date,
    store_id: UUID | None = None,
    after_id: UUID | None = None,
    most: int = 1,
) -> Sequence[RowMapping]:
    """Stores in the order they were founded, each with the settings that count on `today`."""
    return await session.rows(
        _SQL["stores"],
        {"today": today, "store_id": store_id, "after_id": after_id, "most": most},
    )


async def registers(
    session: TenantSession,
    *,
    register_id: UUID | None = None,
    store_id: UUID | None = None,
    after_id: UUID | None = None,
    most: int = 1,
) -> Sequence[RowMapping]:
    """Registers in the order they were set up."""
    return await session.rows(
        _SQL["registers"],
        {"register_id": register_id, "store_id": store_id, "after_id": after_id, "most": most},
    )
