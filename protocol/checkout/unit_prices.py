"""Promotions that change the price of a unit, as the shelf label does: percent and amount.

First those that stack, each off what the one before left: percents before amounts, which is best
for the customer, and among these in order of id. Then, of those that stand
alone, the one that takes most off the unit; of equals the earlier by id.

The file's law: a reduction is rounded once, on the price of one unit; no price falls below zero.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import PPM
from protocol.checkout.eligibility import Candidate
from protocol.checkout.promoted import PromotedLine
from protocol.checkout.promotions import Promotion
from protocol.vocabulary.money import multiply, round_half_away


class UnitPrice(Struct, frozen=True, kw_only=True):
    """The price of a unit of one line on its way down.

    `stacked`: (promotion, price before it, price after it). `price_minor`: after those. `alone`:
    the best that stands alone and the price that it would leave.
    """

    line: PromotedLine
    stacked: tuple[tuple[UUID, int, int], ...]
    price_minor: int
    alone: tuple[UUID, int] | None

    @property
    def alone_minor(self) -> int:
        """What the best that stands alone takes off one unit."""
        return self.price_minor - self.alone[1] if self.alone else 0


def unit_prices(
    lines: Sequence[PromotedLine], candidates: Sequence[Candidate]
) -> tuple[UnitPrice, ...]:
    """One per line; candidates of other kinds are passed over."""
    stacking: list[list[Promotion]] = [[] for _ in lines]
    standing: list[list[Promotion]] = [[] for _ in lines]
    for candidate in candidates:
        if candidate.promotion.kind in ("percent", "amount"):
            lists = stacking if candidate.promotion.stacks else standing
            for index in candidate.selected:
                lists[index].append(candidate.promotion)
    return tuple(
        _unit_price(line, stacks, alone)
        for line, stacks, alone in zip(lines, stacking, standing, strict=True)
    )


def in_turn(promotions: Iterable[Promotion]) -> list[Promotion]:
    """Those that stack, in the order in which they come off; given in order of id.

    A percent of the whole takes off more than a percent of what an amount has left.
    """
    return sorted(promotions, key=lambda promotion: promotion.percent_ppm is None)


def reduced(promotion: Promotion, minor: int) -> int:
    """What a percent or an amount leaves of a unit's price, or of a ticket's sum."""
    if promotion.percent_ppm is not None:
        return minor - round_half_away(minor * promotion.percent_ppm, PPM)
    assert promotion.amount_minor is not None
    return max(0, minor - promotion.amount_minor)


def would_save(promotion: Promotion, prices: Sequence[UnitPrice]) -> bool:
    """Whether it takes anything off these lines by itself."""
    return any(
        multiply(price.line.quantity, price.line.unit_price_minor)
        > multiply(price.line.quantity, reduced(promotion, price.line.unit_price_minor))
        for price in prices
    )


def _unit_price(
    line: PromotedLine, stacking: Sequence[Promotion], standing: Sequence[Promotion]
) -> UnitPrice:
    price = line.unit_price_minor
    stacked = []
    for promotion in in_turn(stacking):
        left = reduced(promotion, price)
        stacked.append((promotion.promotion_id, price, left))
        price = left
    alone = None
    for promotion in standing:
        left = reduced(promotion, price)
        if left < (alone[1] if alone else price):
            alone = (promotion.promotion_id, left)
    return UnitPrice(line=line, stacked=tuple(stacked), price_minor=price, alone=alone)
