"""On-hand as the API shows it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, ListAnswer, ListParameters, example

_ON_HAND = {
    "store_id": "0197a1b2-0000-7000-8000-000000000010",
    "product_id": "0197a1b2-0000-7000-8000-000000000020",
    "quantity": "34",
    "unit": "piece",
    "moved_at": "2026-11-23T09:58:01Z",
}


class OnHand(Answer, json_schema_extra=example(_ON_HAND)):
    """The sum of all movements of a product in a store; negative means sold before received."""

    store_id: UUID
    product_id: UUID
    quantity: Annotated[Decimal, Field(description="Exact decimal in the product's unit.")]
    unit: str
    moved_at: Annotated[datetime, Field(description="The latest movement.")]


class OnHandList(ListAnswer[OnHand]):
    """A page of on-hand quantities."""


class OnHandParameters(ListParameters):
    """Whose on-hand to list."""

    store_id: UUID | None = None
    product_id: UUID | None = None
