"""Reads for HTTP: products by page, search, code and id; prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from protocol.vocabulary.gtin import spellings

_SQL = load_queries("hub.catalog", "readmodel.sql")


@dataclass(frozen=True, kw_only=True)
class ProductFilter:
    """None: all. `code`: a barcode in any spelling, an internal code or a SKU. `terms`:
    folded words, each to begin a word of the names, the SKU or the codes."""

    product_id: UUID | None = None
    code: str | None = None
    terms: Sequence[str] | None = None
    active: bool | None = None


@dataclass(frozen=True, kw_only=True)
class PriceFilter:
    """None: all."""

    product_id: UUID | None = None
    store_id: UUID | None = None
    currency: str | None = None


async def products(
    session: TenantSession, chosen: ProductFilter, *, after_id: UUID | None = None, most: int = 1
) -> Sequence[RowMapping]:
    """Products by id, with their codes."""
    return await session.rows(
        _SQL["products"],
        {
            "product_id": chosen.product_id,
            "spellings": None if chosen.code is None else spellings(chosen.code),
            "terms": list(chosen.terms) if chosen.terms else None,
            "active": chosen.active,
            "after_id": after_id,
            "most": most,
        },
    )


async def prices(
    session: TenantSession, chosen: PriceFilter, *, after_id: UUID | None, most: int
) -> Sequence[RowMapping]:
    """Prices by id, past and future ones too."""
    return await session.rows(
        _SQL["prices"],
        {
            "product_id": chosen.product_id,
            "store_id": chosen.store_id,
            "currency": chosen.currency,
            "after_id": after_id,
            "most": most,
        },
    )
