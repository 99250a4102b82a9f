"""Price lists and promotions as the office keeps them."""

from dataclasses import dataclass
from uuid import UUID

from protocol.checkout.promotions import Promotion
from protocol.messages.collections import PriceList


@dataclass(frozen=True, kw_only=True)
class OfferedList:
    """A price list; one that is not `active` is taken from the shops, its prices with it."""

    price_list: PriceList
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class OfferedPromotion:
    """A promotion and where it holds; `store_ids` None: in every store of its currency."""

    promotion: Promotion
    store_ids: frozenset[UUID] | None = None
    active: bool = True

    def holds_in(self, store_id: UUID, *, currency: str) -> bool:
        """Whether the store is told of it."""
        here = self.store_ids is None or store_id in self.store_ids
        return self.active and here and self.promotion.currency == currency
