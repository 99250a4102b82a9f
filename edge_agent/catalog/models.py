"""A product as a cashier needs it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.prices import price_in_force
from protocol.checkout.promotions import Promotion
from protocol.messages.collections import CatalogueItem, PriceItem, PriceList, TaxRate

_ONE = Decimal(1)


class Moment(Struct, frozen=True, kw_only=True):
    """When a price is asked for: the instant, and the shop's business date then."""

    at: datetime
    on: date


class Product(Struct, frozen=True, kw_only=True):
    """Price and tax are those in force now, for everybody and for one piece; None where nobody has
    set them yet. Which rate the tax has, the day and the shop's regime tell.

    `price_version`: the hub's version of prices and taxes. `proposed`: born in this shop, not
    adopted by the hub yet. `codes` do not hold the SKU.
    """

    product_id: UUID
    sku: str
    codes: Sequence[str]
    names: Mapping[str, str]
    unit: str
    category: str | None
    active: bool
    currency: str | None
    unit_price_minor: int | None
    tax_id: str | None
    tax: TaxRate | None
    price_version: int
    proposed: bool


class PricedItem(Struct, frozen=True, kw_only=True):
    """A product's rows as published, or as the shop proposed it; None where nobody has set a price
    or its tax."""

    item: CatalogueItem
    price: PriceItem | None
    tax: TaxRate | None
    price_version: int
    proposed: bool

    def at(self, now: datetime, *, price_lists: Collection[UUID] = ()) -> Product:
        """With the price in force at that time, by these lists beside the shop's own."""
        item, price = self.item, self.price
        choice = None
        if price is not None:
            choice = price_in_force(price.schedule, at=now, quantity=_ONE, price_lists=price_lists)
        return Product(
            product_id=item.product_id,
            sku=item.sku,
            codes=item.codes,
            names=item.names,
            unit=item.unit,
            category=item.category,
            active=item.active,
            currency=price.currency if price else None,
            unit_price_minor=choice.unit_price_minor if choice else None,
            tax_id=price.tax_id or None if price else None,
            tax=self.tax,
            price_version=self.price_version,
            proposed=self.proposed,
        )


class PriceBook(Struct, frozen=True, kw_only=True):
    """What the office has decided on beside prices; whether it makes sense, checkout asks."""

    price_lists: Sequence[PriceList]
    promotions: Sequence[Promotion]
    tax_names: Mapping[str, str] = {}


class ProductPage(Struct, frozen=True, kw_only=True):
    """A part of the list; `next` is what to pass as `after`, None at the end."""

    items: Sequence[Product]
    next: UUID | None


class ProductProposal(Struct, frozen=True, kw_only=True):
    """A product that the shop could not find, under its client-made id; the store says the
    currency."""

    product_id: UUID
    name: str
    unit: str
    code: str | None = None
    unit_price_minor: int | None = None
    tax_id: str | None = None
