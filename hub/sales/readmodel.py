"""Reads for HTTP: tickets, newest first, and one ticket whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.sales", "readmodel.sql")


@dataclass(frozen=True, kw_only=True)
class SaleFilter:
    """None: all. Dates are business dates, both ends included. `kind`: sale, return."""

    store_id: UUID | None = None
    kind: str | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None


async def sales(
    session: TenantSession, chosen: SaleFilter, *, after: tuple[date, UUID] | None, most: int
) -> Sequence[RowMapping]:
    """Tickets by business date and id, newest first. `after`: (business date, id)."""
    after_date, after_id = after or (None, None)
    return await session.rows(
        _SQL["sales"],
        {
            "store_id": chosen.store_id,
            "kind": chosen.kind,
            "business_date_from": chosen.business_date_from,
            "business_date_to": chosen.business_date_to,
            "after_date": after_date,
            "after_id": after_id,
            "most": most,
        },
    )


async def sale(session: TenantSession, sale_id: UUID) -> Mapping[Any, Any] | None:
    """One ticket with `lines`, `tax_lines` and `tenders`, each in its own order."""
    found = await session.row(_SQL["sale"], {"id": sale_id})
    if found is None:
        return None
    place = {"business_date": found["business_date"], "id": sale_id}
    return {
        **found,
        "lines": await session.rows(_SQL["sale_lines"], place),
        "tax_lines": await session.rows(_SQL["sale_tax_lines"], place),
        "tenders": await session.rows(_SQL["sale_tenders"], place),
    }
