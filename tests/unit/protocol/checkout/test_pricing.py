"""Goods before settlement: what the vectors do not show."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout import BasketInput, Discount
from protocol.checkout.pricing import price_goods, tax_on
from protocol.errors import Malformed
from tests.unit.protocol.checkout.baskets import a_basket, a_line, baskets, shares


@given(baskets())
def test_goods_are_the_sum_of_the_tax_lines(basket: BasketInput) -> None:
    goods = price_goods(basket)
    assert goods.goods_minor == sum(tax.gross_minor for tax in goods.tax_lines)
    assert goods.goods_minor == goods.lines_minor + goods.added_tax_minor
    if basket.prices_include_tax:
        assert goods.added_tax_minor == 0


@given(baskets())
def test_tenders_play_no_part(basket: BasketInput) -> None:
    without = msgspec.structs.replace(basket, tenders=())
    assert price_goods(without) == price_goods(basket)


@given(st.integers(0, 10**9), st.integers(0, 10**7))
def test_taking_included_tax_out_and_adding_it_again_is_off_by_the_rounding_alone(
    gross: int, rate: int
) -> None:
    out = tax_on(("t", rate, "taxed"), gross, included=True)
    again = tax_on(("t", rate, "taxed"), out.base_minor, included=False)
    assert abs(again.gross_minor - gross) <= 1 + rate // 10**6


@pytest.mark.parametrize(
    ("basket", "field"),
    [
        (
            a_basket(a_line(7, discount=Discount(amount_minor=1001)), a_line(1)),
            "lines.0.discount",
        ),
        (
            a_basket(ticket_discounts=(Discount(amount_minor=1), Discount(amount_minor=1000))),
            "ticket_discounts.1",
        ),
        (a_basket(a_line(7, promotions=shares(900, 101)), a_line(1)), "lines.0.promotions"),
        (
            a_basket(a_line(promotions=shares(900), discount=Discount(amount_minor=101))),
            "lines.0.discount",
        ),
    ],
)
def test_a_discount_too_large_says_where(basket: BasketInput, field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        price_goods(basket)
    assert refusal.value.code == "discount-too-large"
    assert list(refusal.value.fields) == [field]


def test_added_tax_beyond_the_bound_is_malformed() -> None:
    line = a_line(unit_price_minor=10**12, tax_rate_ppm=1)
    with pytest.raises(Malformed):
        price_goods(a_basket(line, prices_include_tax=False))
