"""All SQL of the monthly extracts: sums over tickets in the books, a day at a time."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from hub.analytics.extract_rules import (
    MOST_TAXES,
    MOST_TENDERS,
    DayDuty,
    DayKey,
    JournalColumns,
    Month,
    MonthTax,
    RegisterDay,
    TaxKey,
)
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries("hub.analytics", "extract.sql")


async def month_taxes(
    session: TenantSession, month: Month, legal_entity_id: UUID | None
) -> list[MonthTax]:
    """TVA by legal entity, currency and rate."""
    parameters = {"first": month.first, "last": month.last, "legal_entity_id": legal_entity_id}
    return [MonthTax(**row) for row in await session.rows(_QUERIES["month_taxes"], parameters)]


async def month_duty(
    session: TenantSession, month: Month, legal_entity_id: UUID | None
) -> list[DayDuty]:
    """Stamp duty by store and day."""
    parameters = {"first": month.first, "last": month.last, "legal_entity_id": legal_entity_id}
    return [DayDuty(**row) for row in await session.rows(_QUERIES["month_duty"], parameters)]


async def journal_columns(session: TenantSession, month: Month) -> JournalColumns:
    """The commonest taxes and tenders of the month."""
    span = {"first": month.first, "last": month.last}
    taxes = await session.rows(_QUERIES["taxes_of_month"], {**span, "most": MOST_TAXES})
    tenders = await session.rows(_QUERIES["tenders_of_month"], {**span, "most": MOST_TENDERS})
    return JournalColumns(
        taxes=sorted(map(_tax_key, taxes)), tenders=sorted(row["kind"] for row in tenders)
    )


async def register_days(
    session: TenantSession, on: date, legal_entity_id: UUID | None
) -> list[RegisterDay]:
    """What each register sold on that business date."""
    where = {"day": on, "legal_entity_id": legal_entity_id}
    taxes: defaultdict[DayKey, dict[TaxKey, tuple[int, int]]] = defaultdict(dict)
    for row in await session.rows(_QUERIES["day_taxes"], where):
        taxes[_key(row)][_tax_key(row)] = (row["base_minor"], row["tax_minor"])
    tenders: defaultdict[DayKey, dict[str, int]] = defaultdict(dict)
    for row in await session.rows(_QUERIES["day_tenders"], where):
        tenders[_key(row)][row["kind"]] = row["net_minor"]
    own = [
        "store_code",
        "store_name",
        "register_code",
        "sales",
        "returns",
        "gross_minor",
        "returns_minor",
        "duty_minor",
        "cash_rounding_minor",
    ]
    return [
        RegisterDay(
            key=_key(row),
            taxes=taxes[_key(row)],
            tenders=tenders[_key(row)],
            **{name: row[name] for name in own},
        )
        for row in await session.rows(_QUERIES["day_tickets"], where)
    ]


def _key(row: RowMapping) -> DayKey:
    return row["store_id"], row["register_id"], row["currency"], row["legal_entity_id"]


def _tax_key(row: RowMapping) -> TaxKey:
    return row["tax_id"], row["rate_ppm"], row["treatment"]
