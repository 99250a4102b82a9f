"""Exact sums of quantities, and which way a ticket moves the goods.

Law: a quantity is stored as an integer number of millionths of its unit; nothing is ever rounded.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.errors import Malformed
from protocol.messages.stock import StockLine, StockMovementKind
from protocol.messages.ticket import TicketLine
from protocol.vocabulary.quantity import parse_quantity

MICRO = 1_000_000


class MovementLine(Struct, frozen=True, kw_only=True):
    """One product's signed change, in its unit."""

    product_id: UUID
    quantity: Decimal


class Movement(Struct, frozen=True, kw_only=True):
    """Goods came, went or were found to differ."""

    id: UUID
    kind: StockMovementKind
    reason: str
    lines: list[MovementLine]


def stock_lines(movement: Movement, units: Mapping[UUID, str]) -> list[StockLine]:
    """The lines in their products' units.

    Raises Malformed `unknown-product`; `wrong-quantity` where one is zero or too fine.
    """
    unknown = {
        f"lines.{index}.product_id": "is not known here"
        for index, line in enumerate(movement.lines)
        if line.product_id not in units
    }
    if unknown:
        raise Malformed("unknown-product", "Propose the product first.", fields=unknown)
    lines = []
    faults = {}
    for number, line in enumerate(movement.lines, start=1):
        unit = units[line.product_id]
        try:
            quantity = parse_quantity(line.quantity, unit)
        except Malformed as error:
            faults[f"lines.{number - 1}.quantity"] = error.message
            continue
        if not quantity:
            faults[f"lines.{number - 1}.quantity"] = "is zero"
        lines.append(
            StockLine(line_no=number, product_id=line.product_id, quantity=quantity, unit=unit)
        )
    if faults:
        raise Malformed("wrong-quantity", "Correct the named quantities.", fields=faults)
    return lines


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
