"""Components that are too large to search whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checkout.eligibility import eligible
from protocol.checkout.patterns import patterns_of
from protocol.checkout.pools import components
from protocol.checkout.promoted import PromotedBasket
from protocol.checkout.promotions import Promotion
from protocol.checkout.reductions import reduce_basket
from protocol.checkout.unit_prices import unit_prices
from tests.unit.protocol.checkout.promoted_baskets import (
    basket,
    bundle,
    left_of,
    line,
    n_for_m,
    off,
    these,
)

MANY = basket(*(line(number, 1000 + 7 * number, "2") for number in range(1, 31)))
ALL = these(*range(1, 31))


@pytest.mark.parametrize("pieces", ["2", "100"])
def test_what_is_cut_is_still_better_than_each_alone(pieces: str) -> None:
    on = basket(*(line(number, 1000 + 7 * number, pieces) for number in range(1, 31)))
    three, four = n_for_m(1, 3, 2), n_for_m(2, 4, 2)
    together = reduce_basket(on, [three, four])
    assert together.cut
    left = sum(left_of(on, together).values())
    for alone in (three, four):
        result = reduce_basket(on, [alone])
        assert not result.cut
        assert left <= sum(left_of(on, result).values())


def test_what_is_left_by_the_best_goes_to_the_next() -> None:
    """The pairs on everything take 60 of 61 pieces in whole; the bundle finds its own goods."""
    rest = line(31, 5000, "3", tax_rate_ppm=0)
    on = basket(*MANY.lines, rest)
    pair = n_for_m(1, 4, 2, goods=ALL)
    shared = bundle(2, 9000, (these(31), 2), (these(30, 31), 1))
    result = reduce_basket(on, [pair, shared])
    assert set(off(result)) == {1, 2}


def test_one_bundle_of_too_many_choices_is_cut() -> None:
    result = reduce_basket(MANY, [bundle(1, 1500, (ALL, 4), (ALL, 4))])
    assert result.cut
    whole = sum(2 * each.unit_price_minor for each in MANY.lines)
    assert off(result)[1] > whole * 3 // 4  # seven bundles of eight pieces at 15.00


def test_the_turns_are_bounded() -> None:
    """Ninety pieces of as many goods make eleven bundles, of which eight turns find one each."""
    on = basket(*(line(number, 1000) for number in range(1, 91)))
    varied = basket(*(replace(each, unit_price_minor=1000 + each.line_no) for each in on.lines))
    everything = these(*range(1, 91))
    result = reduce_basket(varied, [bundle(1, 1500, (everything, 4), (everything, 4))])
    assert result.cut
    assert 8 * 6500 < off(result)[1] < 9 * 7500


def test_what_is_cut_keeps_to_the_limit() -> None:
    result = reduce_basket(MANY, [bundle(1, 1500, (ALL, 4), (ALL, 4), most=2)])
    assert result.cut
    dearest = sum(sorted((each.unit_price_minor for each in MANY.lines), reverse=True)[:8]) * 2
    assert 2 * 6000 < off(result)[1] <= dearest - 2 * 1500


def test_with_different_taxes_on_top_many_goods_are_cut() -> None:
    rates = (0, 90_000, 190_000)
    taxed = [
        line(each.line_no, each.unit_price_minor, "2", tax_rate_ppm=rates[each.line_no % 3])
        for each in MANY.lines
    ]
    on = basket(*taxed, prices_include_tax=False)
    result = reduce_basket(on, [n_for_m(1, 3, 2)])
    assert result.cut
    assert off(result)[1] > 20_000


def test_the_limit_counts_choices() -> None:
    found = eligible(MANY, [n_for_m(1, 2, 1)])
    prices = unit_prices(found.lines, found.candidates)
    [component] = components(prices, found.candidates, included=True)
    [candidate] = found.candidates
    assert [pool.pieces for pool in component.pools] == [2] * 30
    for limit, expected, whole in ((464, 464, False), (465, 465, True)):
        patterns, complete = patterns_of(
            candidate, number=0, pools=component.pools, counts=[2] * 30, limit=limit
        )
        assert (len(patterns), complete) == (expected, whole)  # 30 twins and 435 mixed pairs


@given(st.integers(1, 30), st.integers(1, 30))
def test_components_that_share_nothing_are_apart(one: int, other: int) -> None:
    promotions = [n_for_m(1, 2, 1, goods=these(one)), n_for_m(2, 2, 1, goods=these(other))]
    assert count_components(MANY, promotions) == (1 if one == other else 2)


def test_a_bridge_makes_one_component_of_two() -> None:
    promotions = [
        n_for_m(1, 2, 1, goods=these(1)),
        n_for_m(2, 2, 1, goods=these(2)),
        bundle(3, 5, (these(1), 1), (these(2), 1)),
    ]
    assert count_components(MANY, promotions[:2]) == 2
    assert count_components(MANY, promotions) == 1


def count_components(on: PromotedBasket, promotions: list[Promotion]) -> int:
    found = eligible(on, promotions)
    prices = unit_prices(found.lines, found.candidates)
    return len(components(prices, found.candidates, included=True))
