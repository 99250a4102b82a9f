"""Reads for HTTP and pages: sums by day, and what one day brought in each store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.analytics", "readmodel.sql")


@dataclass(frozen=True, kw_only=True)
class DayFilter:
    """None: all. Dates are business dates, both ends included."""

    store_id: UUID | None = None
    currency: str | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None


async def sales_by_day(
    session: TenantSession, chosen: DayFilter, *, after: tuple[date, UUID, str] | None, most: int
) -> Sequence[RowMapping]:
    """Sums per business date, store and currency. `after`: (date, store, currency)."""
    after_date, after_store, after_currency = after or (None, None, None)
    return await session.rows(
        _SQL["sales_by_day"],
        {
            "store_id": chosen.store_id,
            "currency": chosen.currency,
            "business_date_from": chosen.business_date_from,
            "business_date_to": chosen.business_date_to,
            "after_date": after_date,
            "after_store": after_store,
            "after_currency": after_currency,
            "most": most,
        },
    )


async def latest_business_date(session: TenantSession, *, horizon: date) -> date | None:
    """The latest day with a ticket or an open till, none later than `horizon`."""
    found = await session.scalar(_SQL["latest_business_date"], {"horizon": horizon})
    return found if isinstance(found, date) else None


async def store_days(session: TenantSession, business_date: date) -> Sequence[RowMapping]:
    """What each store sold on a day, per currency, and when it last sold by then."""
    return await session.rows(_SQL["store_days"], {"business_date": business_date})


async def store_hours(session: TenantSession, business_date: date) -> Sequence[RowMapping]:
    """Takings per store, currency and hour of the store's clock."""
    return await session.rows(_SQL["store_hours"], {"business_date": business_date})
