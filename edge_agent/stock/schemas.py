"""Stock over HTTP, and how a quantity is written there: a decimal string, or an integral number."""

import re
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from edge_agent.stock.rules import Movement, MovementLine

_QUANTITY = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def read_quantity(value: object) -> Decimal:
    """Exact and canonical, so that "1", "1.0" and 1 are one quantity. Raises ValueError."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None:
        raise ValueError('write the quantity as a string like "3" or "0.250"')
    whole, _, fraction = value.partition(".")
    fraction = fraction.rstrip("0")
    quantity = Decimal(f"{whole}.{fraction}" if fraction else whole)
    return quantity or Decimal(0)


Quantity = Annotated[
    Decimal,
    BeforeValidator(read_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"},
                {"type": "integer"},
            ],
            "description": "An exact decimal in the product's unit.",
            "examples": ["1", "0.250"],
        }
    ),
]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]


class StockMovementLine(BaseModel):
    """One product's change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product_id: UUID
    quantity: Quantity = Field(description="Signed and never zero: what came in, less what went.")


class StockMovementRequest(BaseModel):
    """Goods came, went or were found to differ. A `count` says the difference that was found."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a01",
                    "kind": "waste",
                    "reason": "broken in the store room",
                    "lines": [
                        {"product_id": "019a7c10-0000-7000-8000-000000000001", "quantity": "-2"}
                    ],
                }
            ]
        },
    )

    id: ClientId
    kind: Literal["adjustment", "waste", "goods_receipt", "count", "transfer_in", "transfer_out"]
    reason: Line
    lines: list[StockMovementLine] = Field(min_length=1, max_length=2000)

    def to_movement(self) -> Movement:
        """The same in the slice's words."""
        return Movement(
            id=self.id,
            kind=self.kind,
            reason=self.reason,
            lines=[
                MovementLine(product_id=line.product_id, quantity=line.quantity)
                for line in self.lines
            ],
        )


class OnHand(BaseModel):
    """What this shop should have of a product, by what moved here."""

    product_id: UUID
    quantity: str = Field(examples=["41", "0.250"])
