"""The file that `hanout-hub seed` reads: tenants with everything a shop needs to open.

    {"tenants": [{
      "id": "…uuid…", "name": "Superette El Baraka", "currency": "DZD",
      "owner": {"email": "owner@baraka.example", "password": "…", "name": "Amina"},
      "tax_rates": [{"id": "tva-19", "name": "TVA 19 %", "rate_ppm": 190000}],
      "categories": [{"code": "drinks", "names": {"fr": "Boissons", "ar": "مشروبات"}}],
      "legal_entities": [{"code": "EURL", "entity": {
        "legal_entity_id": "…", "party": {"name": "EURL El Baraka", "ids": {"nif": "…"}},
        "regimes": [{"valid_from": "2020-01-01", "kind": "reel", "verify": true}]
      }}],
      "stores": [{
        "id": "…", "code": "ALG1", "name": "Alger centre", "timezone": "Africa/Algiers",
        "legal_entity": "EURL",
        "registers": [{"id": "…", "name": "Caisse 1", "code": "A1", "pairing_token": "…"}],
        "devices": [{"id": "…", "name": "Agent", "certificate_fingerprint": "…sha256 hex…"}]
      }],
      "staff": [{"id": "…", "name": "Karim", "roles": ["cashier"], "pin": "1234"}],
      "products": [{
        "id": "…", "sku": "6130…", "names": {"fr": "Eau 1,5 L", "ar": "ماء"}, "unit": "piece",
        "tax_id": "tva-19", "codes": ["6130…"], "category": "drinks", "price_minor": 4000,
        "store_prices": {"…store uuid…": 4500},
        "list_prices": [{"price_list_id": "…", "price_minor": 3800, "min_quantity": "6"}]
      }]
    }]}

`legal_entities`, `cash_terms`, `price_lists` and `promotions` (`{"promotion": …, "stores": …}`) are
optional and written as shops pull them. Without `cash_terms` no stamp duty is in force, and cash
steps are those that the program ships.

Ids are the file's, so that seeding again changes only what the file changed. Amounts are minor
units of the tenant's currency, rates parts per million.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Struct
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    field_validator,
    model_validator,
)

from hub.staff.models import StaffRole
from protocol.checkout.promotions import Promotion
from protocol.messages.collections import CashTerms, LegalEntity, PriceList
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.quantity import unit_scale

AmountMinor = Annotated[int, Field(ge=0, le=10**12)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[dict[str, Word], Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as(message: type[Struct]) -> PlainValidator:
    """Read what stands there as a message of the protocol; unknown fields are refused."""

    def read(value: object) -> Struct:
        if isinstance(value, dict) and (odd := value.keys() - set(message.__struct_fields__)):
            raise ValueError(f"there is no {', '.join(sorted(odd))} in {message.__name__}")
        return msgspec.convert(value, message)

    return PlainValidator(read)


class SeedLegalEntity(_Model):
    """Who is liable, and the word by which stores name it."""

    code: Word
    entity: Annotated[LegalEntity, _as(LegalEntity)]


class SeedPromotion(_Model):
    """A promotion; without stores it holds in all of its currency."""

    promotion: Annotated[Promotion, _as(Promotion)]
    stores: list[UUID] | None = None


class SeedOwner(_Model):
    """The person who signs in at the dashboard."""

    email: Word
    password: SecretStr
    name: Word = "Owner"
    language: str = "fr"


class SeedTaxRate(_Model):
    """A tax, from a date on."""

    id: Word
    name: Word
    rate_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    exempt: bool = False
    valid_from: date = date(2000, 1, 1)


class SeedCategory(_Model):
    """A group of products."""

    code: Word
    names: Names


class SeedRegister(_Model):
    """A station, and the token with which tablets pair to it."""

    id: UUID
    name: Word
    code: Word
    pairing_token: Annotated[str, Field(min_length=8, max_length=200)]


class SeedDevice(_Model):
    """The shop's agent."""

    id: UUID
    name: Word = "Agent"
    certificate_fingerprint: str = ""


class SeedStore(_Model):
    """A shop with its settings; without a currency, the tenant's."""

    id: UUID
    code: Word
    name: Word
    timezone: Word
    currency: str | None = None
    legal_entity: str | None = None
    prices_include_tax: bool = True
    languages: Annotated[list[str], Field(min_length=1)] = ["fr", "ar"]
    cutoff_minute: Annotated[int, Field(ge=0, le=1439)] = 0
    allow_negative_stock: bool = True
    cashier_may: list[Literal["override_price", "discount"]] = ["override_price", "discount"]
    registers: list[SeedRegister] = []
    devices: list[SeedDevice] = []


class SeedStaff(_Model):
    """A person with a PIN; no stores means all."""

    id: UUID
    name: Word
    roles: Annotated[list[StaffRole], Field(min_length=1)]
    pin: Annotated[SecretStr, Field(min_length=4)]
    stores: list[UUID] = []


class SeedListPrice(_Model):
    """What it costs on a price list, or (without one) from a quantity on."""

    price_minor: AmountMinor
    price_list_id: UUID | None = None
    min_quantity: Annotated[Decimal, Field(gt=0)] | None = None
    effective_at: datetime | None = None


class SeedProduct(_Model):
    """A product with its price everywhere, and its other price in some stores."""

    id: UUID
    sku: Word
    names: Names
    unit: str = "piece"
    tax_id: Word
    codes: list[Word] = []
    category: str | None = None
    active: bool = True
    price_minor: AmountMinor | None = None
    store_prices: dict[UUID, AmountMinor] = {}
    list_prices: list[SeedListPrice] = []

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        unit_scale(unit)
        return unit


class SeedTenant(_Model):
    """One tenant."""

    id: UUID
    name: Word
    currency: str
    owner: SeedOwner
    tax_rates: list[SeedTaxRate]
    stores: Annotated[list[SeedStore], Field(min_length=1)]
    legal_entities: list[SeedLegalEntity] = []
    cash_terms: list[Annotated[CashTerms, _as(CashTerms)]] = []
    price_lists: list[Annotated[PriceList, _as(PriceList)]] = []
    promotions: list[SeedPromotion] = []
    categories: list[SeedCategory] = []
    staff: list[SeedStaff] = []
    products: list[SeedProduct] = []

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        return currency(code).code

    @model_validator(mode="after")
    def _stores_are_somebodys(self) -> Self:
        known = {named.code for named in self.legal_entities}
        if odd := {store.legal_entity for store in self.stores} - known - {None}:
            raise ValueError(f"there is no legal entity {', '.join(sorted(map(str, odd)))}")
        return self


class SeedFile(_Model):
    """The whole file."""

    tenants: Annotated[list[SeedTenant], Field(min_length=1)]
