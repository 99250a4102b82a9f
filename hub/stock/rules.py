"""Which movements a fact makes. A sale takes goods out, a return brings them back."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from protocol.messages.stock import StockMoved
from protocol.messages.ticket import ReturnFinalised, SaleFinalised


class Movement(Struct, frozen=True):
    """One product's signed change in the product's unit."""

    line_no: int
    product_id: UUID
    kind: str
    quantity: Decimal
    unit: str
    reason: str | None


def movements(body: SaleFinalised | ReturnFinalised | StockMoved) -> Iterator[Movement]:
    """The fact's movements, one per line."""
    if isinstance(body, StockMoved):
        for moved in body.lines:
            yield Movement(
                moved.line_no, moved.product_id, body.kind, moved.quantity, moved.unit, body.reason
            )
        return
    back = isinstance(body, ReturnFinalised)
    kind, reason = ("return", body.reason) if isinstance(body, ReturnFinalised) else ("sale", None)
    for line in body.lines:
        quantity = line.quantity if back else -line.quantity
        yield Movement(line.line_no, line.product_id, kind, quantity, line.unit, reason)
