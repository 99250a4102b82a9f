"""The values just inside of every bound, and what a refusal names: where a rule is off by one."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from protocol.checkout import (
    Discount,
    OriginalLine,
    OriginalTicket,
    ReturnInput,
    ReturnLineInput,
    TaxFigures,
    price_return,
    quote,
    rules,
)
from protocol.checkout.duty import MAX_BRACKETS, CashDutyTariff, DutyBracket, check_tariff
from protocol.checkout.settlement import settle, settle_refund
from protocol.checkout.validation import MAX_RATE_PPM, check_basket
from protocol.errors import HanoutError, Malformed, Refused
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from tests.unit.protocol.checkout.baskets import a_basket, a_line, card, cash


def a_bracket(above_minor: int = 0, duty_minor: int = 1) -> DutyBracket:
    return DutyBracket(above_minor=above_minor, tranche_minor=100, duty_minor=duty_minor)


def a_tariff(*brackets: DutyBracket, **changes: object) -> CashDutyTariff:
    tariff = CashDutyTariff(currency="DZD", valid_from=date(2026, 1, 1), brackets=brackets)
    return replace(tariff, **changes)


@pytest.mark.parametrize(
    "tariff",
    [
        a_tariff(*(a_bracket(above) for above in range(MAX_BRACKETS))),
        a_tariff(a_bracket(), a_bracket(MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)),
        a_tariff(a_bracket(), minimum_minor=MAX_AMOUNT_MINOR, maximum_minor=MAX_AMOUNT_MINOR),
        a_tariff(a_bracket(), exempt_up_to_minor=MAX_AMOUNT_MINOR),
    ],
)
def test_a_tariff_may_go_to_its_bounds(tariff: CashDutyTariff) -> None:
    check_tariff(tariff)


def test_a_line_may_go_to_its_bounds() -> None:
    whole = Discount(amount_minor=MAX_AMOUNT_MINOR)
    check_basket(a_basket(a_line(tax_rate_ppm=MAX_RATE_PPM, discount=whole)))


def test_all_faults_of_a_line_are_named() -> None:
    with pytest.raises(Malformed) as refusal:
        check_basket(a_basket(a_line(tax_id="", discount=Discount())))
    assert list(refusal.value.fields) == ["lines.0.tax_id", "lines.0.discount"]


def test_a_quote_says_what_the_lines_come_to_and_the_tax_on_top() -> None:
    told = quote(
        a_basket(a_line(tax_rate_ppm=190_000), prices_include_tax=False), cash_step_minor=1
    )
    assert (told.lines_minor, told.added_tax_minor, told.due_minor) == (1000, 190, 1190)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (lambda: settle(10, [card(12)], cash_step_minor=1, duty=int), {"tenders": "2 too much"}),
        (lambda: settle_refund(10, [cash(13)], cash_step_minor=1), {"tenders": "3 too much"}),
        (lambda: rules("1999.9"), {"rules_version": "'1999.9' is not known"}),
    ],
)
def test_a_refusal_names_by_how_much(wrong: Callable[[], object], fields: dict[str, str]) -> None:
    with pytest.raises((Refused, Malformed)) as refusal:
        wrong()
    error = refusal.value
    assert isinstance(error, HanoutError)
    assert dict(error.fields) == fields


def original(amount_minor: int, pieces: int, *, tax: TaxFigures, included: bool) -> OriginalTicket:
    """A ticket that was handed over: its tax is what it says, not what its lines make."""
    line = OriginalLine(
        line_no=1,
        quantity=Decimal(pieces),
        unit="piece",
        tax_id="t",
        tax_rate_ppm=190_000,
        line_discount_minor=0,
        ticket_discount_minor=0,
        amount_minor=amount_minor,
    )
    nothing = replace(line, line_no=2, quantity=Decimal(0), amount_minor=0)
    return OriginalTicket(prices_include_tax=included, lines=(line, nothing), tax_lines=(tax,))


def a_tax(base_minor: int, tax_minor: int, **changes: object) -> TaxFigures:
    tax = TaxFigures(
        tax_id="t",
        rate_ppm=190_000,
        base_minor=base_minor,
        tax_minor=tax_minor,
        gross_minor=base_minor + tax_minor,
    )
    return replace(tax, **changes)


def refunded_tax(ticket: OriginalTicket, pieces: int) -> int:
    goods = ticket.lines[0].amount_minor * pieces // int(ticket.lines[0].quantity)
    if not ticket.prices_include_tax:
        goods += ticket.tax_lines[0].tax_minor
    line = ReturnLineInput(line_no=1, original_line_no=1, quantity=Decimal(pieces))
    coming = ReturnInput(original=ticket, lines=(line,), tenders=(cash(goods),))
    (tax,) = price_return(coming, cash_step_minor=1).tax_lines
    return tax.tax_minor


@pytest.mark.parametrize(
    ("tax", "included", "refunded"),
    [
        (a_tax(1183, 7), True, 7),
        (a_tax(1190, 0), True, 0),
        (a_tax(0, 1190), True, 1190),
        (a_tax(1190, 5), False, 5),
    ],
)
def test_the_tax_that_was_charged_comes_back(
    tax: TaxFigures, included: bool, refunded: int
) -> None:
    assert refunded_tax(original(1190, 1, tax=tax, included=included), 1) == refunded


@pytest.mark.parametrize(
    "tax",
    [
        a_tax(1183, 7, gross_minor=1191),
        a_tax(1180, 7),
        a_tax(1191, -1),
        a_tax(-1, 1191),
        a_tax(1183, 7, treatment="exempt"),
        a_tax(1183, 7, tax_id="other"),
    ],
)
def test_a_tax_that_does_not_add_up_is_reckoned_anew(tax: TaxFigures) -> None:
    assert refunded_tax(original(1190, 1, tax=tax, included=True), 1) == 190


def test_a_line_that_sold_nothing_takes_no_part() -> None:
    assert refunded_tax(original(10, 10, tax=a_tax(7, 3), included=True), 4) == 1
