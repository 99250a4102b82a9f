from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from edge_agent.checkout.rules.handed_over import price_as_told
from edge_agent.checkout.rules.live import live_lines, price_live
from edge_agent.checkout.rules.promoting import promoted_lines
from edge_agent.checkout.rules.returns import price_against_ticket, returned_sale
from edge_agent.checkout.rules.tickets import basket_of
from protocol.checkout import quote
from protocol.checkout.basket import PromotionShare
from protocol.checkout.promotions import HappyHour, Promotion
from protocol.errors import Malformed
from protocol.messages.ticket import TicketDiscount
from tests.unit.edge_agent.checkout.orders import CHEESE, OFFERS, TERMS, line, sale
from tests.unit.edge_agent.checkout.test_returns import document

TENTH = UUID(int=11)
PROMOTION = Promotion(
    promotion_id=TENTH,
    names={"fr": "Moins 10 %"},
    kind="percent",
    currency="DZD",
    starts_on=date(2026, 3, 1),
    ends_on=date(2026, 3, 31),
    percent_ppm=100_000,
)
PROMOTED = replace(TERMS, promotions=(PROMOTION,))
MILK_SHARE = [PromotionShare(promotion_id=TENTH, amount_minor=1_200)]


def test_a_promotion_comes_off_before_the_cashiers_discount() -> None:
    order = sale([line(discount=TicketDiscount(percent_ppm=500_000))], payable=5_500)
    live = price_live(order, OFFERS, terms=PROMOTED)
    assert live.lines[0].promotions == MILK_SHARE
    assert (live.lines[0].promotion_minor, live.lines[0].line_discount_minor) == (1_200, 5_400)
    assert (live.totals.due_minor, live.totals.payable_minor) == (5_400, 5_500)
    assert price_as_told(order, OFFERS, terms=PROMOTED) == live


def test_a_tablet_that_left_it_out_is_refused_live_and_told_what_is_expected() -> None:
    with pytest.raises(Malformed) as refusal:
        price_live(sale(), OFFERS, terms=PROMOTED)
    assert (refusal.value.code, dict(refusal.value.fields)) == (
        "wrong-totals",
        {"totals.payable_minor": "expected 11000", "totals.change_minor": "expected 1000"},
    )


def test_a_tablet_that_left_it_out_is_booked_as_it_charged_and_flagged() -> None:
    told = price_as_told(sale(), OFFERS, terms=PROMOTED)
    assert told.flags == ("promotions-differ",)
    assert (told.lines[0].promotions, told.totals.payable_minor) == ([], 12_000)
    neither = price_as_told(sale(payable=7_000), OFFERS, terms=PROMOTED)
    assert neither.flags == ("promotions-differ", "wrong-totals")


def test_a_line_at_another_price_takes_part_in_none() -> None:
    dented = sale([line(unit_price_minor=11_000, price_reason="dented")], payable=11_000)
    assert price_live(dented, OFFERS, terms=PROMOTED).lines[0].promotions == []


def test_a_happy_hour_goes_by_the_shops_minute() -> None:
    hour = HappyHour(from_minute=600, to_minute=660)
    happy = replace(PROMOTED, promotions=(replace(PROMOTION, happy_hour=hour),))
    order = sale(payable=11_000)
    assert price_live(order, OFFERS, terms=replace(happy, minute=600)).totals.due_minor == 10_800
    with pytest.raises(Malformed):
        price_live(order, OFFERS, terms=replace(happy, minute=660))


def test_a_coupon_counts_once_and_unknown_ones_do_nothing() -> None:
    coupon = replace(PROMOTED, promotions=(replace(PROMOTION, coupon="DIX"),))
    assert price_live(sale(), OFFERS, terms=coupon).lines[0].promotions == []
    for codes in (["DIX"], ["DIX", "DIX"], ["VINGT", "DIX"]):
        order = sale(payable=11_000, coupons=codes)
        assert price_live(order, OFFERS, terms=coupon).lines[0].promotions == MILK_SHARE


@pytest.mark.parametrize("quantity", ["-1", "0.3333333"])
def test_a_handed_over_line_that_cannot_be_is_told_without_promotions(quantity: str) -> None:
    odd = sale([line(quantity=quantity)], payable=-12_000)
    assert price_as_told(odd, OFFERS, terms=PROMOTED).lines[0].quantity == Decimal(quantity)


KINDS: list[dict[str, Any]] = [
    {"kind": "percent", "percent_ppm": 150_000},
    {"kind": "amount", "amount_minor": 700, "stacks": True},
    {"kind": "n_for_m", "buy": 3, "pay": 2},
    {"kind": "ticket_percent", "percent_ppm": 50_000, "min_spend_minor": 20_000},
    {"kind": "ticket_amount", "amount_minor": 1_000, "coupon": "DIX"},
]


@given(
    kinds=st.lists(st.sampled_from(KINDS), max_size=5),
    pieces=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    grams=st.integers(1, 5_000),
    coupons=st.lists(st.sampled_from(["DIX", "VINGT"]), max_size=3),
    hidden=st.integers(-30_000, 30_000),
)
def test_both_doors_agree_and_the_other_one_takes_whatever_was_charged(
    kinds: list[dict[str, Any]],
    pieces: list[int],
    grams: int,
    coupons: list[str],
    hidden: int,
) -> None:
    promotions = tuple(
        structs.replace(PROMOTION, promotion_id=UUID(int=number), percent_ppm=None, **kind)
        if "percent_ppm" not in kind
        else structs.replace(PROMOTION, promotion_id=UUID(int=number), **kind)
        for number, kind in enumerate(kinds, 1)
    )
    terms = replace(TERMS, promotions=promotions)
    lines = [line(number, quantity=str(count)) for number, count in enumerate(pieces, 1)]
    lines.append(line(90, CHEESE, quantity=str(Decimal(grams) / 1000)))
    draft = sale(lines, coupons=coupons)
    rung_lines = live_lines(draft, OFFERS, terms=terms)
    basket = basket_of(draft, promoted_lines(draft, rung_lines, terms=terms), terms=terms)
    due = quote(basket, cash_step_minor=500).cash_payable_minor
    order = sale(lines, payable=due, coupons=coupons)
    live = price_live(order, OFFERS, terms=terms)
    assert price_as_told(order, OFFERS, terms=terms) == live
    shuffled = replace(order, lines=order.lines[::-1])
    assert price_live(shuffled, OFFERS, terms=terms).totals == live.totals
    other = sale(lines, payable=due + hidden, coupons=coupons)
    told = price_as_told(other, OFFERS, terms=terms)
    assert told.totals.payable_minor == due + hidden
    assert bool(told.flags) == bool(hidden)


def test_what_comes_back_gives_back_what_was_paid() -> None:
    """Of two pieces at 10 % off, the first one."""
    order = sale([line(quantity="2")], payable=21_500)
    booked = document(order, price_live(order, OFFERS, terms=PROMOTED))
    back = sale([line(unit_price_minor=None)], payable=11_000, kind="return", reason="sour")
    first = price_against_ticket(back, returned_sale(booked, []), terms=TERMS)
    assert (first.lines[0].promotion_minor, first.lines[0].amount_minor) == (1_200, 10_800)
    assert first.lines[0].promotions == []
    loose = price_live(
        replace(back, payable_minor=12_000, tenders=sale().tenders), OFFERS, terms=PROMOTED
    )
    assert loose.lines[0].promotion_minor == 0
