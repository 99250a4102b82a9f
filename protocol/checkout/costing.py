"""What goods cost: the moving weighted average of one product in one store (DESIGN §4).

What comes in at a cost changes the average; what goes out leaves at it. Where more goes out than
there is, the rest leaves at the last cost known and is marked; when goods come in afterwards, what
the shortage really cost beyond that is a correction, so that nothing is lost:

    cost of all that came in = cost of all that went out + corrections + value on hand

The file's law: all movements are known and reckoned in the order in which they happened; a late
one is put in its place and everything after it is reckoned again. Amounts are rounded once each.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import PPM
from protocol.errors import Malformed
from protocol.vocabulary.money import MAX_AMOUNT_MINOR, checked, round_half_away

# "last": short of stock, at the last cost known. "unknown": no cost was ever known.
CostBasis = Literal["given", "average", "last", "unknown"]


class CostMovement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much came in (above zero) or went out (below zero), in the product's unit.

    `cost_minor`: of the whole of what came in, tax that is got back not included; without one it
    comes in at the average (a return, a count, an adjustment).
    """

    movement_id: UUID
    occurred_at: datetime
    quantity: Decimal
    cost_minor: int | None = None


class MovementCost(Struct, frozen=True, kw_only=True):
    """What one movement cost, whichever way it went; `correction_minor` may be below zero."""

    movement_id: UUID
    cost_minor: int
    basis: CostBasis
    correction_minor: int


class Costing(Struct, frozen=True, kw_only=True):
    """All movements in order, and what is on hand: below zero where it is short."""

    movements: tuple[MovementCost, ...]
    quantity: Decimal
    value_minor: int
    unit_cost_minor: int | None


class Margin(Struct, frozen=True, kw_only=True):
    """Of a line or of many: `margin_ppm` is of the revenue, None without any."""

    revenue_minor: int
    cost_minor: int
    margin_minor: int
    margin_ppm: int | None


def cost_movements(movements: Sequence[CostMovement]) -> Costing:
    """The cost of each movement, in order of time, then of id.

    Malformed: `malformed-movement` (nothing moved, a cost below zero or of what went out),
    `amount-too-large`.
    """
    stock = _Stock()
    costs = []
    for movement in sorted(movements, key=lambda each: (each.occurred_at, str(each.movement_id))):
        _check(movement)
        costs.append(stock.receive(movement) if movement.quantity > 0 else stock.issue(movement))
    return Costing(
        movements=tuple(costs),
        quantity=stock.quantity,
        value_minor=stock.value_minor,
        unit_cost_minor=stock.unit_cost_minor(),
    )


def margin(revenue_minor: int, cost_minor: int) -> Margin:
    """What is earned on goods sold for `revenue_minor` without tax."""
    earned_minor = revenue_minor - cost_minor
    has_rate = revenue_minor > 0
    return Margin(
        revenue_minor=revenue_minor,
        cost_minor=cost_minor,
        margin_minor=earned_minor,
        margin_ppm=round_half_away(earned_minor * PPM, revenue_minor) if has_rate else None,
    )


class _Stock:
    """What is on hand. `_last`: what so much cost, when a cost was last known."""

    def __init__(self) -> None:
        self.quantity = Decimal(0)
        self.value_minor = 0
        self._last: tuple[int, Decimal] | None = None

    def unit_cost_minor(self) -> int | None:
        """Of one unit: the average, or the last cost known where nothing is on hand."""
        if self.quantity > 0:
            return _part(self.value_minor, Decimal(1), self.quantity)
        return _part(self._last[0], Decimal(1), self._last[1]) if self._last else None

    def receive(self, movement: CostMovement) -> MovementCost:
        """Goods come in; what was short is settled first."""
        coming, cost_minor = movement.quantity, movement.cost_minor
        basis: CostBasis = "given"
        if cost_minor is None:
            cost_minor, basis = self._worth_coming(coming)
        correction_minor = 0
        if self.quantity < 0:
            covered = min(coming, -self.quantity)
            booked_minor = _part(-self.value_minor, covered, -self.quantity)
            correction_minor = _part(cost_minor, covered, coming) - booked_minor
        self.quantity += coming
        self.value_minor += cost_minor - correction_minor
        if self.quantity > 0 and basis != "unknown":
            self._last = (self.value_minor, self.quantity)
        elif basis == "given":
            self._last = (cost_minor, coming)
        return _cost_of(movement, cost_minor, basis, correction_minor=correction_minor)

    def issue(self, movement: CostMovement) -> MovementCost:
        """Goods go out, be they there or not."""
        going = -movement.quantity
        cost_minor, basis = self._worth_going(going)
        self.quantity -= going
        self.value_minor -= cost_minor
        return _cost_of(movement, cost_minor, basis)

    def _worth_coming(self, quantity: Decimal) -> tuple[int, CostBasis]:
        if self._last is None:
            return 0, "unknown"
        if self.quantity > 0:
            return _part(self.value_minor, quantity, self.quantity), "average"
        return _part(self._last[0], quantity, self._last[1]), "last"

    def _worth_going(self, quantity: Decimal) -> tuple[int, CostBasis]:
        """At the average as far as it is there, the rest at the last cost."""
        there = max(Decimal(0), min(quantity, self.quantity))
        there_minor = _part(self.value_minor, there, self.quantity) if there else 0
        if self._last is None:
            return there_minor, "unknown"
        if there == quantity:
            return there_minor, "average"
        return there_minor + _part(self._last[0], quantity - there, self._last[1]), "last"


def _cost_of(
    movement: CostMovement, cost_minor: int, basis: CostBasis, *, correction_minor: int = 0
) -> MovementCost:
    return MovementCost(
        movement_id=movement.movement_id,
        cost_minor=checked(cost_minor),
        basis=basis,
        correction_minor=correction_minor,
    )


def _part(whole_minor: int, quantity: Decimal, of: Decimal) -> int:
    """whole × quantity ÷ of, rounded once."""
    numerator, denominator = quantity.as_integer_ratio()
    of_numerator, of_denominator = of.as_integer_ratio()
    return round_half_away(whole_minor * numerator * of_denominator, denominator * of_numerator)


def _check(movement: CostMovement) -> None:
    faults: dict[str, str] = {}
    if not movement.quantity.is_finite() or not movement.quantity:
        faults["quantity"] = "is nothing that can move"
    cost_minor = movement.cost_minor
    if cost_minor is not None and not 0 <= cost_minor <= MAX_AMOUNT_MINOR:
        faults["cost_minor"] = f"not in 0…{MAX_AMOUNT_MINOR}"
    elif cost_minor is not None and movement.quantity < 0:
        faults["cost_minor"] = "is stated of what went out"
    if faults:
        raise Malformed("malformed-movement", "Correct the movement.", fields=faults)
