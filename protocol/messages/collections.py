"""Rows of the published collections, hub → shop. To the transport they are opaque bytes.

A key is `<kind>/<id>`; `decode_item` in the codec picks the struct by the key's kind.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

COLLECTIONS = ("settings", "staff", "catalogue", "prices")


class CatalogueItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """catalogue: product/<id>. `codes` holds barcodes and internal codes, the SKU not included."""

    product_id: UUID
    sku: str
    names: dict[str, str]
    unit: str
    codes: list[str] = []
    category: str | None = None
    active: bool = True


class PricePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One price from an instant on; without one it holds since ever."""

    unit_price_minor: int
    effective_at: datetime | None = None


class PriceItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """prices: price/<product id>. The schedule rises in time: a shop holds a price before it
    counts."""

    product_id: UUID
    currency: str
    tax_id: str
    schedule: list[PricePoint]


class TaxRate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """prices: tax/<id>. Prices and taxes share one collection, hence one version (DESIGN §2)."""

    tax_id: str
    name: str
    rate_ppm: int
    exempt: bool = False


class StaffMember(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """staff: staff/<id>. `pin_hash` is an argon2id string made at the hub."""

    staff_id: UUID
    name: str
    roles: list[str]
    pin_hash: str
    active: bool = True


class StoreSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: store/<id>."""

    store_id: UUID
    organization_id: UUID
    name: str
    currency: str
    timezone: str
    prices_include_tax: bool
    languages: list[str]
    cutoff_minute: int = 0
    allow_negative_stock: bool = True


class RegisterSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: register/<id>. `pairing_token_hash` = sha256 hex of the token the office shows."""

    register_id: UUID
    name: str
    code: str
    pairing_token_hash: str
    active: bool = True


Item = CatalogueItem | PriceItem | TaxRate | StaffMember | StoreSettings | RegisterSettings

ITEM_TYPES: dict[str, type[Item]] = {
    "product": CatalogueItem,
    "price": PriceItem,
    "tax": TaxRate,
    "staff": StaffMember,
    "store": StoreSettings,
    "register": RegisterSettings,
}
