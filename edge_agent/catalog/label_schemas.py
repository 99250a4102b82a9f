"""Shelf labels over HTTP. Amounts are integer minor units of the store's currency."""

from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.catalog.labels import ChangePage, LabelChange
from edge_agent.catalog.rules import display_name
from protocol.documents.labels import ShelfPrice
from protocol.messages.collections import StoreSettings
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.quantity import format_quantity

_Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT_MINOR)]
_PRODUCT = "019a7c10-0000-7000-8000-000000000001"
_LABEL: dict[str, Any] = {"product_id": _PRODUCT, "price": {"unit_price_minor": 12000}}


class PriceBreak(BaseModel):
    """A lower price from a quantity on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quantity: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$", examples=["6"])]
    unit_price_minor: _Amount


class LabelPrice(BaseModel):
    """What a label says of the price."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit_price_minor: _Amount
    breaks: list[PriceBreak] = Field(default=[], max_length=20)

    @classmethod
    def of(cls, price: ShelfPrice) -> Self:
        """The same for HTTP."""
        return cls(
            unit_price_minor=price.unit_price_minor,
            breaks=[
                PriceBreak(quantity=format_quantity(quantity), unit_price_minor=minor)
                for quantity, minor in price.breaks
            ],
        )

    def to_price(self) -> ShelfPrice:
        """The same in the slice's words."""
        return ShelfPrice(
            unit_price_minor=self.unit_price_minor,
            breaks=tuple((Decimal(one.quantity), one.unit_price_minor) for one in self.breaks),
        )


class LabelChangeState(BaseModel):
    """A label that is false. `old` null: none hangs yet; `new` null: take it off."""

    product_id: UUID
    name: str
    sku: str
    currency: str
    old: LabelPrice | None
    new: LabelPrice | None

    @classmethod
    def of(cls, change: LabelChange, settings: StoreSettings) -> Self:
        """The same for HTTP."""
        item = None if change.item is None else change.item.item
        return cls(
            product_id=change.product_id,
            name="" if item is None else display_name(item.names, settings.languages),
            sku="" if item is None else item.sku,
            currency=settings.currency,
            old=None if change.old is None else LabelPrice.of(change.old),
            new=None if change.new is None else LabelPrice.of(change.new),
        )


class LabelChangeList(BaseModel):
    """`next`: pass it as `after` to go on; null at the end. A page may be empty before the end."""

    items: list[LabelChangeState]
    next: UUID | None = None

    @classmethod
    def of(cls, page: ChangePage, settings: StoreSettings) -> Self:
        """The same for HTTP."""
        items = [LabelChangeState.of(change, settings) for change in page.items]
        return cls(items=items, next=page.next)


class LabelsRequest(BaseModel):
    """Whose labels to print, one after the other."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"product_ids": [_PRODUCT]}]}
    )

    product_ids: list[UUID] = Field(min_length=1, max_length=50)


class HangingLabel(BaseModel):
    """A label as it hangs; `price` null: it was taken off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product_id: UUID
    price: LabelPrice | None


class LabelConfirmation(BaseModel):
    """What hangs now, as the queue said it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"items": [_LABEL]}]}
    )

    items: list[HangingLabel] = Field(min_length=1, max_length=200)

    def to_hanging(self) -> dict[UUID, ShelfPrice | None]:
        """The same in the slice's words."""
        return {
            one.product_id: None if one.price is None else one.price.to_price()
            for one in self.items
        }
