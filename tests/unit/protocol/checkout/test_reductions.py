"""What promotions take off a ticket, by examples reckoned by hand and for every basket."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checkout import BasketInput, LineInput, quote
from protocol.checkout.basket import PPM
from protocol.checkout.promoted import PromotedBasket, Reductions
from protocol.checkout.promotions import HappyHour, Promotion
from protocol.checkout.reductions import reduce_basket
from protocol.checkout.validation import MAX_LINE_PROMOTIONS
from protocol.errors import Malformed
from tests.unit.protocol.checkout.promoted_baskets import (
    TODAY,
    a_promotion,
    amount,
    basket,
    bundle,
    days,
    least_by_trying,
    left_of,
    line,
    n_for_m,
    off,
    percent,
    product,
    promoted_baskets,
    promotion_id,
    promotion_lists,
    states,
    these,
    ticket_amount,
    ticket_percent,
)


def found(on: PromotedBasket, *promotions: Promotion) -> Reductions:
    return reduce_basket(on, promotions)


def shares(found: Reductions, line_no: int) -> list[tuple[int, int]]:
    return [(each.promotion_id.int, each.amount_minor) for each in found.shares.get(line_no, ())]


# Prices of units.


def test_a_percent_is_rounded_on_the_unit_as_on_the_label() -> None:
    """10 % off 1.99 is 1.79 each, however many."""
    result = found(basket(line(1, 199, "100")), percent(1, 10))
    assert left_of(basket(line(1, 199, "100")), result) == {1: 17_900}


def test_what_is_weighed_is_priced_by_its_reduced_unit_price() -> None:
    """0.345 kg at 1.99: 0.69; at 1.79: 0.62."""
    on = basket(line(1, 199, "0.345", unit="kg"))
    result = found(on, percent(1, 10))
    assert shares(result, 1) == [(1, 7)]
    assert left_of(on, result) == {1: 62}


def test_those_that_stack_come_one_after_another_percents_first() -> None:
    """10.00 − 10 % − 50 % − 2.00 = 2.50; with the amount in between it would be 3.50."""
    stack = [percent(1, 10, stacks=True), amount(2, 200, stacks=True), percent(3, 50, stacks=True)]
    result = found(basket(line(1, 1000)), *stack)
    assert shares(result, 1) == [(1, 100), (3, 450), (2, 200)]


def test_on_the_ticket_too_percents_come_first() -> None:
    """10.00 − 20 % − 1.00 = 7.00, whichever has the lower id."""
    for first, second in [(1, 2), (2, 1)]:
        off = a_promotion(first, "ticket_amount", amount_minor=100, stacks=True)
        share = a_promotion(second, "ticket_percent", percent_ppm=200_000, stacks=True)
        result = found(basket(line(1, 1000)), off, share)
        assert shares(result, 1) == [(second, 200), (first, 100)]


def test_of_those_that_stand_alone_the_best_counts_for_each_line() -> None:
    on = basket(line(1, 1000), line(2, 100))
    result = found(on, percent(1, 10), amount(2, 50))
    assert shares(result, 1) == [(1, 100)]
    assert shares(result, 2) == [(2, 50)]


def test_of_equals_the_earlier_by_id_counts() -> None:
    result = found(basket(line(1, 1000)), amount(2, 100), percent(1, 10))
    assert shares(result, 1) == [(1, 100)]
    assert states(result) == {1: "applied", 2: "another-saves-more"}


def test_stacking_comes_before_what_stands_alone() -> None:
    """10.00 − 1.00, then 10 % off 9.00."""
    result = found(basket(line(1, 1000)), percent(1, 10), amount(2, 100, stacks=True))
    assert shares(result, 1) == [(2, 100), (1, 90)]


def test_no_price_falls_below_zero() -> None:
    on = basket(line(1, 50, "3"))
    result = found(on, amount(1, 70, stacks=True), amount(2, 70), ticket_amount(3, 10))
    assert left_of(on, result) == {1: 0}
    assert states(result) == {1: "applied", 2: "another-saves-more", 3: "no-goods"}


# Groups.


def test_of_three_the_cheapest_is_free() -> None:
    on = basket(line(1, 300), line(2, 200), line(3, 100))
    assert shares(found(on, n_for_m(1, 3, 2)), 3) == [(1, 100)]


def test_groups_are_made_so_that_most_is_saved() -> None:
    """Of 5, 4, 3, 2, 1 in pairs 4 and 2 are free, and the 1 is left."""
    on = basket(*(line(number, 600 - 100 * number) for number in range(1, 6)))
    assert off(found(on, n_for_m(1, 2, 1))) == {1: 600}


def test_a_piece_is_better_left_where_it_stands_alone() -> None:
    """Two at 10.00 pay one; the third takes the 30 %."""
    on = basket(line(1, 1000, "3"))
    assert off(found(on, n_for_m(1, 2, 1), percent(2, 30))) == {1: 1000, 2: 300}


def test_a_group_is_not_made_where_it_saves_less() -> None:
    """Half off each beats one of three free."""
    on = basket(line(1, 1000, "3"))
    result = found(on, n_for_m(1, 3, 2), percent(2, 50))
    assert off(result) == {2: 1500}
    assert states(result) == {1: "another-saves-more", 2: "applied"}


def test_what_costs_nothing_may_complete_a_group() -> None:
    on = basket(line(1, 1000), line(2, 800), line(3, 0))
    assert off(found(on, n_for_m(1, 3, 1))) == {1: 800}


def test_groups_may_be_limited() -> None:
    on = basket(line(1, 1000, "4"), line(2, 500, "4"))
    result = found(on, n_for_m(1, 2, 1, most=2))
    assert off(result) == {1: 2000}


def test_what_is_weighed_is_in_no_group() -> None:
    on = basket(line(1, 1000, "2", unit="kg"), line(2, 500))
    assert states(found(on, n_for_m(1, 2, 1))) == {1: "no-goods"}
    of_both = bundle(1, 100, (these(1), 1), (these(2), 1))
    assert states(found(on, of_both)) == {1: "no-goods"}


def test_a_bundle_costs_its_price_and_the_saving_is_spread_by_price() -> None:
    """9.00 + 3.00 + 3.00 for 10.00: 5.00 off as 3.00, 1.00, 1.00."""
    on = basket(line(1, 900), line(2, 300, "2"))
    result = found(on, bundle(1, 1000, (these(1), 1), (these(2), 2)))
    assert shares(result, 1) == [(1, 300)]
    assert shares(result, 2) == [(1, 200)]


def test_a_bundle_that_saves_nothing_is_none() -> None:
    on = basket(line(1, 900), line(2, 100))
    result = found(on, bundle(1, 1000, (these(1), 1), (these(2), 1)))
    assert result.shares == {}
    assert states(result) == {1: "no-goods"}


def test_a_bundle_takes_what_it_saves_most_on() -> None:
    on = basket(line(1, 900), line(2, 400), line(3, 300))
    result = found(on, bundle(1, 1000, (these(1), 1), (these(2, 3), 1)))
    assert left_of(on, result) == {1: 692, 2: 308, 3: 300}


def test_promotions_share_the_pieces_so_that_most_is_saved() -> None:
    """Pairs alone save 10 + 8, the bundle alone 9; bundle and a pair of the rest 9 + 10."""
    on = basket(line(1, 1000, "2"), line(2, 800, "2"))
    pair = n_for_m(1, 2, 1, goods=these(1))
    of_both = bundle(2, 700, (these(2), 2))
    assert off(found(on, pair, of_both)) == {1: 1000, 2: 900}


def test_large_quantities_need_no_time() -> None:
    on = basket(line(1, 100, "1000000"), line(2, 90, "900000"), line(3, 80, "77777"))
    three, two = n_for_m(1, 3, 2), n_for_m(2, 2, 1, goods=these(1, 2))
    result = found(on, three, two, bundle(3, 150, (these(1), 1), (these(3), 1)))
    assert not result.cut
    assert sum(off(result).values()) > 90_000_000


# The ticket.


def test_ticket_promotions_come_last_and_are_spread_by_largest_remainder() -> None:
    on = basket(line(1, 1000), line(2, 500), line(3, 500))
    result = found(on, percent(1, 50, goods=these(1)), ticket_amount(2, 100))
    assert [shares(result, number) for number in (1, 2, 3)] == [
        [(1, 500), (2, 34)],
        [(2, 33)],
        [(2, 33)],
    ]


def test_all_that_stack_or_the_best_that_stands_alone() -> None:
    on = basket(line(1, 1000))
    stacked = [ticket_percent(1, 10, stacks=True), ticket_amount(2, 100, stacks=True)]
    assert off(found(on, *stacked, ticket_percent(3, 18))) == {1: 100, 2: 100}
    assert off(found(on, *stacked, ticket_percent(3, 20))) == {1: 100, 2: 100}
    assert off(found(on, *stacked, ticket_percent(3, 21), ticket_amount(4, 210))) == {3: 210}


def test_an_amount_off_the_ticket_ends_at_zero() -> None:
    on = basket(line(1, 1000), line(2, 0))
    assert left_of(on, found(on, ticket_amount(1, 5000))) == {1: 0, 2: 0}


# Who may count.


def test_a_line_with_an_overridden_price_takes_part_in_none() -> None:
    on = basket(line(1, 1000, barred=True), line(2, 1000))
    result = found(on, percent(1, 10), n_for_m(2, 2, 1), ticket_amount(3, 100))
    assert off(result) == {1: 100, 3: 100}
    assert list(result.shares) == [2]
    assert states(result)[2] == "no-goods"


@pytest.mark.parametrize(
    ("terms", "state"),
    [
        ({"starts_on": TODAY - days(9), "ends_on": TODAY - days(1)}, "not-today"),
        ({"starts_on": TODAY + days(1), "ends_on": TODAY + days(1)}, "not-today"),
        ({"happy_hour": HappyHour(weekdays=(0, 2))}, "not-today"),
        ({"happy_hour": HappyHour(weekdays=(1,))}, "applied"),
        ({"happy_hour": HappyHour(from_minute=720, to_minute=721)}, "applied"),
        ({"happy_hour": HappyHour(from_minute=600, to_minute=720)}, "not-now"),
        ({"happy_hour": HappyHour(from_minute=1200, to_minute=721)}, "applied"),
        ({"happy_hour": HappyHour(from_minute=1200, to_minute=720)}, "not-now"),
        ({"coupon": "TEN"}, "no-coupon"),
        ({"price_lists": (promotion_id(1),)}, "not-for-this-customer"),
        ({"price_lists": (promotion_id(1), promotion_id(2))}, "applied"),
        ({"goods": these(9)}, "no-goods"),
        ({"min_spend_minor": 1000}, "applied"),
        ({"min_spend_minor": 1001}, "below-minimum"),
        ({"currency": "EUR"}, "malformed"),
        ({"names": {}}, "malformed"),
    ],
    ids=str,
)
def test_each_that_does_not_count_says_why(terms: dict[str, object], state: str) -> None:
    on = basket(line(1, 1000), price_lists=(promotion_id(2),))
    assert states(found(on, percent(1, 10, **terms))) == {1: state}


@pytest.mark.parametrize(("minute", "state"), [(1319, "not-now"), (1320, "applied")])
@pytest.mark.parametrize("days_beyond", [0, 1])
def test_a_happy_hour_may_end_beyond_midnight(minute: int, state: str, days_beyond: int) -> None:
    """22:00 to 02:00, by the business date's weekday whatever the calendar says by then."""
    late = percent(1, 10, happy_hour=HappyHour(from_minute=1320, to_minute=120, weekdays=(1,)))
    on = basket(line(1, 1000), minute=minute + 1440 * days_beyond)
    assert states(found(on, late)) == {1: state}
    after_midnight = basket(line(1, 1000), minute=119 + 1440 * days_beyond)
    assert states(found(after_midnight, late)) == {1: "applied"}


def test_a_minimum_looks_at_the_goods_named_before_any_reduction() -> None:
    """Half off the first line leaves the second promotion its 15.00."""
    on = basket(line(1, 1000), line(2, 500, barred=True))
    half = percent(1, 50, stacks=True)
    assert off(found(on, half, ticket_amount(2, 100, min_spend_minor=1500))) == {1: 500, 2: 100}
    of_one = amount(2, 100, min_spend_minor=1500, goods=these(1))
    assert states(found(on, half, of_one))[2] == "below-minimum"


def test_coupons_say_what_became_of_them() -> None:
    on = basket(line(1, 1000), coupons=("TEN", "LATE", "TEN", "NONE", "LESS"))
    result = found(
        on,
        percent(1, 10, coupon="TEN"),
        percent(2, 10, coupon="LATE", ends_on=TODAY - days(1), starts_on=TODAY - days(1)),
        percent(3, 5, coupon="LESS"),
    )
    assert [(each.code, each.state) for each in result.coupons] == [
        ("TEN", "used"),
        ("LATE", "nothing-to-take-off"),
        ("TEN", "twice"),
        ("NONE", "unknown"),
        ("LESS", "nothing-to-take-off"),
    ]
    assert off(result) == {1: 100}


def test_what_could_have_saved_is_told_from_what_could_not() -> None:
    on = basket(line(1, 1000, "2"), line(2, 0, "4"))
    better = percent(9, 100)
    zero = these(2)
    result = found(
        on,
        better,
        amount(1, 1, stacks=True, goods=zero),
        n_for_m(2, 4, 2),
        n_for_m(3, 2, 1, goods=zero),
        bundle(4, 1999, (these(1), 2)),
        bundle(5, 2000, (these(1), 2)),
        ticket_amount(6, 1),
        n_for_m(7, 2, 1, goods=these(1)),
    )
    assert states(result) == {
        1: "no-goods",
        2: "no-goods",
        3: "no-goods",
        4: "another-saves-more",
        5: "no-goods",
        6: "no-goods",
        7: "another-saves-more",
        9: "applied",
    }


def test_what_could_have_saved_is_seen_on_the_dearest_pieces() -> None:
    """1.00 and 0.50 are no bundle for 2.00, but would have been one for 1.49, and a pair."""
    on = basket(line(1, 0, "2"), line(2, 50, "3"), line(3, 100))
    everything = these(1, 2, 3)
    result = found(on, percent(9, 100), n_for_m(1, 2, 1), bundle(2, 200, (everything, 2)))
    assert states(result) == {1: "another-saves-more", 2: "no-goods", 9: "applied"}
    close = found(on, percent(9, 100), bundle(2, 149, (everything, 2)))
    assert states(close) == {2: "another-saves-more", 9: "applied"}


# Baskets that are none.


def test_lines_that_no_sale_may_have_take_part_in_nothing() -> None:
    """The arithmetic refuses them afterwards, and names them."""
    on = basket(line(1, -5), line(2, 100, "0"), line(3, 100, "-2"), line(4, 10**12 + 1, "0.1"))
    result = found(on, percent(1, 10))
    assert (result.shares, states(result)) == ({}, {1: "no-goods"})


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (basket(line(1, 100), currency="ZZZ"), "unknown-currency"),
        (basket(line(1, 10**12, "2")), "amount-too-large"),
        (basket(line(1, 10**12, "NaN")), "quantity-not-a-number"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_no_arithmetic_can_hold_is_malformed(on: PromotedBasket, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        found(on, percent(1, 10))
    assert refusal.value.code == code


def test_more_promotions_than_a_line_may_name_are_cut() -> None:
    many = [amount(number, 1, stacks=True) for number in range(1, MAX_LINE_PROMOTIONS + 2)]
    result = found(basket(line(1, 10**6)), *many)
    assert result.cut
    assert len(result.shares[1]) == MAX_LINE_PROMOTIONS
    assert states(result)[MAX_LINE_PROMOTIONS + 1] == "another-saves-more"
    assert not found(basket(line(1, 10**6)), *many[:-1]).cut


# Every basket.


def weighted(on: PromotedBasket, result: Reductions) -> int:
    """What the open lines come to, with the exact tax where it comes on top."""
    left = left_of(on, result)
    return sum(
        left[each.line_no] * (1 if on.prices_include_tax else PPM + each.tax_rate_ppm)
        for each in on.lines
        if not each.barred
    )


@given(promoted_baskets(), promotion_lists(ticket=False))
def test_nothing_is_better_by_trying_everything(
    on: PromotedBasket, promotions: list[Promotion]
) -> None:
    result = reduce_basket(on, promotions)
    assert not result.cut
    assert weighted(on, result) == least_by_trying(on, promotions)


@given(promoted_baskets(lines=6, most=9), promotion_lists(most=6))
def test_shares_and_outcomes_tell_the_same(on: PromotedBasket, promotions: list[Promotion]) -> None:
    result = reduce_basket(on, promotions)
    by_promotion: dict[int, int] = {}
    for of_line in result.shares.values():
        assert of_line
        for share in of_line:
            assert share.amount_minor > 0
            number = share.promotion_id.int
            by_promotion[number] = by_promotion.get(number, 0) + share.amount_minor
        assert len({share.promotion_id for share in of_line}) == len(of_line)
    assert by_promotion == off(result)
    assert min(left_of(on, result).values()) >= 0
    assert not set(result.shares) & {each.line_no for each in on.lines if each.barred}
    assert [each.promotion_id for each in result.outcomes] == sorted(
        (each.promotion_id for each in promotions), key=str
    )
    for outcome in result.outcomes:
        assert (outcome.state == "applied") == (outcome.amount_minor > 0)


@given(promoted_baskets(lines=6, most=9), promotion_lists(most=6), st.integers(0, 2**32))
def test_the_order_of_lists_changes_nothing(
    on: PromotedBasket, promotions: list[Promotion], seed: int
) -> None:
    lines, shuffled = list(on.lines), list(promotions)
    Random(seed).shuffle(lines)
    Random(seed + 1).shuffle(shuffled)
    again = reduce_basket(replace(on, lines=tuple(lines)), shuffled)
    assert again == reduce_basket(on, promotions)


@given(promoted_baskets(lines=5, most=5, included=True), promotion_lists(most=5), st.data())
def test_one_more_promotion_never_costs_more(
    on: PromotedBasket, promotions: list[Promotion], draw: st.DataObject
) -> None:
    """Where prices include tax, and no search was cut."""
    left_out = draw.draw(st.sampled_from(promotions)) if promotions else None
    fewer = reduce_basket(on, [each for each in promotions if each is not left_out])
    more = reduce_basket(on, promotions)
    if not (fewer.cut or more.cut):
        assert sum(left_of(on, more).values()) <= sum(left_of(on, fewer).values())


@given(promoted_baskets(lines=5, included=False), promotion_lists(ticket=False), st.data())
def test_with_tax_on_top_one_more_costs_at_most_the_rounding(
    on: PromotedBasket, promotions: list[Promotion], draw: st.DataObject
) -> None:
    left_out = draw.draw(st.sampled_from(promotions)) if promotions else None
    fewer = reduce_basket(on, [each for each in promotions if each is not left_out])
    more = reduce_basket(on, promotions)
    rates = {each.tax_rate_ppm for each in on.lines}
    if not (fewer.cut or more.cut):
        assert weighted(on, more) <= weighted(on, fewer)
        assert due(on, more) <= due(on, fewer) + len(rates)


def due(on: PromotedBasket, result: Reductions) -> int:
    """What the arithmetic makes of the shares."""
    lines = tuple(
        LineInput(
            line_no=each.line_no,
            quantity=each.quantity,
            unit=each.unit,
            unit_price_minor=each.unit_price_minor,
            tax_id="t",
            tax_rate_ppm=each.tax_rate_ppm,
            promotions=result.shares.get(each.line_no, ()),
        )
        for each in on.lines
    )
    priced = BasketInput(
        currency=on.currency,
        prices_include_tax=on.prices_include_tax,
        business_date=on.business_date,
        lines=lines,
    )
    return quote(priced, cash_step_minor=1).due_minor


@given(promoted_baskets(lines=6, most=9), promotion_lists(most=6))
def test_the_arithmetic_takes_the_shares_as_they_are(
    on: PromotedBasket, promotions: list[Promotion]
) -> None:
    result = reduce_basket(on, promotions)
    if on.prices_include_tax:
        assert due(on, result) == sum(left_of(on, result).values())
    else:
        assert due(on, result) >= sum(left_of(on, result).values())


def test_the_same_product_on_several_lines_is_one_heap() -> None:
    """Three single pieces on three lines are a group; which line is free is the last."""
    on = basket(*(line(number, 100, product_id=product(1)) for number in (1, 2, 3)))
    result = found(on, n_for_m(1, 3, 2, goods=these(1)))
    assert [shares(result, number) for number in (1, 2, 3)] == [[], [], [(1, 100)]]
