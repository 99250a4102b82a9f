"""A sale's figures: the shared vectors, and what holds for every basket."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout import PPM, BasketInput, Discount, Figures, price_basket, quote
from protocol.checkout.duty import CashDutyTariff, DutyBracket
from protocol.errors import HanoutError
from tests.unit.protocol.checkout.baskets import (
    STEPS,
    TODAY,
    a_basket,
    a_line,
    baskets,
    card,
    cash,
    checkout_vectors,
    read,
    shares,
    written,
)
from tests.unit.protocol.vocabulary.vectors import Vector

DUTY = CashDutyTariff(
    currency="DZD",
    valid_from=TODAY,
    brackets=(DutyBracket(above_minor=30_000, tranche_minor=10_000, duty_minor=100),),
    exempt_up_to_minor=30_000,
)


def in_cash(basket: BasketInput, step: int) -> BasketInput:
    """The basket, paid in cash to the last coin."""
    payable = quote(basket, cash_step_minor=step).cash_payable_minor
    return msgspec.structs.replace(basket, tenders=(cash(payable),))


def is_conserved(figures: Figures) -> bool:
    lines = sum(line.amount_minor for line in figures.lines)
    left = lines + figures.added_tax_minor + figures.duty_minor + figures.cash_rounding_minor
    return left == figures.payable_minor == figures.tendered_minor - figures.change_minor


@pytest.mark.parametrize("vector", checkout_vectors("sales"), ids=lambda vector: vector["name"])
def test_sale_vectors(vector: Vector) -> None:
    basket = read(vector["basket"], BasketInput)
    step = vector["cash_step_minor"]
    if "error" in vector:
        with pytest.raises(HanoutError) as refusal:
            price_basket(basket, cash_step_minor=step)
        assert type(refusal.value).__name__ == vector["error"]["kind"]
        assert refusal.value.code == vector["error"]["code"]
        if "fields" in vector["error"]:
            assert sorted(refusal.value.fields) == vector["error"]["fields"]
        return
    figures = price_basket(basket, cash_step_minor=step)
    assert written(figures) == vector["figures"]
    assert is_conserved(figures)
    quoted = written(quote(basket, cash_step_minor=step))
    assert isinstance(quoted, dict)
    assert vector["quote"].items() <= quoted.items()


def test_there_are_enough_vectors_and_enough_by_hand() -> None:
    found = checkout_vectors("sales") + checkout_vectors("returns")
    assert len(found) >= 80
    assert sum(vector["hand_checked"] for vector in found) >= 60
    names = [vector["name"] for vector in found]
    assert len(set(names)) == len(names)


@given(baskets(), STEPS, st.integers(0, 10_000), st.integers(0, 100))
def test_money_is_conserved_however_it_is_paid(
    basket: BasketInput, step: int, extra: int, card_percent: int
) -> None:
    due = quote(basket, cash_step_minor=step).due_minor
    by_card = due * card_percent // 100
    tenders = [cash(due - by_card + step + extra)]
    if by_card:
        tenders.append(card(by_card))
    figures = price_basket(
        msgspec.structs.replace(basket, tenders=tuple(tenders)), cash_step_minor=step
    )
    assert is_conserved(figures)
    assert abs(figures.cash_rounding_minor) * 2 <= step
    assert (figures.payable_minor - by_card) % step == 0


@given(baskets(), STEPS)
def test_paying_what_the_quote_says_leaves_no_change(basket: BasketInput, step: int) -> None:
    quoted = quote(basket, cash_step_minor=step)
    figures = price_basket(in_cash(basket, step), cash_step_minor=step)
    assert figures.change_minor == 0
    assert figures.payable_minor == quoted.cash_payable_minor
    assert figures.lines == quoted.lines
    assert figures.tax_lines == quoted.tax_lines
    if quoted.due_minor:
        exact = msgspec.structs.replace(basket, tenders=(card(quoted.due_minor),))
        assert price_basket(exact, cash_step_minor=step).payable_minor == quoted.due_minor


@given(baskets(), STEPS, st.integers(0, 2**32))
def test_the_order_of_the_list_changes_no_figure(basket: BasketInput, step: int, seed: int) -> None:
    paid = in_cash(basket, step)
    shuffled = list(paid.lines)
    Random(seed).shuffle(shuffled)
    again = msgspec.structs.replace(paid, lines=tuple(shuffled))
    assert price_basket(again, cash_step_minor=step) == price_basket(paid, cash_step_minor=step)


@given(baskets())
def test_every_figure_is_the_nearest_to_its_exact_value(basket: BasketInput) -> None:
    figures = quote(basket, cash_step_minor=1)
    by_number = {line.line_no: line for line in figures.lines}
    sums: dict[tuple[str, int, str], int] = {}
    for line in basket.lines:
        found = by_number[line.line_no]
        exact = Fraction(line.quantity) * line.unit_price_minor
        assert abs(exact - found.gross_minor) <= Fraction(1, 2)
        assert found.promotion_minor == sum(share.amount_minor for share in line.promotions)
        if line.discount is not None and line.discount.percent_ppm is not None:
            left = found.gross_minor - found.promotion_minor
            off = Fraction(left * line.discount.percent_ppm, PPM)
            assert abs(off - found.line_discount_minor) <= Fraction(1, 2)
        parts = found.line_discount_minor + found.ticket_discount_minor + found.amount_minor
        assert found.gross_minor == found.promotion_minor + parts
        assert min(found.line_discount_minor, found.ticket_discount_minor) >= 0
        assert found.amount_minor >= 0
        key = (line.tax_id, line.tax_rate_ppm, line.tax_treatment)
        sums[key] = sums.get(key, 0) + found.amount_minor
    assert [(tax.tax_id, tax.rate_ppm, tax.treatment) for tax in figures.tax_lines] == sorted(sums)
    for tax in figures.tax_lines:
        amount = sums[tax.tax_id, tax.rate_ppm, tax.treatment]
        rate = Fraction(tax.rate_ppm, PPM)
        exact = amount * rate / (1 + rate) if basket.prices_include_tax else amount * rate
        assert abs(exact - tax.tax_minor) <= Fraction(1, 2)
        assert tax.base_minor + tax.tax_minor == tax.gross_minor
        assert amount == (tax.gross_minor if basket.prices_include_tax else tax.base_minor)


@given(baskets())
def test_ticket_discounts_are_allocated_whole(basket: BasketInput) -> None:
    figures = quote(basket, cash_step_minor=1)
    allocated = sum(line.ticket_discount_minor for line in figures.lines)
    assert allocated == sum(figures.ticket_discounts_minor)
    assert len(figures.ticket_discounts_minor) == len(basket.ticket_discounts)


@given(baskets(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_larger_discount_never_costs_more(basket: BasketInput, one: int, other: int) -> None:
    """Where prices include tax; added tax over several rates may follow the odd cent."""
    included = msgspec.structs.replace(basket, prices_include_tax=True)
    less, more = (
        quote(
            msgspec.structs.replace(included, ticket_discounts=(Discount(percent_ppm=ppm),)),
            cash_step_minor=500,
        )
        for ppm in sorted((one, other))
    )
    assert more.due_minor <= less.due_minor
    assert more.cash_payable_minor <= less.cash_payable_minor


@given(st.integers(1, 1000), st.integers(0, 10**6), st.integers(1, 1000))
def test_scaling_whole_pieces_scales_the_gross(count: int, price: int, factor: int) -> None:
    line = a_basket().lines[0]
    few = msgspec.structs.replace(line, quantity=count * line.quantity, unit_price_minor=price)
    many = msgspec.structs.replace(few, quantity=factor * few.quantity)
    assert (
        quote(a_basket(many), cash_step_minor=1).due_minor
        == factor * quote(a_basket(few), cash_step_minor=1).due_minor
    )


def test_duty_comes_after_tax_and_before_cash_rounding() -> None:
    """350.00 goods: 4 started hundreds, 4.00 duty, 354.00 due, rounded to 355.00."""
    line = msgspec.structs.replace(a_basket().lines[0], unit_price_minor=35_000)
    basket = a_basket(line, currency="DZD", tenders=(cash(40_000),))
    figures = price_basket(basket, cash_step_minor=500, tariffs=[DUTY])
    assert (figures.lines_minor, figures.duty_minor, figures.due_minor) == (35_000, 400, 35_400)
    assert (figures.cash_rounding_minor, figures.payable_minor) == (100, 35_500)
    assert figures.change_minor == 4_500
    assert is_conserved(figures)
    quoted = quote(basket, cash_step_minor=500, tariffs=[DUTY])
    assert (quoted.due_minor, quoted.cash_duty_minor) == (35_000, 400)
    assert (quoted.cash_rounding_minor, quoted.cash_payable_minor) == (100, 35_500)


def test_duty_is_on_the_part_due_in_cash_and_none_without_cash() -> None:
    line = msgspec.structs.replace(a_basket().lines[0], unit_price_minor=60_000)
    mixed = a_basket(line, currency="DZD", tenders=(card(25_000), cash(35_400)))
    figures = price_basket(mixed, cash_step_minor=1, tariffs=[DUTY])
    assert (figures.duty_minor, figures.payable_minor, figures.change_minor) == (400, 60_400, 0)
    by_card = msgspec.structs.replace(mixed, tenders=(card(60_000),))
    assert price_basket(by_card, cash_step_minor=1, tariffs=[DUTY]).duty_minor == 0


def test_the_duty_may_be_on_invoices_alone() -> None:
    line = msgspec.structs.replace(a_basket().lines[0], unit_price_minor=60_000)
    only = msgspec.structs.replace(DUTY, scope="invoices")
    for paper, duty_minor in (("ticket", 0), ("invoice", 600)):
        basket = a_basket(line, currency="DZD", paper=paper, tenders=(cash(70_000),))
        paid = price_basket(basket, cash_step_minor=1, tariffs=[only])
        assert paid.duty_minor == duty_minor
        assert quote(basket, cash_step_minor=1, tariffs=[only]).cash_duty_minor == duty_minor


def test_promotions_come_before_the_cashiers_discount() -> None:
    """Two at 10.00, 4.00 and 1.00 off, then 10 % off the 15.00 that are left."""
    line = a_line(
        quantity=Decimal(2), promotions=shares(400, 100), discount=Discount(percent_ppm=100_000)
    )
    [found] = quote(a_basket(line), cash_step_minor=1).lines
    assert (found.promotion_minor, found.line_discount_minor, found.amount_minor) == (
        500,
        150,
        1350,
    )


def test_taxes_are_summed_by_treatment_too() -> None:
    """0 %, exempt and outside are three things, even of one tax."""
    treatments = ("taxed", "outside", "exempt")
    lines = [a_line(n, tax_treatment=each) for n, each in enumerate(treatments, start=1)]
    figures = quote(a_basket(*lines), cash_step_minor=1)
    assert [tax.treatment for tax in figures.tax_lines] == ["exempt", "outside", "taxed"]
    assert {tax.gross_minor for tax in figures.tax_lines} == {1000}
