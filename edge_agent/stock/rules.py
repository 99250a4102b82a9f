"""Exact sums of quantities, and which way a ticket moves the goods.

Law: a quantity is stored as an integer number of millionths of its unit; nothing is ever rounded.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal
from uuid import UUID

from protocol.messages.ticket import TicketLine

MICRO = 1_000_000
# 63 bits hold 9.2 × 10¹² units: far above what a line may carry.
MAX_QUANTITY = Decimal(10**12)


def to_micro(quantity: Decimal) -> int:
    """Millionths of the unit. The caller has checked that there are at most six decimals."""
    micro = quantity * MICRO
    exact = int(micro)
    assert exact == micro, quantity
    return exact


def from_micro(quantity_micro: int) -> Decimal:
    """The quantity, without trailing zeros and never in exponent notation."""
    whole, rest = divmod(abs(quantity_micro), MICRO)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if quantity_micro < 0 else text)


def ticket_deltas(
    lines: Iterable[TicketLine], *, kind: Literal["sale", "return"]
) -> dict[UUID, int]:
    """Millionths per product: a sale takes goods out, a return brings them back."""
    sign = -1 if kind == "sale" else 1
    return sum_deltas((line.product_id, sign * line.quantity) for line in lines)


def sum_deltas(moves: Iterable[tuple[UUID, Decimal]]) -> dict[UUID, int]:
    """Millionths per product; products whose moves cancel out stay, with zero."""
    deltas: dict[UUID, int] = {}
    for product_id, quantity in moves:
        deltas[product_id] = deltas.get(product_id, 0) + to_micro(quantity)
    return deltas
