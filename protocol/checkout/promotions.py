"""Promotions as data. ADR 17 says what each does and which are chosen.

The file's law: a promotion is dated at both ends and checked before it is used.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

PromotionKind = Literal["percent", "amount", "n_for_m", "bundle", "ticket_percent", "ticket_amount"]


class GoodsSelector(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which goods: all of them, or these products and those of these category codes."""

    everything: bool = False
    product_ids: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()


class HappyHour(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Minutes of the shop's day, from inclusive to exclusive; beyond midnight if to ≤ from.

    `weekdays`: 0 = Monday; empty = every day. Both go by the business date.
    """

    from_minute: int = 0
    to_minute: int = 0
    weekdays: tuple[int, ...] = ()


class BundlePart(Struct, frozen=True, kw_only=True):
    """So many pieces of these goods."""

    goods: GoodsSelector
    count: int


class Promotion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reduction that the office has decided on; amounts are minor units of `currency`.

    kind → what it needs: "percent": `percent_ppm` off each unit's price; "amount": `amount_minor`
    off each unit's price; "n_for_m": of every `buy` pieces the cheapest `buy − pay` are free;
    "bundle": `parts` together for `price_minor`; "ticket_percent", "ticket_amount": off the whole.
    `coupon`: only with this code on the ticket. `price_lists`: only for customers of these lists.
    `min_spend_minor`: the goods come to so much before any reduction. `most`: how often at most
    per ticket (groups of an n_for_m, bundles). `stacks`: comes besides others; else it stands alone
    on each unit of goods (line kinds) or on the ticket (ticket kinds).
    """

    promotion_id: UUID
    names: dict[str, str]
    kind: PromotionKind
    currency: str
    starts_on: date
    ends_on: date
    goods: GoodsSelector = GoodsSelector(everything=True)
    happy_hour: HappyHour | None = None
    coupon: str | None = None
    price_lists: tuple[UUID, ...] = ()
    stacks: bool = False
    percent_ppm: int | None = None
    amount_minor: int | None = None
    buy: int | None = None
    pay: int | None = None
    parts: tuple[BundlePart, ...] = ()
    price_minor: int | None = None
    min_spend_minor: int = 0
    most: int | None = None
