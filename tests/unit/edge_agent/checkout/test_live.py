from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge_agent.checkout.rules.handed_over import price_as_told
from edge_agent.checkout.rules.live import price_live
from edge_agent.checkout.rules.orders import TicketOrder
from edge_agent.checkout.rules.tickets import basket_of, rung
from protocol.checkout import quote
from protocol.errors import Malformed, Refused
from protocol.messages.ticket import Tender, TicketDiscount
from protocol.vocabulary.currencies import cash_step_minor
from tests.unit.edge_agent.checkout.orders import CHEESE, MILK, OFFERS, STRANGER, TERMS, line, sale


def refusal(order: TicketOrder) -> Malformed:
    with pytest.raises(Malformed) as caught:
        price_live(order, OFFERS, terms=TERMS)
    return caught.value


def test_a_right_sale_has_the_shops_words_and_no_flags() -> None:
    priced = price_live(sale(cash=20000, change=8000), OFFERS, terms=TERMS)
    assert priced.flags == ()
    (only,) = priced.lines
    assert (only.name, only.tax_id, only.list_price_minor) == ("Lait", "tva9", 12000)
    assert priced.totals.payable_minor == 12000
    assert priced.totals.change_minor == 8000


def test_another_price_needs_a_reason() -> None:
    cheap = sale([line(unit_price_minor=10000)], payable=10000)
    assert refusal(cheap).fields == {"lines.0.unit_price_minor": "the list says 12000"}
    reasoned = sale([line(unit_price_minor=10000, price_reason="dented")], payable=10000)
    assert price_live(reasoned, OFFERS, terms=TERMS).lines[0].price_reason == "dented"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (sale([line(product_id=STRANGER)]), "unknown-product"),
        (sale(currency="EUR"), "wrong-currency"),
        (sale(cash=11500), "short-tender"),
        (sale(payable=11500), "wrong-totals"),
        (sale(payable=12500), "wrong-totals"),
        (sale(cash=20000, change=7500), "wrong-totals"),
        (sale(tenders=[Tender(kind="card", amount_minor=12500)]), "overpaid"),
        (sale([line(quantity="-1")]), "malformed-basket"),
        (sale([line(quantity="0.5")], payable=6000), "malformed-basket"),
        (sale([line(amount_minor=11999)]), "wrong-totals"),
        (sale([line(tax_rate_ppm=190_000)]), "unknown-tax"),
        (sale([line(), line()], payable=24000), "malformed-basket"),
    ],
)
def test_what_is_refused_says_why(order: TicketOrder, code: str) -> None:
    assert refusal(order).code == code


def test_every_unknown_product_is_named() -> None:
    order = sale([line(product_id=STRANGER), line(2), line(3, product_id=STRANGER)])
    assert set(refusal(order).fields) == {"lines.0.product_id", "lines.2.product_id"}


@given(
    pieces=st.integers(1, 500),
    grams=st.integers(1, 5000),
    percent_ppm=st.integers(0, 1_000_000),
    over=st.integers(0, 10_000),
)
def test_both_doors_agree_on_a_right_ticket(
    pieces: int, grams: int, percent_ppm: int, over: int
) -> None:
    lines = [line(quantity=str(pieces)), line(2, CHEESE, quantity=str(Decimal(grams) / 1000))]
    draft = sale(lines, discounts=[TicketDiscount(percent_ppm=percent_ppm)])
    due = quote(
        basket_of(draft, [rung(one, OFFERS[one.product_id]) for one in lines], terms=TERMS),
        cash_step_minor=cash_step_minor("DZD", TERMS.business_date),
    ).cash_payable_minor
    order = sale(
        lines,
        payable=due,
        cash=due + over,
        change=over,
        discounts=[TicketDiscount(percent_ppm=percent_ppm)],
    )
    assert price_as_told(order, OFFERS, terms=TERMS) == price_live(order, OFFERS, terms=TERMS)


def test_a_zero_price_with_a_reason_is_sold_free() -> None:
    free = sale([line(unit_price_minor=0, price_reason="gift")], payable=0)
    assert price_live(free, OFFERS, terms=TERMS).totals.payable_minor == 0


def test_what_the_office_withdrew_is_not_sold_but_comes_back() -> None:
    offers = {**OFFERS, MILK: replace(OFFERS[MILK], withdrawn=True)}
    with pytest.raises(Refused, match="withdrawn") as refused:
        price_live(sale([line(), line(2)], payable=24000), offers, terms=TERMS)
    assert refused.value.fields.keys() == {"lines.0.product_id", "lines.1.product_id"}
    assert price_live(sale(kind="return", reason="recall"), offers, terms=TERMS).flags == ()
    assert price_as_told(sale(), offers, terms=TERMS).flags == ("product-withdrawn",)
