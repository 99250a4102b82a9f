from datetime import date
from uuid import UUID

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge_agent.checkout.rules.handed_over import UNKNOWN_TAX, price_as_told
from edge_agent.checkout.rules.orders import OrderLine, TicketOrder, content_hash
from edge_agent.checkout.rules.placing import place_handed_over
from edge_agent.tills.rules import RegisterShifts, Shift
from hub.ingest.bookable_rules import impossible
from protocol.errors import Malformed
from protocol.messages.ticket import SaleFinalised, Tender, TicketDiscount
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from tests.unit.edge_agent.checkout.orders import (
    CHEESE,
    MILK,
    OFFERS,
    STRANGER,
    TERMS,
    line,
    sale,
)
from tests.unit.edge_agent.clock import START

REGISTER = UUID(int=7)
OTHER_REGISTER = UUID(int=8)


@pytest.mark.parametrize(
    ("order", "flags"),
    [
        (sale(), set()),
        (
            sale([line(product_id=STRANGER, tax_id="t", tax_rate_ppm=0)], payable=95000),
            {"unknown-product"},
        ),
        (sale([line(unit_price_minor=10000)], payable=10000), {"price-differs"}),
        (sale(payable=11500), {"wrong-totals"}),
        (sale(cash=11500), {"short-tender"}),
        (sale(cash=12500), {"overpaid"}),
        (sale([line(quantity="0.5")], payable=6000), {"fractional-quantity"}),
        (sale([line(quantity="-1")], payable=-12000), {"negative-quantity", "negative-tender"}),
        (sale([line(quantity="0")], payable=0), {"zero-quantity"}),
        (
            sale([line(unit_price_minor=-5000)], payable=-5000),
            {"negative-price", "price-differs", "negative-tender"},
        ),
        (sale([line(amount_minor=11000)], payable=11000), {"wrong-totals"}),
        (sale([line(tax_id="other", tax_rate_ppm=0)]), {"tax-differs"}),
        (sale([line(), line()], payable=24000), {"renumbered-lines"}),
        (sale([], payable=0), {"malformed"}),
        (
            sale([line(discount=TicketDiscount(amount_minor=13000))], payable=-1000),
            {"discount-too-large", "negative-tender"},
        ),
    ],
)
def test_everything_is_booked_and_flagged(order: TicketOrder, flags: set[str]) -> None:
    priced = price_as_told(order, OFFERS, terms=TERMS)
    assert set(priced.flags) == flags
    assert priced.totals.payable_minor == order.payable_minor
    assert len(priced.lines) == len(order.lines)


def test_a_stranger_is_booked_under_what_can_be_known() -> None:
    (booked,) = price_as_told(sale([line(product_id=STRANGER, code="999")]), {}, terms=TERMS).lines
    assert (booked.name, booked.tax_id, booked.unit) == ("999", UNKNOWN_TAX, "piece")


def test_another_currency_is_booked_without_rounding() -> None:
    priced = price_as_told(sale(currency="XTS", payable=12001), OFFERS, terms=TERMS)
    assert {"wrong-currency", "unknown-currency", "wrong-totals"} == set(priced.flags)
    assert priced.totals.cash_rounding_minor == 0


@pytest.mark.parametrize(
    "order",
    [
        sale(payable=MAX_AMOUNT_MINOR + 1),
        sale(payable=0, change=-MAX_AMOUNT_MINOR - 1),
        sale(cash=MAX_AMOUNT_MINOR + 1),
    ],
)
def test_money_that_no_ledger_can_hold_is_not_booked(order: TicketOrder) -> None:
    with pytest.raises(Malformed, match="too-large"):
        price_as_told(order, OFFERS, terms=TERMS)


@pytest.mark.parametrize(
    ("lines", "amounts"),
    [
        ([line(quantity="1000000000")], [12000]),
        ([line(quantity="1000000000", amount_minor=24000)], [24000]),
        ([line(2, amount_minor=10**12), line(1, amount_minor=10**12)], [6000, 6000]),
        (
            [line(2, quantity="1000000000", amount_minor=7000), line(1, amount_minor=5000)],
            [5000, 7000],
        ),
    ],
)
def test_a_product_beyond_all_money_is_booked_at_what_was_charged(
    lines: list[OrderLine], amounts: list[int]
) -> None:
    priced = price_as_told(sale(lines), OFFERS, terms=TERMS)
    assert [booked.amount_minor for booked in priced.lines] == amounts
    assert "amount-too-large" in priced.flags
    assert sum(tax.gross_minor for tax in priced.tax_lines) == sum(amounts)


_amounts = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)
_charges = st.integers(-(10**11), 10**11)
_discounts = st.builds(
    TicketDiscount,
    percent_ppm=st.none() | st.integers(-2_000_000, 2_000_000),
    amount_minor=st.none() | st.integers(-(10**6), 10**6),
)
_lines = st.builds(
    OrderLine,
    line_no=st.integers(-2, 4),
    product_id=st.sampled_from([MILK, CHEESE, STRANGER]),
    quantity=st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False),
    unit_price_minor=st.none() | st.integers(-(10**6), 10**6),
    discount=st.none() | _discounts,
    tax_id=st.none() | st.just("t"),
    tax_rate_ppm=st.none() | st.integers(-1, 2_000_000),
    amount_minor=st.none() | st.integers(-(10**6), 10**6),
)


@given(
    lines=st.lists(_lines, max_size=4),
    payable=_charges,
    cash=_amounts,
    change=_amounts,
    discounts=st.lists(_discounts, max_size=2),
)
def test_anything_readable_is_booked_as_told(
    lines: list[OrderLine],
    payable: int,
    cash: int,
    change: int,
    discounts: list[TicketDiscount],
) -> None:
    order = sale(
        lines,
        payable=payable,
        change=change,
        discounts=discounts,
        tenders=[Tender(kind="cash", amount_minor=cash), Tender(kind="card", amount_minor=1)],
    )
    priced = price_as_told(order, OFFERS, terms=TERMS)
    event("too large" if "amount-too-large" in priced.flags else "held")
    totals = priced.totals
    assert (totals.payable_minor, totals.change_minor) == (payable, change)
    assert totals.tendered_minor == cash + 1
    assert totals.lines_minor == sum(one.amount_minor for one in priced.lines)
    settled = totals.due_minor + totals.cash_rounding_minor
    assert ("wrong-totals" in priced.flags) or settled == payable
    given_minor = totals.tendered_minor - change
    assert (given_minor == payable) == (not {"short-tender", "overpaid"} & set(priced.flags))


def shift(number: int, *, register_id: UUID = REGISTER, z_number: int | None = None) -> Shift:
    return Shift(
        id=UUID(int=number),
        register_id=register_id,
        currency="DZD",
        float_minor=0,
        business_date=date(2026, 3, number),
        opened_at=START,
        opened_by=UUID(int=1),
        closed_at=None if z_number is None else START,
        z_number=z_number,
    )


def known(
    named: Shift | None = None, current: Shift | None = None, last: Shift | None = None
) -> RegisterShifts:
    return RegisterShifts(named=named, current=current, last_closed=last)


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        (known(named=shift(1), current=shift(1)), (1, None, ())),
        (known(named=shift(1, z_number=4), current=shift(2)), (1, 4, ("shift-closed",))),
        (known(current=shift(2)), (2, None, ("unknown-shift",))),
        (known(last=shift(1, z_number=9)), (1, 9, ("unknown-shift", "shift-closed"))),
        (known(), (None, None, ("unknown-shift",))),
        (known(named=shift(1, register_id=OTHER_REGISTER)), (1, None, ("other-register",))),
    ],
)
def test_a_place_is_always_found(
    shifts: RegisterShifts, expected: tuple[int | None, int | None, tuple[str, ...]]
) -> None:
    placing = place_handed_over(shifts, register_id=REGISTER, today=date(2026, 5, 1))
    shift_number = None if placing.shift_id is None else placing.shift_id.int
    assert (shift_number, placing.addendum_to_z, placing.flags) == expected
    if placing.shift_id is None:
        assert placing.business_date == date(2026, 5, 1)


def test_the_content_is_the_same_however_a_quantity_is_written() -> None:
    assert content_hash(sale([line(quantity="2")])) == content_hash(sale([line(quantity="2")]))
    assert content_hash(sale()) != content_hash(sale(payable=12500))
    assert content_hash(sale()) != content_hash(sale(kind="return"))


_MOST = MAX_AMOUNT_MINOR
_FULL = 2_000_000_000
_figures = st.sampled_from([_MOST, -_MOST, _MOST // 2, 0, 1]) | st.integers(-_MOST, _MOST)
_rates = st.sampled_from([_FULL, 0, 1_000_000]) | st.integers(0, _FULL)
_discounts = st.builds(TicketDiscount, percent_ppm=_rates) | st.builds(
    TicketDiscount, amount_minor=_figures
)
_lines = st.builds(
    line,
    quantity=st.sampled_from(["1", "-1", "1000000000", "-1000000000", "0.000001", "0"]),
    unit_price_minor=_figures,
    amount_minor=st.none() | _figures,
    discount=st.none() | _discounts,
    tax_id=st.sampled_from(["a", "b", "c"]),
    tax_rate_ppm=st.none() | _rates,
)
_CANCELLING = [
    line(quantity=quantity, unit_price_minor=_MOST, discount=TicketDiscount(percent_ppm=_FULL))
    for quantity in ("1", "-1")
]
_MANY_TAXES = [
    line(unit_price_minor=_MOST, tax_id=f"t{number}", tax_rate_ppm=0) for number in range(9)
]
_MANY_CANCELLING = [
    line(number, unit_price_minor=_MOST, quantity=str((-1) ** number), tax_rate_ppm=0)
    for number in range(1, 61)
]
_MANY_FREE = [
    line(number, unit_price_minor=_MOST, discount=TicketDiscount(percent_ppm=1_000_000))
    for number in range(1, 61)
]
_MANY_TAXED = [
    line(
        number,
        unit_price_minor=_MOST // 25,
        quantity=str((-1) ** number),
        tax_id=f"t{number}",
        tax_rate_ppm=10_000_000,
    )
    for number in range(1, 21)
]


@given(
    lines=st.lists(_lines, max_size=5),
    discounts=st.lists(_discounts, max_size=5),
    tenders=st.lists(st.builds(Tender, kind=st.just("cash"), amount_minor=_figures), max_size=4),
    payable=_figures,
    included=st.booleans(),
)
@example(lines=_CANCELLING, discounts=[], tenders=[], payable=0, included=True)
@example(lines=_MANY_TAXES, discounts=[], tenders=[], payable=0, included=True)
@example(lines=_MANY_CANCELLING, discounts=[], tenders=[], payable=0, included=True)
@example(lines=_MANY_FREE, discounts=[], tenders=[], payable=0, included=True)
@example(lines=_MANY_TAXED, discounts=[], tenders=[], payable=0, included=False)
@example(lines=_MANY_TAXES, discounts=[], tenders=[], payable=0, included=False)
def test_no_figure_of_a_booked_ticket_is_beyond_the_ledger(
    lines: list[OrderLine],
    discounts: list[TicketDiscount],
    tenders: list[Tender],
    payable: int,
    included: bool,
) -> None:
    """What is beyond is kept aside, so that no sum of a shift's tickets outgrows 64 bits."""
    order = sale(lines, payable=payable, discounts=discounts, tenders=tenders)
    terms = replace(TERMS, prices_include_tax=included)
    try:
        priced = price_as_told(order, OFFERS, terms=terms)
    except Malformed:
        return
    parts = [*priced.lines, *priced.tax_lines, priced.totals]
    figures = [
        getattr(part, name) or 0
        for part in parts
        for name in part.__struct_fields__
        if name.endswith("_minor")
    ]
    # A line may lie as far below nothing as its discount is above its amount.
    assert max(map(abs, figures)) <= 3 * _MOST
    ticket = SaleFinalised(
        mode="handed_over",
        currency="DZD",
        prices_include_tax=included,
        rules_version="1",
        price_version=1,
        series_epoch=1,
        receipt_number=1,
        rung_at=START,
        lines=priced.lines,
        tax_lines=priced.tax_lines,
        tenders=tenders,
        totals=priced.totals,
        discounts=discounts,
    )
    assert impossible(ticket) is None, "the hub keeps it out of the books"


def test_tenders_of_more_than_any_ledger_holds_are_kept_aside() -> None:
    tenders = [Tender(kind="cash", amount_minor=MAX_AMOUNT_MINOR // 2)] * 3
    with pytest.raises(Malformed, match="No ledger"):
        price_as_told(sale(tenders=tenders), OFFERS, terms=TERMS)
