"""What a basket may not be; most cases are shared vectors."""

import pytest

from protocol.checkout import Discount
from protocol.checkout.validation import (
    MAX_DISCOUNTS,
    MAX_LINE_PROMOTIONS,
    MAX_LINES,
    check_basket,
    check_cash_step,
)
from protocol.errors import Malformed
from tests.unit.protocol.checkout.baskets import a_basket, a_line, shares


def test_a_sound_basket_passes() -> None:
    check_basket(a_basket(a_line(1, discount=Discount(amount_minor=0)), a_line(2)))


def test_all_faults_are_named_at_once() -> None:
    basket = a_basket(a_line(0, tax_id="", unit_price_minor=-1), a_line(2, tax_rate_ppm=10**7 + 1))
    with pytest.raises(Malformed) as refusal:
        check_basket(basket)
    assert sorted(refusal.value.fields) == [
        "lines.0.line_no",
        "lines.0.tax_id",
        "lines.0.unit_price_minor",
        "lines.1.tax_rate_ppm",
    ]


def test_promotions_take_something_off_once_each() -> None:
    twice = shares(10)[0]
    basket = a_basket(a_line(promotions=(twice, *shares(0, 10**12 + 1))))
    with pytest.raises(Malformed) as refusal:
        check_basket(basket)
    assert sorted(refusal.value.fields) == [
        "lines.0.promotions.1.amount_minor",
        "lines.0.promotions.1.promotion_id",
        "lines.0.promotions.2.amount_minor",
    ]


def test_promotions_of_a_line_are_bounded() -> None:
    many = shares(*[1] * (MAX_LINE_PROMOTIONS + 1))
    with pytest.raises(Malformed) as refusal:
        check_basket(a_basket(a_line(promotions=many)))
    assert list(refusal.value.fields) == ["lines.0.promotions"]
    check_basket(a_basket(a_line(promotions=many[:-1])))


@pytest.mark.parametrize("treatment", ["exempt", "outside"])
def test_what_is_not_taxed_has_no_rate(treatment: str) -> None:
    with pytest.raises(Malformed) as refusal:
        check_basket(a_basket(a_line(tax_rate_ppm=1, tax_treatment=treatment)))
    assert list(refusal.value.fields) == ["lines.0.tax_rate_ppm"]
    check_basket(a_basket(a_line(tax_treatment=treatment)))


def test_lines_and_discounts_are_bounded() -> None:
    many = tuple(a_line(number) for number in range(1, MAX_LINES + 2))
    discounts = (Discount(percent_ppm=0),) * (MAX_DISCOUNTS + 1)
    with pytest.raises(Malformed) as refusal:
        check_basket(a_basket(*many, ticket_discounts=discounts))
    assert sorted(refusal.value.fields) == ["lines", "ticket_discounts"]
    check_basket(a_basket(*many[:-1], ticket_discounts=discounts[:-1]))


def test_discounts_beyond_the_bound_are_named() -> None:
    with pytest.raises(Malformed) as refusal:
        check_basket(a_basket(a_line(discount=Discount(amount_minor=10**12 + 1))))
    assert list(refusal.value.fields) == ["lines.0.discount"]


def test_a_cash_step_is_one_or_more() -> None:
    check_cash_step(1)
    with pytest.raises(Malformed):
        check_cash_step(0)
