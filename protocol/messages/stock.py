"""Stock movements that are not tickets: signed deltas. A movement appends, on-hand derives."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

StockMovementKind = Literal[
    "adjustment", "waste", "goods_receipt", "count", "transfer_in", "transfer_out"
]


class StockLine(Struct, frozen=True, kw_only=True):
    """One product's change, in the product's unit; never zero."""

    line_no: int
    product_id: UUID
    quantity: Decimal
    unit: str


class StockMoved(Struct, frozen=True, kw_only=True):
    """Goods came, went or were found to differ."""

    kind: StockMovementKind
    reason: str
    lines: list[StockLine]
