"""A product as a cashier needs it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct


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
