"""Products and prices as the API shows and takes them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import UUID7, AwareDatetime, Field, model_validator

from hub.kit.http import (
    FROM_JSON,
    Answer,
    CurrencyCode,
    ListAnswer,
    ListParameters,
    Minor,
    Strict,
    Text,
    example,
)

NameLanguage = Literal["fr", "ar", "en"]
Names = Annotated[
    dict[NameLanguage, Text],
    Field(
        min_length=1, description="Language → name.", examples=[{"fr": "Lait 1 L", "ar": "حليب"}]
    ),
]
Code = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[!-~]+( [!-~]+)*$",
        description="A barcode or an internal code. GTINs of 8, 12, 13 and 14 digits that differ"
        " by leading zeros alone are one code, of one product. A number with a wrong check digit is"
        " no GTIN but the shop's own code: it is taken, and compared as it is written.",
        examples=["6130433000013"],
    ),
]
Unit = Literal["piece", "kg", "g", "l", "cl", "ml", "m", "cm", "m2", "hour"]
# The years that there are months for (DESIGN §4).
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]
Codes = Annotated[list[Code], Field(max_length=50)]

_PRODUCT = "0197a1b2-0000-7000-8000-000000000020"
_MADE = {
    "product_id": _PRODUCT,
    "sku": "LAIT-1L",
    "names": {"fr": "Lait UHT 1 L", "ar": "حليب معقم 1 ل"},
    "unit": "piece",
    "tax_id": "TVA9",
    "codes": ["6130433000013"],
    "category_code": "dairy",
    "active": True,
}
_PRICED = {
    "currency": "DZD",
    "unit_price_minor": 13_500,
    "store_id": None,
    "effective_at": "2026-12-01T06:00:00Z",
}


class Product(
    Answer,
    json_schema_extra=example(
        {
            **_MADE,
            "revision": 3,
            "created_at": "2026-11-01T08:00:00Z",
            "updated_at": "2026-11-20T14:30:00Z",
        }
    ),
):
    """What is sold. `revision` counts its changes and is its ETag."""

    product_id: UUID
    sku: str
    names: Annotated[dict[str, str], FROM_JSON, Field(description="Language → name.")]
    unit: str
    tax_id: str
    category_code: str | None
    codes: list[str]
    active: bool
    revision: int
    created_at: datetime
    updated_at: datetime


class ProductList(ListAnswer[Product]):
    """A page of products."""


class ProductParameters(ListParameters):
    """Which products to list."""

    q: Annotated[
        Text | None,
        Field(
            description="Beginnings of words of a name in any language, of a SKU or a code, as in "
            "a shop: accents and elided articles do not count."
        ),
    ] = None
    code: Annotated[
        Text | None,
        Field(
            description="Exactly this barcode (a GTIN with or without leading zeros), internal "
            "code or SKU."
        ),
    ] = None
    active: bool | None = None


class NewProduct(Strict, json_schema_extra=example(_MADE)):
    """A product to add, under an id that the caller makes (UUIDv7)."""

    product_id: UUID7
    sku: Code
    names: Names
    unit: Unit = "piece"
    tax_id: Text
    codes: Codes = Field(default_factory=list)
    category_code: Text | None = None
    active: bool = True


class ProductPatch(
    Strict, json_schema_extra=example({"names": {"fr": "Lait UHT demi-écrémé 1 L"}})
):
    """What to change; a field left out stays as it is."""

    names: Names | None = None
    unit: Unit | None = None
    tax_id: Text | None = None
    codes: Codes | None = None
    category_code: Text | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self


class Price(
    Answer,
    json_schema_extra=example(
        {
            **_PRICED,
            "price_id": "0197a1b2-0000-7000-8000-000000000021",
            "product_id": _PRODUCT,
            "price_list_id": None,
            "min_quantity": None,
            "created_at": "2026-11-20T14:30:00Z",
        }
    ),
):
    """A price from `effective_at` on (null: since ever), in one store or (null) in all.

    `price_list_id`: for that list's customers (null: everybody); `min_quantity`: from so many on.
    """

    price_id: UUID
    product_id: UUID
    store_id: UUID | None
    currency: CurrencyCode
    unit_price_minor: int
    effective_at: datetime | None
    price_list_id: UUID | None
    min_quantity: Decimal | None
    created_at: datetime


class PriceList(ListAnswer[Price]):
    """A page of prices."""


class PriceParameters(ListParameters):
    """Which prices to list."""

    product_id: UUID | None = None
    store_id: UUID | None = None
    currency: CurrencyCode | None = None


class NewPrice(Strict, json_schema_extra=example(_PRICED)):
    """A price to set. Without a store it counts in all stores of the currency; without an instant
    it counts from now on."""

    currency: CurrencyCode
    unit_price_minor: Minor
    store_id: UUID | None = None
    effective_at: Instant | None = None
