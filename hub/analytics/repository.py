"""All SQL that rollups are written with."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from msgspec.structs import astuple

from hub.analytics.rules import DaySum, Deltas, SkuSum, TaxSum, TenderSum
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_QUERIES = load_queries(__package__ or "")
_DAY = {"store_id": "uuid", "business_date": "date", "currency": "text"}


def _adding(table: str, key: Mapping[str, str], sums: Iterable[str], **types: str) -> BulkInsert:
    """An insert that adds to the row which has the key already."""
    names = list(sums)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names)
    return BulkInsert(
        table,
        {**key, **{name: types.get(name, "bigint") for name in names}},
        tail=f"on conflict (organization_id, {', '.join(key)}) do update set {added}",
    )


_SKUS = _adding(
    "rollup_hour_store_sku",
    {
        "store_id": "uuid",
        "business_date": "date",
        "hour": "smallint",
        "product_id": "uuid",
        "currency": "text",
    },
    SkuSum.__struct_fields__,
    quantity="numeric",
)
_DAYS = _adding("rollup_day_store", _DAY, DaySum.__struct_fields__)
_TAXES = _adding(
    "rollup_day_store_tax",
    {**_DAY, "tax_id": "text", "rate_ppm": "integer", "treatment": "text"},
    TaxSum.__struct_fields__,
)
_TENDERS = _adding("rollup_day_store_tender", {**_DAY, "kind": "text"}, TenderSum.__struct_fields__)


async def add(session: TenantSession, deltas: Deltas) -> None:
    """Add to the rollups of every store that is in the deltas."""
    stores = sorted({str(store_id) for store_id, *_ in deltas.days})
    await session.rows(_QUERIES["share_store_locks"], {"store_ids": stores})
    parts: tuple[tuple[BulkInsert, Mapping[Any, Any]], ...] = (
        (_SKUS, deltas.skus),
        (_DAYS, deltas.days),
        (_TAXES, deltas.taxes),
        (_TENDERS, deltas.tenders),
    )
    for insert, sums in parts:
        # Ordered, so that two groups of one shop never wait for each other in a circle.
        rows = [(*key, *astuple(sums[key])) for key in sorted(sums)]
        if rows:
            await session.execute(insert.sql, insert.parameters(rows))


async def recompute(session: TenantSession, *, store_id: UUID, business_date: date) -> None:
    """Write the rollups of one store and business date anew from the booked tickets."""
    await session.rows(_QUERIES["take_store_lock"], {"store": str(store_id)})
    where = {"store_id": store_id, "business_date": business_date}
    for rollup in ("skus", "days", "taxes", "tenders"):
        await session.execute(_QUERIES[f"delete_{rollup}"], where)
        await session.execute(_QUERIES[f"recompute_{rollup}"], where)
