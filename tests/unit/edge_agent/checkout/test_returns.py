from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge_agent.checkout.rules.live import price_live
from edge_agent.checkout.rules.orders import Priced, TicketOrder
from edge_agent.checkout.rules.returns import (
    ReturnedSale,
    price_against_ticket,
    price_return_as_told,
    returned_sale,
)
from edge_agent.sales.rules import Receipt, TicketDocument
from protocol.errors import Malformed, Refused
from protocol.messages.ticket import Tender, TicketDiscount
from tests.unit.edge_agent.checkout.orders import CHEESE, OFFERS, STRANGER, TERMS, line, sale
from tests.unit.edge_agent.clock import START


def document(order: TicketOrder, priced: Priced) -> TicketDocument:
    return TicketDocument(
        id=order.id,
        kind=order.kind,
        mode="live",
        receipt=Receipt(number=1, series_epoch=1, register_id=UUID(int=1), text=""),
        seq=1,
        hash="",
        shift_id=order.shift_id,
        staff_id=UUID(int=2),
        business_date=date(2026, 3, 2),
        rung_at=START,
        finalised_at=START,
        currency=order.currency,
        prices_include_tax=True,
        lines=priced.lines,
        tax_lines=priced.tax_lines,
        totals=priced.totals,
        tenders=order.tenders,
        flags=[],
    )


def sold(pieces: int = 3) -> TicketDocument:
    order = sale([line(quantity=str(pieces))], payable=12000 * pieces)
    return document(order, price_live(order, OFFERS, terms=TERMS))


def back(quantity: str = "1", *, payable: int = 12000, **more: Any) -> TicketOrder:
    known: dict[str, Any] = {"original_sale_id": UUID(int=9), **more}
    return sale(
        [replace(line(quantity=quantity), unit_price_minor=None)],
        payable=payable,
        kind="return",
        reason="broken",
        **known,
    )


def test_a_part_comes_back_in_proportion_and_names_its_line() -> None:
    priced = price_against_ticket(back("2", payable=24000), returned_sale(sold(), []), terms=TERMS)
    assert priced.lines[0].original_line_no == 1
    assert priced.totals.payable_minor == 24000
    assert priced.flags == ()


def test_over_all_returns_no_more_comes_back_than_was_sold() -> None:
    first = price_against_ticket(back("2", payable=24000), returned_sale(sold(), []), terms=TERMS)
    of = returned_sale(sold(), [document(back("2", payable=24000), first)])
    assert of.returned == {1: Decimal(2)}
    with pytest.raises(Refused, match="already-returned"):
        price_against_ticket(back("2", payable=24000), of, terms=TERMS)
    assert price_against_ticket(back("1"), of, terms=TERMS).totals.payable_minor == 12000


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (back(payable=11500), "short-tender"),
        (back(currency="EUR"), "wrong-currency"),
        (replace(back(), payable_minor=11500), "wrong-totals"),
        (back(tenders=[Tender(kind="cash", amount_minor=12500)]), "overpaid"),
        (replace(back(), lines=[line(product_id=STRANGER)]), "malformed-return"),
        (replace(back(), lines=[line(original_line_no=7)]), "malformed-return"),
    ],
)
def test_what_is_refused_says_why(order: TicketOrder, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        price_against_ticket(order, returned_sale(sold(), []), terms=TERMS)
    assert caught.value.code == code


@given(cuts=st.lists(st.integers(1, 4), min_size=1, max_size=6), percent=st.integers(0, 999_999))
def test_all_parts_together_give_back_what_was_taken(cuts: list[int], percent: int) -> None:
    pieces = sum(cuts)
    order = sale(
        [line(quantity=str(pieces), discount=TicketDiscount(percent_ppm=percent))],
        tenders=[Tender(kind="card", amount_minor=1)],
    )
    expected = _payable_by_card(order)
    order = replace(
        order, payable_minor=expected, tenders=[Tender(kind="card", amount_minor=expected)]
    )
    if expected == 0:
        return
    ticket = document(order, price_live(order, OFFERS, terms=TERMS))
    returns: list[TicketDocument] = []
    for cut in cuts:
        of = returned_sale(ticket, returns)
        taken = _refund(of, cut)
        returns.append(document(back(str(cut)), taken))
    assert sum(one.totals.due_minor for one in returns) == ticket.totals.due_minor


def _payable_by_card(order: TicketOrder) -> int:
    try:
        price_live(replace(order, payable_minor=0, tenders=[]), OFFERS, terms=TERMS)
    except Malformed as refusal:
        return int(refusal.fields["totals.payable_minor"].split()[0])
    return 0


def _refund(of: ReturnedSale, pieces: int) -> Priced:
    """Ask with a card refund of any amount, learn what is due, and take that."""
    line_back = replace(line(quantity=str(pieces)), unit_price_minor=None)
    order = replace(back(), lines=[line_back], tenders=[])
    told = price_return_as_told(replace(order, payable_minor=0), of, offers={}, terms=TERMS)
    guess = 0
    for _ in range(2):
        tenders = [Tender(kind="card", amount_minor=guess)] if guess else []
        try:
            return price_against_ticket(
                replace(order, tenders=tenders, payable_minor=guess), of, terms=TERMS
            )
        except Malformed as refusal:
            guess += int(next(iter(refusal.fields.values())).split()[0])
    raise AssertionError(told)


def test_at_the_other_door_the_same_return_has_no_flags() -> None:
    of = returned_sale(sold(), [])
    priced = price_return_as_told(back(), of, offers=OFFERS, terms=TERMS)
    assert priced == price_against_ticket(back(), of, terms=TERMS)


@pytest.mark.parametrize("line_no", [1_763_893_000_123, 10**30, 10_001, 0, -1])
def test_at_the_other_door_a_line_gets_a_number_that_can_be(line_no: int) -> None:
    order = replace(back(), lines=[replace(line(line_no), unit_price_minor=None)])
    priced = price_return_as_told(order, returned_sale(sold(), []), offers=OFFERS, terms=TERMS)
    assert priced.flags == ("renumbered-lines",)
    assert [each.line_no for each in priced.lines] == [1]
    assert priced.totals.payable_minor == 12000


def test_at_the_other_door_every_line_gets_a_number_of_its_own() -> None:
    order = sale([line(1), line(2, product_id=CHEESE)], payable=107_000)
    of = returned_sale(document(order, price_live(order, OFFERS, terms=TERMS)), [])
    twice = [line(7), line(7, product_id=CHEESE)]
    order = replace(back(payable=107_000), lines=twice)
    priced = price_return_as_told(order, of, offers=OFFERS, terms=TERMS)
    assert priced.flags == ("renumbered-lines",)
    assert [each.line_no for each in priced.lines] == [1, 2]


def test_at_the_other_door_a_line_that_no_ticket_has_is_found_by_its_product() -> None:
    order = replace(back(), lines=[line(original_line_no=10**30)])
    priced = price_return_as_told(order, returned_sale(sold(), []), offers=OFFERS, terms=TERMS)
    assert priced.flags == ("renumbered-lines",)
    assert priced.lines[0].original_line_no == 1


def test_at_the_other_door_too_much_is_booked_and_flagged() -> None:
    priced = price_return_as_told(
        back("5", payable=60000), returned_sale(sold(), []), offers=OFFERS, terms=TERMS
    )
    assert priced.flags == ("already-returned",)
    assert priced.totals.payable_minor == 60000
    unknown = price_return_as_told(back(), None, offers=OFFERS, terms=TERMS)
    assert unknown.flags == ("unknown-sale",)


def test_without_ticket_the_list_price_holds_unless_another_is_given() -> None:
    order = back(original_sale_id=None)
    assert price_live(order, OFFERS, terms=TERMS).totals.payable_minor == 12000
    other = replace(
        order,
        lines=[line(unit_price_minor=9000)],
        payable_minor=9000,
        tenders=[Tender(kind="cash", amount_minor=9000)],
    )
    assert price_live(other, OFFERS, terms=TERMS).totals.payable_minor == 9000
