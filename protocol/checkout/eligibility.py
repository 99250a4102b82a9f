"""Which promotions may touch which lines, before anything is reckoned.

The file's law: whether a promotion may count depends on the basket before any reduction, never on
another promotion; so none can make another one vanish.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from uuid import UUID

from msgspec import Struct

from protocol.checkout.promoted import PromotedBasket, PromotedLine, PromotionState
from protocol.checkout.promotions import (
    MINUTES_A_DAY,
    GoodsSelector,
    HappyHour,
    Promotion,
    check_promotion,
)
from protocol.errors import Malformed
from protocol.vocabulary.money import MAX_AMOUNT_MINOR, multiply

PIECE = "piece"


class Candidate(Struct, frozen=True, kw_only=True):
    """A promotion that may count, and where, by indexes of the open lines.

    `selected`: what its goods name. `parts`: of a bundle, for each part the lines of pieces that
    serve it; an N for M is one part.
    """

    promotion: Promotion
    selected: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...] = ()


class Eligible(Struct, frozen=True, kw_only=True):
    """`lines`: those open to promotions, by line_no. `refused`: why the others do not count."""

    lines: tuple[PromotedLine, ...]
    candidates: tuple[Candidate, ...]
    refused: Mapping[UUID, PromotionState]


def eligible(basket: PromotedBasket, promotions: Sequence[Promotion]) -> Eligible:
    """Promotions by id, each either a candidate or refused.

    Of two promotions of one id the later in the list counts. Malformed: `amount-too-large`,
    `quantity-not-a-number`.
    """
    everything = sorted(basket.lines, key=lambda line: line.line_no)
    gross = [multiply(line.quantity, line.unit_price_minor) for line in everything]
    lines = tuple(line for line in everything if _is_open(line))
    spent, on_offer = _Shelf(everything), _Shelf(lines)
    candidates: list[Candidate] = []
    refused: dict[UUID, PromotionState] = {}
    for promotion in in_order(promotions):
        state = _term_fault(promotion, basket)
        candidate = None if state else _candidate(promotion, on_offer)
        if candidate is None:
            refused[promotion.promotion_id] = state or "no-goods"
        elif not _is_spent(promotion, spent, gross):
            refused[promotion.promotion_id] = "below-minimum"
        else:
            candidates.append(candidate)
    return Eligible(lines=lines, candidates=tuple(candidates), refused=refused)


def in_order(promotions: Sequence[Promotion]) -> list[Promotion]:
    """One per id, by the id's text."""
    by_id = {str(promotion.promotion_id): promotion for promotion in promotions}
    return [by_id[text] for text in sorted(by_id)]


def pieces_of(line: PromotedLine) -> int:
    """How many pieces groups can be made of; 0 for what is weighed or measured."""
    whole = line.quantity == line.quantity.to_integral_value()
    return int(line.quantity) if line.unit == PIECE and whole else 0


def _is_open(line: PromotedLine) -> bool:
    priced = 0 <= line.unit_price_minor <= MAX_AMOUNT_MINOR
    return not line.barred and line.quantity > 0 and priced


def _term_fault(promotion: Promotion, basket: PromotedBasket) -> PromotionState | None:
    try:
        check_promotion(promotion)
    except Malformed:
        return "malformed"
    on, hour = basket.business_date, promotion.happy_hour
    if promotion.currency != basket.currency:
        return "malformed"
    if not promotion.starts_on <= on <= promotion.ends_on:
        return "not-today"
    if hour is not None and hour.weekdays and on.weekday() not in hour.weekdays:
        return "not-today"
    if hour is not None and not _is_now(hour, basket.minute % MINUTES_A_DAY):
        return "not-now"
    if promotion.coupon is not None and promotion.coupon not in basket.coupons:
        return "no-coupon"
    if promotion.price_lists and not set(promotion.price_lists) & set(basket.price_lists):
        return "not-for-this-customer"
    return None


def _is_now(hour: HappyHour, minute: int) -> bool:
    if hour.from_minute < hour.to_minute:
        return hour.from_minute <= minute < hour.to_minute
    return minute >= hour.from_minute or minute < hour.to_minute


class _Shelf:
    """Lines by what selects them."""

    def __init__(self, lines: Sequence[PromotedLine]) -> None:
        self.pieces = [pieces_of(line) for line in lines]
        self._products: dict[UUID, list[int]] = {}
        self._categories: dict[str | None, list[int]] = {}
        for index, line in enumerate(lines):
            self._products.setdefault(line.product_id, []).append(index)
            self._categories.setdefault(line.category, []).append(index)

    def select(self, goods: GoodsSelector) -> Sequence[int]:
        """The indexes of the lines that these goods name, rising."""
        if goods.everything:
            return range(len(self.pieces))
        products = (self._products.get(each, ()) for each in goods.product_ids)
        categories = (self._categories.get(each, ()) for each in goods.categories)
        return sorted(set(chain(*products, *categories)))


def _candidate(promotion: Promotion, shelf: _Shelf) -> Candidate | None:
    """None where the goods do not suffice for it once."""
    if promotion.kind == "n_for_m":
        assert promotion.buy is not None
        wanted = [(promotion.goods, promotion.buy)]
    else:
        wanted = [(part.goods, part.count) for part in promotion.parts]
    parts = []
    for goods, count in wanted:
        serving = tuple(index for index in shelf.select(goods) if shelf.pieces[index])
        if sum(shelf.pieces[index] for index in serving) < count:
            return None
        parts.append(serving)
    selected = tuple(shelf.select(promotion.goods))
    if not selected:
        return None
    return Candidate(promotion=promotion, selected=selected, parts=tuple(parts))


def _is_spent(promotion: Promotion, shelf: _Shelf, gross: Sequence[int]) -> bool:
    """Whether the goods come to the minimum before any reduction, what is barred included."""
    if not promotion.min_spend_minor:
        return True
    return sum(gross[index] for index in shelf.select(promotion.goods)) >= promotion.min_spend_minor
