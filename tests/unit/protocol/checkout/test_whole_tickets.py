"""From the price list to the last return: whole tickets, every step of the order together."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.checkout import (
    BasketInput,
    Discount,
    Figures,
    LineInput,
    OriginalLine,
    OriginalTicket,
    PromotedBasket,
    Promotion,
    Quote,
    ReturnInput,
    ReturnLineInput,
    TenderInput,
    price_basket,
    quote,
    quote_return,
    reduce_basket,
)
from protocol.checkout.basket import Paper
from protocol.checkout.duty import ALGERIAN_CASH_DUTY, CashDutyTariff, duty_by
from protocol.checkout.tax import RatePoint, RegimeKind, line_tax
from protocol.errors import Malformed
from tests.unit.protocol.checkout.baskets import a_basket, a_line, card, cash
from tests.unit.protocol.checkout.promoted_baskets import promoted_baskets, promotion_lists

SCHEDULES = {
    "tva19": [RatePoint(valid_from=date(2017, 1, 1), rate_ppm=190_000)],
    "tva9": [RatePoint(valid_from=date(2017, 1, 1), rate_ppm=90_000)],
    "zero": [RatePoint(valid_from=date(2017, 1, 1), rate_ppm=0)],
    "free": [RatePoint(valid_from=date(2017, 1, 1), rate_ppm=0, exempt=True)],
}
TARIFFS = (
    ALGERIAN_CASH_DUTY,
    replace(ALGERIAN_CASH_DUTY, mode="marginal", exempt_up_to_minor=0),
    replace(ALGERIAN_CASH_DUTY, scope="invoices", maximum_minor=2_500),
)


def ticket(
    on: PromotedBasket,
    promotions: Sequence[Promotion],
    *,
    regime: RegimeKind = "reel",
    exempt_customer: bool = False,
) -> BasketInput:
    """What the register makes of goods, promotions, the regime and the customer."""
    shares = reduce_basket(on, promotions).shares
    lines = []
    for each in on.lines:
        tax_id = sorted(SCHEDULES)[each.line_no % len(SCHEDULES)]
        tax = line_tax(
            tax_id,
            SCHEDULES[tax_id],
            on=on.business_date,
            regime=regime,
            exempt_customer=exempt_customer,
        )
        lines.append(
            LineInput(
                line_no=each.line_no,
                quantity=each.quantity,
                unit=each.unit,
                unit_price_minor=each.unit_price_minor,
                tax_id=tax.tax_id,
                tax_rate_ppm=tax.rate_ppm,
                tax_treatment=tax.treatment,
                promotions=shares.get(each.line_no, ()),
            )
        )
    return BasketInput(
        currency=on.currency,
        prices_include_tax=on.prices_include_tax,
        business_date=on.business_date,
        lines=tuple(lines),
    )


@st.composite
def tickets(draw: st.DrawFn) -> BasketInput:
    """Any goods, promotions, regime and customer; on either paper; a discount now and then."""
    priced = ticket(
        draw(promoted_baskets(lines=5, most=6)),
        draw(promotion_lists()),
        regime=draw(st.sampled_from(["reel", "reel", "ifu"])),
        exempt_customer=draw(st.booleans()),
    )
    percent = draw(st.sampled_from([0, 0, 50_000]))
    return replace(
        priced,
        paper=draw(st.sampled_from(["ticket", "invoice"])),
        ticket_discounts=(Discount(percent_ppm=percent),) if percent else (),
    )


def is_conserved(figures: Figures) -> bool:
    for each in figures.lines:
        offs = each.promotion_minor + each.line_discount_minor + each.ticket_discount_minor
        assert each.gross_minor - offs == each.amount_minor >= 0
    lines = sum(each.amount_minor for each in figures.lines)
    assert sum(tax.gross_minor for tax in figures.tax_lines) == lines + figures.added_tax_minor
    left = lines + figures.added_tax_minor + figures.duty_minor + figures.cash_rounding_minor
    return left == figures.payable_minor == figures.tendered_minor - figures.change_minor


@given(tickets(), st.sampled_from(TARIFFS), st.sampled_from([1, 5, 500]), st.integers(0, 100))
def test_money_is_conserved_with_everything_at_once(
    basket: BasketInput, tariff: CashDutyTariff, step: int, card_percent: int
) -> None:
    """Promise M, with promotions, treatments, duty and cash rounding; paid partly by card."""
    due = quote(basket, cash_step_minor=step).due_minor
    by_card = due * card_percent // 100
    tenders: list[TenderInput] = [card(by_card)] if by_card else []
    paid = replace(basket, tenders=(*tenders, cash(10**7)))
    figures = price_basket(paid, cash_step_minor=step, tariffs=[tariff])
    assert is_conserved(figures)
    told = tariff.scope == "tickets" or basket.paper == "invoice"
    assert figures.duty_minor == (duty_by(tariff, due - by_card) if told else 0)
    assert (figures.payable_minor - by_card) % step == 0


@given(tickets(), st.integers(1, 10**6))
def test_without_cash_there_is_neither_duty_nor_rounding(basket: BasketInput, step: int) -> None:
    due = quote(basket, cash_step_minor=step).due_minor
    if due:
        paid = replace(basket, tenders=(card(due),))
        figures = price_basket(paid, cash_step_minor=step, tariffs=TARIFFS[:1])
        assert (figures.duty_minor, figures.cash_rounding_minor, figures.payable_minor) == (
            *(0, 0),
            due,
        )


@given(tickets())
def test_a_line_that_is_not_taxed_bears_no_tax(basket: BasketInput) -> None:
    for tax in quote(basket, cash_step_minor=1).tax_lines:
        if tax.treatment != "taxed":
            assert (tax.rate_ppm, tax.tax_minor, tax.base_minor) == (0, 0, tax.gross_minor)


@given(promoted_baskets(), promotion_lists(), st.booleans())
def test_under_ifu_no_tax_is_shown_at_all(
    on: PromotedBasket, promotions: list[Promotion], exempt_customer: bool
) -> None:
    priced = ticket(on, promotions, regime="ifu", exempt_customer=exempt_customer)
    figures = quote(priced, cash_step_minor=1)
    assert {tax.treatment for tax in figures.tax_lines} == {"outside"}
    assert figures.due_minor == figures.lines_minor


@given(tickets(), st.data())
def test_when_everything_has_come_back_nothing_is_left(
    basket: BasketInput, draw: st.DataObject
) -> None:
    """In whatever portions: every figure of the goods is given back, no more and no less."""
    original = sold(basket)
    back: Counter[str] = Counter()
    for _ in range(draw.draw(st.integers(0, 3))):
        coming = {}
        for each in original.lines:
            left = each.quantity - each.returned_quantity
            scale = Decimal(1).scaleb(int(left.as_tuple().exponent))
            units = draw.draw(st.integers(0, int(left / scale)))
            if units:
                coming[each.line_no] = units * scale
        original = returned(original, coming, back)
    rest = {each.line_no: each.quantity - each.returned_quantity for each in original.lines}
    returned(original, {number: left for number, left in rest.items() if left}, back)
    assert +back == +figures_of(quote(basket, cash_step_minor=1))


def sold(basket: BasketInput) -> OriginalTicket:
    """The ticket as a return refers to it."""
    figures = quote(basket, cash_step_minor=1)
    inputs = {each.line_no: each for each in basket.lines}
    return OriginalTicket(
        prices_include_tax=basket.prices_include_tax,
        tax_lines=figures.tax_lines,
        lines=tuple(
            OriginalLine(
                line_no=each.line_no,
                quantity=inputs[each.line_no].quantity,
                unit=inputs[each.line_no].unit,
                tax_id=inputs[each.line_no].tax_id,
                tax_rate_ppm=inputs[each.line_no].tax_rate_ppm,
                tax_treatment=inputs[each.line_no].tax_treatment,
                promotion_minor=each.promotion_minor,
                line_discount_minor=each.line_discount_minor,
                ticket_discount_minor=each.ticket_discount_minor,
                amount_minor=each.amount_minor,
            )
            for each in figures.lines
        ),
    )


def returned(
    original: OriginalTicket, coming: dict[int, Decimal], back: Counter[str]
) -> OriginalTicket:
    """The ticket after a return; `back` gains what was given back."""
    if not coming:
        return original
    lines = tuple(
        ReturnLineInput(line_no=at, original_line_no=number, quantity=quantity)
        for at, (number, quantity) in enumerate(coming.items(), start=1)
    )
    back.update(
        figures_of(quote_return(ReturnInput(original=original, lines=lines), cash_step_minor=1))
    )
    after = tuple(
        replace(
            each, returned_quantity=each.returned_quantity + coming.get(each.line_no, Decimal(0))
        )
        for each in original.lines
    )
    return replace(original, lines=after)


def figures_of(quoted: Quote) -> Counter[str]:
    found: Counter[str] = Counter({"due": quoted.due_minor})
    for line in quoted.lines:
        found["gross"] += line.gross_minor
        found["promotions"] += line.promotion_minor
        found["discounts"] += line.line_discount_minor + line.ticket_discount_minor
        found["amount"] += line.amount_minor
    for tax in quoted.tax_lines:
        key = f"{tax.tax_id} {tax.rate_ppm} {tax.treatment}"
        found[f"base {key}"] += tax.base_minor
        found[f"tax {key}"] += tax.tax_minor
    return found


@pytest.mark.parametrize("paper", ["ticket", "invoice"])
@given(price=st.integers(0, 10**12), pieces=st.integers(1, 3), rate=st.integers(0, 10**6))
def test_amounts_hold_up_to_the_bound_and_are_malformed_beyond(
    paper: Paper, price: int, pieces: int, rate: int
) -> None:
    """10¹² minor units: a figure beyond is never wrapped, rounded or guessed."""
    line = a_line(quantity=Decimal(pieces), unit_price_minor=price, tax_rate_ppm=rate)
    basket = a_basket(line, currency="DZD", prices_include_tax=False, paper=paper)
    gross = price * pieces
    due = gross + (2 * gross * rate + 10**6) // (2 * 10**6)
    found = outcome(replace(basket, tenders=(cash(10**12),)))
    if isinstance(found, Figures):
        assert is_conserved(found)
        assert found.due_minor == due + found.duty_minor <= 10**12
    else:
        assert found == "amount-too-large"
        assert due + due // 50 > 10**12 - 10**4


def outcome(paid: BasketInput) -> Figures | str:
    """The figures, or the code of the refusal."""
    try:
        return price_basket(paid, cash_step_minor=1, tariffs=TARIFFS[:1])
    except Malformed as refusal:
        return refusal.code
