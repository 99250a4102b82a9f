"""Promotions as data. ADR 17 says what each does and which are chosen.

The file's law: a promotion is dated at both ends and checked before it is used.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import PPM
from protocol.errors import Malformed
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

PromotionKind = Literal["percent", "amount", "n_for_m", "bundle", "ticket_percent", "ticket_amount"]

MAX_GROUP_PIECES = 20  # of one n_for_m or one bundle
MAX_PARTS = 10
MAX_SELECTED = 5_000
MAX_PRICE_LISTS = 1_000
MAX_MOST = 10_000
MAX_TEXT = 200
MINUTES_A_DAY = 1_440

# Fields that belong to some kinds alone: those kinds need them, but for "most".
_BELONGS_TO: dict[str, frozenset[PromotionKind]] = {
    "percent_ppm": frozenset({"percent", "ticket_percent"}),
    "amount_minor": frozenset({"amount", "ticket_amount"}),
    "buy": frozenset({"n_for_m"}),
    "pay": frozenset({"n_for_m"}),
    "parts": frozenset({"bundle"}),
    "price_minor": frozenset({"bundle"}),
}
_GROUP_KINDS: frozenset[PromotionKind] = frozenset({"n_for_m", "bundle"})
_OF_ALL_GOODS: frozenset[PromotionKind] = frozenset({"bundle", "ticket_percent", "ticket_amount"})


class GoodsSelector(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which goods: all of them, or these products and those of these category codes."""

    everything: bool = False
    product_ids: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()


class HappyHour(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Minutes since local midnight, from inclusive to exclusive; beyond midnight if to ≤ from.

    `weekdays`: 0 = Monday, of the business date; empty = every day.
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
    `min_spend_minor`: the goods that it names come to so much before any reduction. `most`: how
    often at most per ticket (groups of an n_for_m, bundles). `stacks`: comes besides others; else
    it stands alone on each unit of goods (line kinds) or on the ticket (ticket kinds). Bundles and
    ticket kinds leave `goods` at everything; groups do not stack.
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


def check_promotion(promotion: Promotion) -> None:
    """Malformed `malformed-promotion` naming every offending field."""
    faults = dict(
        (
            *_faults_of_terms(promotion),
            *_faults_of_kind(promotion),
            *_faults_of_amounts(promotion),
            *_faults_of_groups(promotion),
        )
    )
    if faults:
        raise Malformed("malformed-promotion", "Correct the promotion.", fields=faults)


Fault = tuple[str, str]


def _faults_of_terms(promotion: Promotion) -> Iterator[Fault]:
    """When, for whom, on what."""
    if not promotion.names or not all(map(_is_text, promotion.names.values())):
        yield "names", f"needs names of 1…{MAX_TEXT} characters"
    try:
        currency(promotion.currency)
    except Malformed:
        yield "currency", "is not supported"
    if promotion.ends_on < promotion.starts_on:
        yield "ends_on", "is before the start"
    if promotion.coupon is not None and not _is_text(promotion.coupon):
        yield "coupon", f"is not a code of 1…{MAX_TEXT} characters"
    if len(promotion.price_lists) > MAX_PRICE_LISTS:
        yield "price_lists", f"has more than {MAX_PRICE_LISTS} entries"
    yield from _faults_of_goods("goods", promotion.goods)
    hour = promotion.happy_hour
    if hour is None:
        return
    for name in ("from_minute", "to_minute"):
        if not 0 <= getattr(hour, name) < MINUTES_A_DAY:
            yield f"happy_hour.{name}", f"not in 0…{MINUTES_A_DAY - 1}"
    if len(set(hour.weekdays)) < len(hour.weekdays) or not set(hour.weekdays) <= set(range(7)):
        yield "happy_hour.weekdays", "is not a set of 0…6"


def _faults_of_kind(promotion: Promotion) -> Iterator[Fault]:
    kind = promotion.kind
    for name, kinds in _BELONGS_TO.items():
        given = getattr(promotion, name) not in (None, ())
        if given and kind not in kinds:
            yield name, f"does not belong to a {kind}"
        elif kind in kinds and not given:
            yield name, "is missing"
    if kind in _OF_ALL_GOODS and not promotion.goods.everything:
        yield "goods", f"does not belong to a {kind}"
    if kind in _GROUP_KINDS and promotion.stacks:
        yield "stacks", "cannot be with groups of goods"
    if kind not in _GROUP_KINDS and promotion.most is not None:
        yield "most", f"does not belong to a {kind}"


def _faults_of_amounts(promotion: Promotion) -> Iterator[Fault]:
    bounds = (
        ("percent_ppm", 1, PPM),
        ("amount_minor", 1, MAX_AMOUNT_MINOR),
        ("price_minor", 1, MAX_AMOUNT_MINOR),
        ("min_spend_minor", 0, MAX_AMOUNT_MINOR),
        ("buy", 2, MAX_GROUP_PIECES),
        ("most", 1, MAX_MOST),
    )
    for name, least, greatest in bounds:
        figure = getattr(promotion, name)
        if figure is not None and not least <= figure <= greatest:
            yield name, f"not in {least}…{greatest}"


def _faults_of_groups(promotion: Promotion) -> Iterator[Fault]:
    buy, pay = promotion.buy, promotion.pay
    if buy is not None and pay is not None and not 1 <= pay < buy:
        yield "pay", "is not between 1 and what is bought"
    if not promotion.parts:
        return
    if len(promotion.parts) > MAX_PARTS:
        yield "parts", f"has more than {MAX_PARTS} entries"
    for index, part in enumerate(promotion.parts):
        if not 1 <= part.count <= MAX_GROUP_PIECES:
            yield f"parts.{index}.count", f"not in 1…{MAX_GROUP_PIECES}"
        yield from _faults_of_goods(f"parts.{index}.goods", part.goods)
    if not 2 <= sum(part.count for part in promotion.parts) <= MAX_GROUP_PIECES:
        yield "parts", f"is not of 2…{MAX_GROUP_PIECES} pieces"


def _faults_of_goods(path: str, goods: GoodsSelector) -> Iterator[Fault]:
    named = len(goods.product_ids) + len(goods.categories)
    if goods.everything and named:
        yield path, "names everything and some goods"
    elif not goods.everything and not 1 <= named <= MAX_SELECTED:
        yield path, f"does not name 1…{MAX_SELECTED} products and categories"
    if not all(goods.categories):
        yield f"{path}.categories", "holds an empty code"


def _is_text(text: str) -> bool:
    return 1 <= len(text) <= MAX_TEXT and text == text.strip()
