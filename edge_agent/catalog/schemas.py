"""Products over HTTP. Amounts are integer minor units of the currency, rates parts per million."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from edge_agent.catalog.models import Product, ProductPage, ProductProposal
from edge_agent.catalog.ports import TradingDay
from edge_agent.catalog.rules import display_name, shown_rate_ppm
from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.quantity import UNIT_SCALES

_Word = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL), VISIBLE]


def _require_unit(unit: str) -> str:
    """The unit, if a sale takes quantities in it; ValueError with those that it takes."""
    if unit not in UNIT_SCALES:
        raise ValueError(f"use one of the units {', '.join(UNIT_SCALES)}")
    return unit


_Unit = Annotated[
    str, AfterValidator(_require_unit), Field(json_schema_extra={"enum": [*UNIT_SCALES]})
]
_EXAMPLE_ID = "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a01"


class ProductState(BaseModel):
    """A product with the price and tax in force now; null where nobody has set them yet."""

    id: UUID
    sku: str
    codes: list[str] = Field(examples=[["6130000000015"]])
    name: str
    names: dict[str, str] = Field(examples=[{"fr": "Lait demi-écrémé", "ar": "حليب"}])
    unit: str
    category: str | None
    active: bool
    proposed: bool
    currency: str
    unit_price_minor: int | None
    tax_id: str | None
    tax_rate_ppm: int | None
    prices_include_tax: bool
    price_version: int

    @classmethod
    def of(cls, product: Product, day: TradingDay) -> Self:
        """The product as this store sells it on that day."""
        settings = day.settings
        return cls(
            id=product.product_id,
            sku=product.sku,
            codes=list(product.codes),
            name=display_name(product.names, settings.languages),
            names=dict(product.names),
            unit=product.unit,
            category=product.category,
            active=product.active,
            proposed=product.proposed,
            currency=product.currency or settings.currency,
            unit_price_minor=product.unit_price_minor,
            tax_id=product.tax_id,
            tax_rate_ppm=shown_rate_ppm(product.tax, on=day.on, regime=day.regime),
            prices_include_tax=settings.prices_include_tax,
            price_version=product.price_version,
        )


class ProductList(BaseModel):
    """`next`: pass it as `after` to go on; null at the end and for look-ups."""

    items: list[ProductState]
    next: str | None = None

    @classmethod
    def of(cls, products: Sequence[Product], day: TradingDay) -> Self:
        """A whole answer."""
        return cls(items=[ProductState.of(product, day) for product in products])

    @classmethod
    def of_page(cls, page: ProductPage, day: TradingDay) -> Self:
        """A part of the listing."""
        whole = cls.of(page.items, day)
        return whole.model_copy(update={"next": None if page.next is None else str(page.next)})


class ProposalRequest(BaseModel):
    """A product that the shop could not find; sellable at once under this id."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"id": _EXAMPLE_ID, "name": "Kesra", "unit": "piece", "unit_price_minor": 4000}
            ]
        },
    )

    id: ClientId
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]
    unit: _Unit
    code: _Word | None = None
    unit_price_minor: Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT_MINOR)] | None = None
    tax_id: _Word | None = None

    def to_proposal(self) -> ProductProposal:
        """The same for the catalogue."""
        return ProductProposal(
            product_id=self.id,
            name=self.name,
            unit=self.unit,
            code=self.code,
            unit_price_minor=self.unit_price_minor,
            tax_id=self.tax_id,
        )
