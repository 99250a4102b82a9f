"""The hub's books in SQL, held against the ledger: every ticket once, every sum equal."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from provisioning.demo.ledger import Book, Ledger

_TIMEOUT_S = 60.0

_QUIET = """
select coalesce(sum(greatest(abs(s.hwm - p.seq), 1)), 0)
from device_sync s join device_projection p using (organization_id, device_id)
where (s.epoch, s.hwm) <> (p.epoch, p.seq)
"""
_TICKETS = """
select organization_id::text, store_id::text, business_date::text, kind, id, line_count,
  case kind when 'sale' then 1 else -1 end as sign, currency, payable_minor, change_minor
from sale where organization_id = $1 and id = any($2::uuid[])
"""
_TAXES = """
select organization_id::text, store_id::text, business_date::text, tax_id, rate_ppm::text,
  sum(case sale_kind when 'sale' then base_minor else -base_minor end)::bigint as base_minor,
  sum(case sale_kind when 'sale' then tax_minor else -tax_minor end)::bigint as tax_minor
from sale_tax_line where organization_id = $1 and sale_id = any($2::uuid[])
group by 1, 2, 3, 4, 5
"""
_TENDERS = """
select organization_id::text, store_id::text, business_date::text, kind,
  sum(case sale_kind when 'sale' then amount_minor else -amount_minor end)::bigint as amount_minor
from sale_tender where organization_id = $1 and sale_id = any($2::uuid[])
group by 1, 2, 3, 4
"""
_STOCK = """
select organization_id::text, store_id::text, product_id::text,
  (1000 * sum(quantity))::bigint as thousandths
from stock_movement where organization_id = $1 and source_id = any($2::uuid[])
group by 1, 2, 3
"""


_PUBLISHED = """
select collection, version from collection_head
where organization_id = $1 and store_id = $2 and version > 0
"""


class Comparison(Struct, frozen=True, kw_only=True):
    """What the two books say. `differences`: where they do not agree, at most twenty."""

    sales_at_hub: int
    lines_at_hub: int
    gross_minor_at_hub: dict[str, int]
    duplicates: int
    missing: int
    differences: list[str]

    @property
    def agree(self) -> bool:
        """Whether every book agrees."""
        return not (self.duplicates or self.missing or self.differences)


async def unprojected(database_url: str) -> int:
    """About how many facts in the inbox are not in the books yet; 0 means none."""
    connection = await asyncpg.connect(database_url, timeout=_TIMEOUT_S)
    try:
        return int(await connection.fetchval(_QUIET, timeout=_TIMEOUT_S))
    finally:
        await connection.close(timeout=_TIMEOUT_S)


async def published_versions(
    database_url: str, organization_id: UUID, store_id: UUID
) -> dict[str, int]:
    """Collection → the newest version that the hub has for a shop; none that was always empty."""
    connection = await asyncpg.connect(database_url, timeout=_TIMEOUT_S)
    try:
        rows = await connection.fetch(_PUBLISHED, organization_id, store_id, timeout=_TIMEOUT_S)
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    return {row["collection"]: row["version"] for row in rows}


async def tickets_at_hub(database_url: str) -> frozenset[UUID]:
    """Every ticket in the books, whoever's."""
    connection = await asyncpg.connect(database_url, timeout=_TIMEOUT_S)
    try:
        rows = await connection.fetch("select id from sale", timeout=_TIMEOUT_S)
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    return frozenset(row["id"] for row in rows)


async def compare(
    database_url: str, ledger: Ledger, tenants: Sequence[UUID], *, before: frozenset[UUID]
) -> Comparison:
    """Read the hub's books and hold them against the ledger.

    `before`: the tickets that were in the books when the run began. Whatever else is there and was
    never answered by an agent is a difference.
    """
    unknown = await tickets_at_hub(database_url) - before
    unknown -= {one for tenant in tenants for one in ledger.ids(tenant)}
    connection = await asyncpg.connect(database_url, timeout=_TIMEOUT_S)
    book: Book = Counter()
    seen: Counter[UUID] = Counter()
    gross: Counter[str] = Counter()
    lines = missing = 0
    try:
        for organization_id in tenants:
            ids = ledger.ids(organization_id)
            for row in await connection.fetch(_TICKETS, organization_id, ids, timeout=_TIMEOUT_S):
                seen[row["id"]] += 1
                lines += row["line_count"]
                gross[row["currency"]] += row["sign"] * row["payable_minor"]
                place = tuple(row)[:3]
                book["tickets", *place, row["kind"]] += 1
                book["payable", *place, row["kind"]] += row["sign"] * row["payable_minor"]
                book["change", *place] += row["sign"] * row["change_minor"]
            missing += sum(one not in seen for one in ids)
            await _add_details(connection, book, organization_id=organization_id, ids=ids)
            moving = ledger.moving(organization_id)
            for row in await connection.fetch(_STOCK, organization_id, moving, timeout=_TIMEOUT_S):
                book["stock in thousandths", *tuple(row)[:3]] += row["thousandths"]
    finally:
        await connection.close(timeout=_TIMEOUT_S)
    return Comparison(
        sales_at_hub=len(seen),
        lines_at_hub=lines,
        gross_minor_at_hub=dict(sorted(gross.items())),
        duplicates=sum(count - 1 for count in seen.values()),
        missing=missing,
        differences=[
            *(f"ticket {one} was never accepted" for one in sorted(unknown)[:20]),
            *differences(ledger.book(), book),
        ],
    )


async def _add_details(
    connection: Any, book: Book, *, organization_id: UUID, ids: Sequence[UUID]
) -> None:
    for row in await connection.fetch(_TAXES, organization_id, ids, timeout=_TIMEOUT_S):
        place = tuple(row)[:5]
        book["tax_base", *place] += row["base_minor"]
        book["tax", *place] += row["tax_minor"]
    for row in await connection.fetch(_TENDERS, organization_id, ids, timeout=_TIMEOUT_S):
        book["tender", *tuple(row)[:4]] += row["amount_minor"]


def differences(accepted: Book, at_hub: Book) -> list[str]:
    """Where two books differ, in words; at most twenty."""
    found = [
        f"{' / '.join(key)}: accepted {accepted[key]}, at the hub {at_hub[key]}"
        for key in sorted({*accepted, *at_hub})
        if accepted[key] != at_hub[key]
    ]
    return found[:20]
