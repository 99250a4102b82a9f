"""Baskets and promotions for tests, and what they come to by trying everything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from protocol.checkout.basket import PPM
from protocol.checkout.promoted import PromotedBasket, PromotedLine, Reductions
from protocol.checkout.promotions import BundlePart, GoodsSelector, Promotion, PromotionKind
from protocol.vocabulary.money import allocate, multiply

TODAY = date(2026, 11, 24)  # a Tuesday
NOON = 12 * 60


def product(number: int) -> UUID:
    return UUID(int=0xA000 + number)


def promotion_id(number: int) -> UUID:
    return UUID(int=number)


def these(*numbers: int, categories: Sequence[str] = ()) -> GoodsSelector:
    """These products, and those of these categories."""
    return GoodsSelector(
        product_ids=tuple(product(number) for number in numbers), categories=tuple(categories)
    )


def a_promotion(number: int, kind: PromotionKind, **terms: Any) -> Promotion:
    """In dinars, on everything, today."""
    return Promotion(
        **{
            "promotion_id": promotion_id(number),
            "names": {"fr": f"Promotion {number}"},
            "kind": kind,
            "currency": "DZD",
            "starts_on": TODAY,
            "ends_on": TODAY,
            **terms,
        }
    )


def percent(number: int, percents: int, **terms: Any) -> Promotion:
    return a_promotion(number, "percent", percent_ppm=percents * 10_000, **terms)


def amount(number: int, minor: int, **terms: Any) -> Promotion:
    return a_promotion(number, "amount", amount_minor=minor, **terms)


def n_for_m(number: int, buy: int, pay: int, **terms: Any) -> Promotion:
    return a_promotion(number, "n_for_m", buy=buy, pay=pay, **terms)


def bundle(number: int, price: int, *parts: tuple[GoodsSelector, int], **terms: Any) -> Promotion:
    of = tuple(BundlePart(goods=goods, count=count) for goods, count in parts)
    return a_promotion(number, "bundle", price_minor=price, parts=of, **terms)


def ticket_percent(number: int, percents: int, **terms: Any) -> Promotion:
    return a_promotion(number, "ticket_percent", percent_ppm=percents * 10_000, **terms)


def ticket_amount(number: int, minor: int, **terms: Any) -> Promotion:
    return a_promotion(number, "ticket_amount", amount_minor=minor, **terms)


def line(line_no: int, price: int, quantity: str = "1", **more: Any) -> PromotedLine:
    """Product `line_no`, by the piece, untaxed, unless said otherwise."""
    return PromotedLine(
        **{
            "line_no": line_no,
            "product_id": product(line_no),
            "category": None,
            "quantity": Decimal(quantity),
            "unit": "piece",
            "unit_price_minor": price,
            "tax_rate_ppm": 0,
            **more,
        }
    )


def basket(*lines: PromotedLine, **more: Any) -> PromotedBasket:
    """In dinars, today at noon, prices with tax."""
    return PromotedBasket(
        **{
            "currency": "DZD",
            "business_date": TODAY,
            "minute": NOON,
            "prices_include_tax": True,
            "lines": lines,
            **more,
        }
    )


def left_of(basket: PromotedBasket, found: Reductions) -> dict[int, int]:
    """What each line comes to."""
    return {
        line.line_no: multiply(line.quantity, line.unit_price_minor)
        - sum(share.amount_minor for share in found.shares.get(line.line_no, ()))
        for line in basket.lines
    }


def off(found: Reductions) -> dict[int, int]:
    """What each promotion took off, by its number; those that took nothing are absent."""
    return {
        outcome.promotion_id.int: outcome.amount_minor
        for outcome in found.outcomes
        if outcome.amount_minor
    }


def states(found: Reductions) -> dict[int, str]:
    return {outcome.promotion_id.int: outcome.state for outcome in found.outcomes}


# Strategies: few products, so that promotions meet on them.
_numbers = st.integers(1, 4)
_categories = st.sampled_from([None, "a", "b"])


@st.composite
def selectors(draw: st.DrawFn) -> GoodsSelector:
    if draw(st.integers(0, 3)) == 0:
        return GoodsSelector(everything=True)
    numbers = sorted(draw(st.sets(_numbers, min_size=1, max_size=3)))
    return these(*numbers, categories=draw(st.sampled_from([(), ("a",)])))


@st.composite
def goods_promotions(draw: st.DrawFn, number: int) -> Promotion:
    """Any promotion on goods, now and then with a limit, a minimum or a coupon."""
    terms: dict[str, Any] = {
        "min_spend_minor": draw(st.sampled_from([0, 0, 0, 200])),
        "coupon": draw(st.sampled_from([None, None, "C"])),
    }
    kind = draw(st.sampled_from(["percent", "amount", "n_for_m", "n_for_m", "bundle", "bundle"]))
    if kind in ("percent", "amount"):
        terms |= {"goods": draw(selectors()), "stacks": draw(st.booleans())}
        make = percent if kind == "percent" else amount
        return make(number, draw(st.integers(1, 100)), **terms)
    terms["most"] = draw(st.sampled_from([None, None, 1, 2]))
    if kind == "n_for_m":
        buy = draw(st.integers(2, 4))
        return n_for_m(number, buy, draw(st.integers(1, buy - 1)), goods=draw(selectors()), **terms)
    counts = draw(st.sampled_from([(2,), (3,), (1, 1), (1, 2), (1, 1, 1)]))
    parts = [(draw(selectors()), count) for count in counts]
    return bundle(number, draw(st.integers(1, 300)), *parts, **terms)


@st.composite
def ticket_promotions(draw: st.DrawFn, number: int) -> Promotion:
    make = ticket_percent if draw(st.booleans()) else ticket_amount
    return make(number, draw(st.integers(1, 100)), stacks=draw(st.booleans()))


@st.composite
def promoted_lines(draw: st.DrawFn, line_no: int, most: int = 3) -> PromotedLine:
    weighed = draw(st.integers(0, 4)) == 0
    milli = draw(st.integers(1, 3000))
    return line(
        line_no,
        draw(st.integers(0, 150)),
        quantity=str(Decimal(milli).scaleb(-3)) if weighed else str(draw(st.integers(1, most))),
        unit="kg" if weighed else "piece",
        product_id=product(draw(_numbers)),
        category=draw(_categories),
        tax_rate_ppm=draw(st.sampled_from([0, 90_000, 190_000])),
        barred=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def promoted_baskets(
    draw: st.DrawFn, lines: int = 4, most: int = 3, included: bool | None = None
) -> PromotedBasket:
    count = draw(st.integers(1, lines))
    return basket(
        *(draw(promoted_lines(number, most)) for number in range(1, count + 1)),
        prices_include_tax=draw(st.booleans()) if included is None else included,
        coupons=draw(st.sampled_from([(), ("C",), ("C", "C")])),
    )


@st.composite
def promotion_lists(draw: st.DrawFn, most: int = 4, ticket: bool = True) -> list[Promotion]:
    count = draw(st.integers(0, most))
    found = [draw(goods_promotions(number)) for number in range(1, count + 1)]
    if ticket:
        extra = draw(st.integers(0, 3))
        found += [draw(ticket_promotions(number)) for number in range(101, 101 + extra)]
    return found


@dataclass(frozen=True)
class _Unit:
    """One piece, or one line that is weighed."""

    line: PromotedLine
    price: int
    alone: int
    weight: int


def least_by_trying(basket: PromotedBasket, promotions: Sequence[Promotion]) -> int:
    """The least that goods can come to, weighted for tax on top, over all assignments.

    Written apart from the product's own search: every unit stands alone or in any group that fits.
    """
    lines = [each for each in basket.lines if not each.barred]
    spend = [(each, multiply(each.quantity, each.unit_price_minor)) for each in basket.lines]
    live = [
        each
        for each in sorted(promotions, key=lambda each: str(each.promotion_id))
        if sum(minor for on, minor in spend if _names(each.goods, on)) >= each.min_spend_minor
        and (each.coupon is None or each.coupon in basket.coupons)
    ]
    fixed, units = 0, []
    for each in lines:
        weight = 1 if basket.prices_include_tax else PPM + each.tax_rate_ppm
        price = each.unit_price_minor
        of_goods = [one for one in live if _names(one.goods, each)]
        for one in of_goods:
            price = _after(one, price) if one.stacks else price
        alone = min([price, *(_after(one, price) for one in of_goods if not one.stacks)])
        if each.unit == "piece":
            units += [_Unit(each, price, alone, weight)] * int(each.quantity)
        else:
            fixed += weight * multiply(each.quantity, alone)
    groups = [each for each in live if each.kind in ("n_for_m", "bundle")]
    return fixed + _least(units, groups)


def _least(units: Sequence[_Unit], groups: Sequence[Promotion]) -> int:
    @cache
    def least(left: frozenset[int], most: tuple[int, ...]) -> int:
        if not left:
            return 0
        first = min(left)
        found = units[first].alone * units[first].weight + least(left - {first}, most)
        for index, group in enumerate(groups):
            if not most[index]:
                continue
            size = group.buy or sum(part.count for part in group.parts)
            spent = (*most[:index], most[index] - 1, *most[index + 1 :])
            for others in combinations(sorted(left - {first}), size - 1):
                taken = [units[each] for each in (first, *others)]
                cost = _cost(group, taken)
                if cost is not None:
                    found = min(found, cost + least(left - {first, *others}, spent))
        return found

    return least(frozenset(range(len(units))), tuple(each.most or 99 for each in groups))


def _cost(group: Promotion, taken: Sequence[_Unit]) -> int | None:
    """What the pieces cost as this group; None if they are none."""
    if group.kind == "n_for_m":
        if not all(_names(group.goods, unit.line) for unit in taken):
            return None
        assert group.pay is not None
        falling = sorted(taken, key=lambda unit: (-unit.price, unit.weight))
        return sum(unit.price * unit.weight for unit in falling[: group.pay])
    assert group.price_minor is not None
    wanted = [part.goods for part in group.parts for _ in range(part.count)]
    if not _fits(taken, wanted):
        return None
    whole = sum(unit.price for unit in taken)
    if whole <= group.price_minor:
        return None
    ordered = sorted(taken, key=lambda unit: (-unit.price, unit.weight, unit.line.line_no))
    shares = allocate(whole - group.price_minor, [unit.price for unit in ordered])
    costs = zip(ordered, shares, strict=True)
    return sum((unit.price - share) * unit.weight for unit, share in costs)


def _fits(taken: Sequence[_Unit], wanted: Sequence[GoodsSelector]) -> bool:
    if not taken:
        return True
    return any(
        _names(goods, taken[0].line) and _fits(taken[1:], [*wanted[:at], *wanted[at + 1 :]])
        for at, goods in enumerate(wanted)
    )


def _names(goods: GoodsSelector, line: PromotedLine) -> bool:
    return (
        goods.everything
        or line.product_id in goods.product_ids
        or line.category in goods.categories
    )


def _after(promotion: Promotion, price: int) -> int:
    if promotion.kind == "percent":
        assert promotion.percent_ppm is not None
        return price - (2 * price * promotion.percent_ppm + PPM) // (2 * PPM)
    if promotion.kind == "amount":
        assert promotion.amount_minor is not None
        return max(0, price - promotion.amount_minor)
    return price


def days(count: int) -> timedelta:
    return timedelta(days=count)
