"""All SQL of price lists and promotions."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.catalog.offer_models import OfferedList, OfferedPromotion
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from protocol.checkout.promotions import Promotion
from protocol.messages.collections import PriceList

_QUERIES = load_queries("hub.catalog", "offers.sql")
_OF_PROMOTION = {
    "names": "jsonb",
    "kind": "text",
    "currency": "text",
    "starts_on": "date",
    "ends_on": "date",
    "goods": "jsonb",
    "happy_hour": "jsonb",
    "coupon": "text",
    "price_lists": "uuid[]",
    "stacks": "boolean",
    "percent_ppm": "integer",
    "amount_minor": "bigint",
    "buy": "bigint",
    "pay": "bigint",
    "parts": "jsonb",
    "price_minor": "bigint",
    "min_spend_minor": "bigint",
    "most": "bigint",
}
_OF_OFFER = {"store_ids": "uuid[]", "active": "boolean", "updated_at": "timestamptz"}
_PROMOTIONS = BulkInsert(
    "promotion",
    {"promotion_id": "uuid", **_OF_PROMOTION, **_OF_OFFER},
    key=("promotion_id",),
    replaced=(*_OF_PROMOTION, *_OF_OFFER),
)


async def put_price_list(session: TenantSession, offered: OfferedList, *, at: datetime) -> None:
    """Create or change a list; its customers become exactly these."""
    own = offered.price_list
    await session.execute(
        _QUERIES["put_price_list"],
        {
            "price_list_id": own.price_list_id,
            "name": own.name,
            "everybody": own.everybody,
            "valid_from": own.valid_from,
            "valid_until": own.valid_until,
            "active": offered.active,
            "at": at,
        },
    )
    customers = {"price_list_id": own.price_list_id, "customer_ids": own.customer_ids}
    await session.execute(_QUERIES["other_customers"], customers)
    await session.execute(_QUERIES["put_customers"], customers)


async def price_lists(session: TenantSession) -> list[OfferedList]:
    """All of the tenant."""
    return [
        OfferedList(
            price_list=PriceList(**{name: row[name] for name in PriceList.__struct_fields__}),
            active=row["active"],
        )
        for row in await session.rows(_QUERIES["price_lists"])
    ]


async def put_promotions(
    session: TenantSession, offered: Sequence[OfferedPromotion], *, at: datetime
) -> None:
    """Create or replace at least one promotion."""
    rows = [
        (
            each.promotion.promotion_id,
            *(getattr(each.promotion, name) for name in _OF_PROMOTION),
            None if each.store_ids is None else sorted(each.store_ids),
            each.active,
            at,
        )
        for each in offered
    ]
    await session.execute(_PROMOTIONS.sql, _PROMOTIONS.parameters(rows))


async def promotions(session: TenantSession) -> list[OfferedPromotion]:
    """All of the tenant."""
    return [
        OfferedPromotion(
            promotion=msgspec.convert(
                {name: row[name] for name in Promotion.__struct_fields__}, Promotion
            ),
            store_ids=None if row["store_ids"] is None else frozenset(row["store_ids"]),
            active=row["active"],
        )
        for row in await session.rows(_QUERIES["promotions"])
    ]
