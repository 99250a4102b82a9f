"""Price lists and promotions: kept, and shown to the shops where they hold.

Methods take the caller's transaction; putting publishes nothing by itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from hub.catalog import offer_repository, repository
from hub.catalog.offer_models import OfferedList, OfferedPromotion
from hub.catalog.offer_rules import check_price_list
from hub.collections.models import StoreRow
from hub.collections.service import CollectionWriter
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from protocol.checkout.promotions import check_promotion
from protocol.codec.items import encode_item, item_key
from protocol.messages.collections import Item, PromotionItem

PRICES = "prices"
# A tablet that was cut off hands over what it sold under a promotion that has ended since.
SHOWN_AFTER_END = timedelta(days=31)

Offer = OfferedList | OfferedPromotion


class Offers:
    """The tenant's price lists and promotions."""

    def __init__(self, *, clock: Clock, writer: CollectionWriter) -> None:
        self._clock = clock
        self._writer = writer

    async def put_price_lists(self, session: TenantSession, lists: Sequence[OfferedList]) -> None:
        """Create or change lists; raises Malformed `malformed-price-list`."""
        for offered in lists:
            check_price_list(offered.price_list)
            await offer_repository.put_price_list(session, offered, at=self._clock.now())

    async def price_lists(self, session: TenantSession) -> list[OfferedList]:
        """All of them, those that are not used any more included."""
        return await offer_repository.price_lists(session)

    async def put_promotions(
        self, session: TenantSession, promotions: Sequence[OfferedPromotion]
    ) -> None:
        """Create or replace promotions; raises Malformed `malformed-promotion`."""
        for offered in promotions:
            check_promotion(offered.promotion)
        if promotions:
            await offer_repository.put_promotions(session, promotions, at=self._clock.now())

    async def promotions(self, session: TenantSession) -> list[OfferedPromotion]:
        """All of them, those that are over or not used any more included."""
        return await offer_repository.promotions(session)

    async def publish(
        self, session: TenantSession, store_ids: Sequence[UUID] | None = None
    ) -> None:
        """Publish what holds in these stores (None: all), and take back what does not any more.

        A change of a list's prices is the catalogue's to publish.
        """
        stores = await repository.stores(session, store_ids)
        ids = [store["store_id"] for store in stores]
        await self._writer.hold(session, ids, collection=PRICES)
        lists = await offer_repository.price_lists(session)
        promotions = await offer_repository.promotions(session)
        items: list[tuple[Offer, Item]] = [
            *((each, each.price_list) for each in lists),
            *((each, PromotionItem(promotion=each.promotion)) for each in promotions),
        ]
        rows: list[StoreRow] = []
        for store in stores:
            store_id: UUID = store["store_id"]
            held = [(self._holds(offer, store), item) for offer, item in items]
            gone = [item_key(item) for holds, item in held if not holds]
            rows += [
                StoreRow(store_id, item_key(item), encode_item(item))
                for holds, item in held
                if holds
            ]
            if gone:
                await self._writer.delete(session, store_id=store_id, collection=PRICES, keys=gone)
        await self._writer.put_all(session, rows, collection=PRICES)

    def _holds(self, offer: Offer, store: RowMapping) -> bool:
        today = self._clock.now().astimezone(ZoneInfo(store["timezone"])).date()
        if isinstance(offer, OfferedList):
            end = offer.price_list.valid_until
            return offer.active and (end is None or end >= today - SHOWN_AFTER_END)
        here = offer.holds_in(store["store_id"], currency=store["currency"])
        return here and offer.promotion.ends_on >= today - SHOWN_AFTER_END
