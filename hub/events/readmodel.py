"""Reads for HTTP: differences that were found in facts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.events", "readmodel.sql")


async def discrepancies(
    session: TenantSession,
    *,
    store_id: UUID | None,
    after: tuple[UUID, str, str] | None,
    most: int,
) -> Sequence[RowMapping]:
    """Differences, those of the youngest tickets first. `after`: (fact, code, subject)."""
    after_id, after_code, after_subject = after or (None, None, None)
    return await session.rows(
        _SQL["discrepancies"],
        {
            "store_id": store_id,
            "after_id": after_id,
            "after_code": after_code,
            "after_subject": after_subject,
            "most": most,
        },
    )


async def discrepancy_count(session: TenantSession, *, most: int) -> int:
    """How many there are, at most `most`."""
    return int(await session.scalar(_SQL["discrepancy_count"], {"most": most}))
