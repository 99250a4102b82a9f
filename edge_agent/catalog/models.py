"""A product as a cashier needs it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from edge_agent.catalog.rules import price_at
from protocol.messages.collections import CatalogueItem, PriceItem, TaxRate


class Product(Struct, frozen=True, kw_only=True):
    """Price and tax are those in force now; None where nobody has set them yet.

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
    tax_rate_ppm: int | None
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

    def at(self, now: datetime) -> Product:
        """With the price in force at that time."""
        item, price, tax = self.item, self.price, self.tax
        return Product(
            product_id=item.product_id,
            sku=item.sku,
            codes=item.codes,
            names=item.names,
            unit=item.unit,
            category=item.category,
            active=item.active,
            currency=price.currency if price else None,
            unit_price_minor=price_at(price.schedule, now) if price else None,
            tax_id=price.tax_id or None if price else None,
            tax_rate_ppm=tax.rate_ppm if tax else None,
            price_version=self.price_version,
            proposed=self.proposed,
        )


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
