"""On-hand as the API shows it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, ListAnswer, ListParameters


class OnHand(Answer):
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
