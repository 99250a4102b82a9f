"""What promotions are looked for on, and what is found.

The file's law: values only. Amounts are minor units of the basket's currency.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import PromotionShare

PromotionState = Literal[
    "applied",
    "not-today",
    "not-now",
    "no-coupon",
    "not-for-this-customer",
    "no-goods",
    "below-minimum",
    "another-saves-more",
    "malformed",
]
CouponState = Literal["used", "twice", "unknown", "nothing-to-take-off"]


class PromotedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line with its price in force. `barred`: no promotion touches it (price overridden)."""

    line_no: int
    product_id: UUID
    category: str | None
    quantity: Decimal
    unit: str
    unit_price_minor: int
    tax_rate_ppm: int
    barred: bool = False


class PromotedBasket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ticket before any reduction.

    `minute`: since local midnight; whole days beyond it are taken off. `coupons`: as presented, one
    after another. `price_lists`: those that hold for the customer.
    """

    currency: str
    business_date: date
    minute: int
    prices_include_tax: bool
    lines: tuple[PromotedLine, ...]
    coupons: tuple[str, ...] = ()
    price_lists: tuple[UUID, ...] = ()


class PromotionOutcome(Struct, frozen=True, kw_only=True):
    """What became of one promotion. "malformed": also one of another currency.

    "no-goods": alone it would take nothing off here. `amount_minor`: on all lines together.
    """

    promotion_id: UUID
    state: PromotionState
    amount_minor: int


class CouponOutcome(Struct, frozen=True, kw_only=True):
    """What became of one presented code; the second time it is "twice" and counts no more."""

    code: str
    state: CouponState


class Reductions(Struct, frozen=True, kw_only=True):
    """`shares`: line_no → what came off, in the order in which it did; lines without are absent.

    `outcomes`: one per promotion, by id. `cut`: the search was ended early; what is here holds, but
    something better may exist.
    """

    shares: Mapping[int, tuple[PromotionShare, ...]]
    outcomes: tuple[PromotionOutcome, ...]
    coupons: tuple[CouponOutcome, ...]
    cut: bool
