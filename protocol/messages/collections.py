"""Rows of the published collections, hub → shop. To the transport they are opaque bytes.

A key is `<kind>/<id>`; `decode_item` in the codec picks the struct by the key's kind.
"""

from datetime import date
from uuid import UUID

from msgspec import Struct

from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.prices import PricePoint
from protocol.checkout.promotions import Promotion
from protocol.checkout.tax import RatePoint, RegimePoint
from protocol.messages.invoice import Party

COLLECTIONS = ("settings", "staff", "catalogue", "prices")
MANAGERS_MAY = ("override_price", "discount")


class CatalogueItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """catalogue: product/<id>. `codes` holds barcodes and internal codes, the SKU not included."""

    product_id: UUID
    sku: str
    names: dict[str, str]
    unit: str
    codes: list[str] = []
    category: str | None = None
    active: bool = True


class PriceItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """prices: price/<product id>. The schedule rises in time: a shop holds a price before it
    counts. Other price lists' points follow the shop's own."""

    product_id: UUID
    currency: str
    tax_id: str
    schedule: list[PricePoint]


class TaxRate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """prices: tax/<id>. Prices and taxes share one collection, hence one version (DESIGN §2).

    `schedule`: the rates by day, those to come included; without one, `rate_ppm` since ever.
    """

    tax_id: str
    name: str
    rate_ppm: int
    exempt: bool = False
    schedule: list[RatePoint] = []


class PriceList(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """prices: pricelist/<id>. Prices for some customers, or for everybody, between two days.

    `customer_ids`: at most MOST_LIST_CUSTOMERS; the end is inclusive.
    """

    price_list_id: UUID
    name: str
    everybody: bool = False
    customer_ids: list[UUID] = []
    valid_from: date | None = None
    valid_until: date | None = None


class PromotionItem(Struct, frozen=True, kw_only=True):
    """prices: promotion/<id>."""

    promotion: Promotion


class StaffMember(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """staff: staff/<id>. `pin_hash` is an argon2id string made at the hub."""

    staff_id: UUID
    name: str
    roles: list[str]
    pin_hash: str
    active: bool = True


class StoreSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: store/<id>. `cashier_may`: what needs no manager, of MANAGERS_MAY."""

    store_id: UUID
    organization_id: UUID
    name: str
    currency: str
    timezone: str
    prices_include_tax: bool
    languages: list[str]
    cutoff_minute: int = 0
    allow_negative_stock: bool = True
    legal_entity_id: UUID | None = None
    cashier_may: tuple[str, ...] = MANAGERS_MAY


class RegisterSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: register/<id>. `pairing_token_hash` = sha256 hex of the token the office shows."""

    register_id: UUID
    name: str
    code: str
    pairing_token_hash: str
    active: bool = True


class LegalEntity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: entity/<id>. Whose shop it is; `party` is how it stands on paper."""

    legal_entity_id: UUID
    party: Party
    regimes: list[RegimePoint] = []


class CashStepPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From a day on cash is paid in multiples of this."""

    valid_from: date
    step_minor: int
    verify: bool = False


class CashTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """settings: cash/<currency>. How cash is paid; wins over what the program ships.

    `denominations_minor`: notes and coins, for floats, counts and change.
    """

    currency: str
    steps: list[CashStepPoint] = []
    denominations_minor: list[int] = []
    duty_tariffs: list[CashDutyTariff] = []


MOST_LIST_CUSTOMERS = 1_000

Item = (
    CatalogueItem
    | PriceItem
    | TaxRate
    | PriceList
    | PromotionItem
    | StaffMember
    | StoreSettings
    | RegisterSettings
    | LegalEntity
    | CashTerms
)

ITEM_TYPES: dict[str, type[Item]] = {
    "product": CatalogueItem,
    "price": PriceItem,
    "tax": TaxRate,
    "pricelist": PriceList,
    "promotion": PromotionItem,
    "staff": StaffMember,
    "store": StoreSettings,
    "register": RegisterSettings,
    "entity": LegalEntity,
    "cash": CashTerms,
}
