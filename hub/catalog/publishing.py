"""Catalogue and prices to the shops, in the transaction of the change, many products at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from hub.catalog import repository, rules
from hub.collections.models import StoreRow
from hub.collections.service import CollectionWriter
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import CatalogueItem, PriceItem

CATALOGUE = "catalogue"
PRICES = "prices"


class CatalogPublisher:
    """Publishes what the tables say after a change; unchanged rows make no version."""

    def __init__(self, *, clock: Clock, writer: CollectionWriter) -> None:
        self._clock = clock
        self._writer = writer

    async def publish_stores(
        self,
        session: TenantSession,
        store_ids: Sequence[UUID] | None = None,
        *,
        product_ids: Sequence[UUID] | None = None,
    ) -> None:
        """Publish these products (None: all) and the taxes to these stores (None: all)."""
        stores = await repository.stores(session, store_ids)
        ids = [store["store_id"] for store in stores]
        for collection in (CATALOGUE, PRICES):
            await self._writer.hold(session, ids, collection=collection)
        products = await repository.products(session, product_ids)
        shown = [(item_key(item), encode_item(item)) for item in map(_item, products)]
        rows = [StoreRow(store_id, key, payload) for store_id in ids for key, payload in shown]
        await self._writer.put_all(session, rows, collection=CATALOGUE)
        await self._publish_prices(session, stores, products=products, product_ids=product_ids)

    async def publish_taxes(self, session: TenantSession) -> None:
        """Publish the taxes of today to every store: due daily, for rates that begin."""
        stores = await repository.stores(session, None)
        ids = [store["store_id"] for store in stores]
        await self._writer.hold(session, ids, collection=PRICES)
        now = self._clock.now()
        rows = [row for store in stores for row in await self._tax_rows(session, store, now)]
        await self._writer.put_all(session, rows, collection=PRICES)

    async def _publish_prices(
        self,
        session: TenantSession,
        stores: Sequence[RowMapping],
        *,
        products: Sequence[RowMapping],
        product_ids: Sequence[UUID] | None,
    ) -> None:
        now = self._clock.now()
        prices = _by_product(await repository.prices(session, product_ids))
        rows: list[StoreRow] = []
        for store in stores:
            store_id = store["store_id"]
            priced = [
                StoreRow(store_id, item_key(item), encode_item(item))
                for product in products
                if (item := _price_item(product, prices, store=store, now=now))
            ]
            rows += priced
            await self._remove_unpriced(session, priced, store_id=store_id, products=products)
            rows += await self._tax_rows(session, store, now)
        await self._writer.put_all(session, rows, collection=PRICES)

    async def _remove_unpriced(
        self,
        session: TenantSession,
        priced: Sequence[StoreRow],
        *,
        store_id: UUID,
        products: Sequence[RowMapping],
    ) -> None:
        keys = {f"price/{product['product_id']}" for product in products}
        gone = sorted(keys.difference(row.key for row in priced))
        if gone:
            await self._writer.delete(session, store_id=store_id, collection=PRICES, keys=gone)

    async def _tax_rows(
        self, session: TenantSession, store: RowMapping, now: datetime
    ) -> list[StoreRow]:
        today = now.astimezone(ZoneInfo(store["timezone"])).date()
        taxes = await repository.tax_schedules(session)
        items = [rules.tax_item(tax_id, rates, today) for tax_id, rates in taxes.items()]
        return [StoreRow(store["store_id"], item_key(item), encode_item(item)) for item in items]


def _by_product(prices: Sequence[RowMapping]) -> Mapping[UUID, list[RowMapping]]:
    found: defaultdict[UUID, list[RowMapping]] = defaultdict(list)
    for price in prices:
        found[price["product_id"]].append(price)
    return found


def _item(product: RowMapping) -> CatalogueItem:
    return CatalogueItem(
        product_id=product["product_id"],
        sku=product["sku"],
        names=product["names"],
        unit=product["unit"],
        codes=product["codes"],
        category=product["category_code"],
        active=product["active"],
    )


def _price_item(
    product: RowMapping,
    prices: Mapping[UUID, list[RowMapping]],
    *,
    store: RowMapping,
    now: datetime,
) -> PriceItem | None:
    changes: defaultdict[rules.Schedule, list[rules.PriceChange]] = defaultdict(list)
    for price in prices.get(product["product_id"], ()):
        if price["currency"] != store["currency"]:
            continue
        if price["store_id"] in (None, store["store_id"]):
            changes[price["price_list_id"], price["min_quantity"]].append(
                rules.PriceChange(
                    price["effective_at"], price["unit_price_minor"], bool(price["store_id"])
                )
            )
    points = rules.schedules(changes, now)
    if not points or not product["tax_id"]:
        return None
    return PriceItem(
        product_id=product["product_id"],
        currency=store["currency"],
        tax_id=product["tax_id"],
        schedule=points,
    )
