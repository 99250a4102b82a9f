"""Reads for HTTP: on-hand per store and product."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from hub.kit.db import TenantSession
from hub.kit.queries import load_queries

_SQL = load_queries("hub.stock", "readmodel.sql")


@dataclass(frozen=True, kw_only=True)
class OnHandFilter:
    """None: every store, every product."""

    store_id: UUID | None = None
    product_id: UUID | None = None


async def on_hand(
    session: TenantSession, chosen: OnHandFilter, *, after: tuple[UUID, UUID] | None, most: int
) -> Sequence[RowMapping]:
    """What lies where, by store and product. `after`: (store, product)."""
    after_store, after_product = after or (None, None)
    return await session.rows(
        _SQL["on_hand"],
        {
            "store_id": chosen.store_id,
            "product_id": chosen.product_id,
            "after_store": after_store,
            "after_product": after_product,
            "most": most,
        },
    )
