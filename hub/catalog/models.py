"""What the catalogue is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from hub.catalog.rules import SINCE_EVER


@dataclass(frozen=True, kw_only=True)
class TaxRate:
    """A tax from a date on. `rate_ppm`: parts per million, 19 % = 190_000."""

    tax_id: str
    name: str
    rate_ppm: int
    exempt: bool = False
    valid_from: date = SINCE_EVER


@dataclass(frozen=True, kw_only=True)
class Category:
    """`code` is the tenant's own word for it; `names`: language → name."""

    category_id: UUID
    code: str
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Product:
    """`codes` are barcodes and internal codes, the SKU not among them; `names`: language → name."""

    product_id: UUID
    sku: str
    names: Mapping[str, str]
    unit: str
    tax_id: str
    codes: tuple[str, ...] = ()
    category_code: str | None = None
    active: bool = True
    proposed_by_device_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Price:
    """`store_id` None: every store of the currency. `effective_at` None: since ever.

    `price_list_id` None: the shop's own prices. `min_quantity` None: any quantity.
    """

    price_id: UUID
    product_id: UUID
    currency: str
    unit_price_minor: int
    store_id: UUID | None = None
    effective_at: datetime | None = None
    price_list_id: UUID | None = None
    min_quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ProductChanges:
    """What to change of a product; None leaves it as it is."""

    names: Mapping[str, str] | None = None
    unit: str | None = None
    tax_id: str | None = None
    codes: tuple[str, ...] | None = None
    category_code: str | None = None
    active: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NewPrice:
    """A price that a user sets; `effective_at` None: from now on."""

    product_id: UUID
    currency: str
    unit_price_minor: int
    store_id: UUID | None = None
    effective_at: datetime | None = None
