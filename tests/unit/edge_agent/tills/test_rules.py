from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge_agent.sales.rules import AddendaTotal, ShiftTickets, TaxTotal, TenderTotal
from edge_agent.tills.report_rules import Closing, Standing, report, shift_closed
from edge_agent.tills.rules import (
    CashSums,
    Shift,
    refuse_second_shift,
    require_open,
    sum_cash,
)
from protocol.errors import Refused
from protocol.messages.till import MOST_SUMS, OTHERS, Addenda, Perpetual, TenderSum
from tests.unit.edge_agent.clock import START

REGISTER = UUID(int=7)
HEAD = bytes(range(32))
SHIFT = Shift(
    id=UUID(int=1),
    register_id=REGISTER,
    currency="DZD",
    float_minor=500_000,
    business_date=date(2026, 3, 2),
    opened_at=START,
    opened_by=UUID(int=3),
)
TICKETS = ShiftTickets(
    sales_count=3,
    returns_count=1,
    gross_minor=60_000,
    returns_minor=12_000,
    change_minor=5_000,
    handed_over_count=1,
    tenders=[
        TenderTotal(ticket_kind="sale", tender_kind="card", count=1, amount_minor=20_000),
        TenderTotal(ticket_kind="return", tender_kind="cash", count=1, amount_minor=12_000),
        TenderTotal(ticket_kind="sale", tender_kind="cash", count=2, amount_minor=45_000),
    ],
    taxes=[TaxTotal(tax_id="tva19", rate_ppm=190_000, base_minor=40_336, tax_minor=7_664)],
    series_epoch=1,
    first_receipt=5,
    last_receipt=8,
)
CASH = CashSums(paid_in_minor=1_000, paid_out_minor=2_000, pickup_minor=30_000, loan_minor=4_000)


def test_an_x_sums_up_without_number_or_count() -> None:
    x = report(SHIFT, TICKETS, before=Standing(), cash=CASH)
    assert (x.kind, x.z_number, x.closed_at, x.cash.counted_minor) == ("x", None, None, None)
    assert x.net_minor == 48_000
    assert x.tenders == [
        TenderSum(kind="card", count=1, amount_minor=20_000),
        TenderSum(kind="cash", count=3, amount_minor=28_000),
    ]
    assert sum(tender.amount_minor for tender in x.tenders) == x.net_minor
    assert x.cash.sales_minor == 40_000
    assert x.cash.expected_minor == 500_000 + 40_000 - 12_000 + 1_000 + 4_000 - 2_000 - 30_000


def test_a_z_is_the_x_with_number_and_count_and_travels_whole() -> None:
    closing = Closing(z_number=4, closed_at=START, counted_cash_minor=500_000, chain_hash=HEAD)
    z = report(SHIFT, TICKETS, before=Standing(), cash=CASH, closing=closing)
    assert z.cash.over_short_minor == 500_000 - z.cash.expected_minor == -1_000
    fact = shift_closed(z)
    assert (fact.z_number, fact.cash.over_short_minor, fact.last_receipt) == (4, -1_000, 8)
    assert fact.tenders == z.tenders


def test_change_without_any_cash_tender_still_leaves_the_drawer() -> None:
    odd = replace(TICKETS, tenders=[TICKETS.tenders[0]])
    x = report(SHIFT, odd, before=Standing(), cash=CashSums())
    assert TenderSum(kind="cash", count=0, amount_minor=-5_000) in x.tenders
    assert x.cash.sales_minor == -5_000


def test_change_on_a_return_comes_back_into_the_drawer() -> None:
    """120 given back in cash, 20 of them received again as change: 100 left the drawer."""
    back = ShiftTickets(
        returns_count=1,
        returns_minor=10_000,
        returns_change_minor=2_000,
        tenders=[
            TenderTotal(ticket_kind="return", tender_kind="cash", count=1, amount_minor=12_000)
        ],
    )
    x = report(SHIFT, back, before=Standing(), cash=CashSums())
    assert x.tenders == [TenderSum(kind="cash", count=1, amount_minor=-10_000)]
    assert x.cash.returns_minor == 10_000
    assert x.cash.expected_minor == x.cash.float_minor - 10_000


def test_a_report_names_as_much_as_fits_into_a_fact_and_sums_up_the_others() -> None:
    """Tablets have written a card's number as the kind of tender; the shift closes all the same."""
    kinds = [OTHERS, *(f"CARD-{number:05}" for number in range(3_000)), "cash"]
    many = replace(
        TICKETS,
        change_minor=0,
        tenders=[
            TenderTotal(ticket_kind="sale", tender_kind=kind, count=2, amount_minor=10)
            for kind in kinds
        ],
        taxes=[
            TaxTotal(tax_id=f"T{number}", rate_ppm=number, base_minor=7, tax_minor=1)
            for number in range(3_000)
        ],
    )
    z = report(SHIFT, many, before=Standing(), cash=CashSums())
    assert (len(z.tenders), len(z.taxes)) == (MOST_SUMS, MOST_SUMS)
    sums = {tender.kind: (tender.count, tender.amount_minor) for tender in z.tenders}
    assert sums["cash"] == (2, 10)
    beyond = len(kinds) - MOST_SUMS + 1
    assert sums[OTHERS] == (2 * beyond, 10 * beyond)
    assert sum(tender.amount_minor for tender in z.tenders) == 10 * len(kinds)
    others = z.taxes[-1]
    assert (others.tax_id, others.rate_ppm) == (OTHERS, 0)
    assert sum(tax.base_minor for tax in z.taxes) == 7 * 3_000
    assert sum(tax.tax_minor for tax in z.taxes) == 3_000


@given(
    st.lists(
        st.tuples(st.sampled_from(["paid_in", "paid_out", "pickup", "loan"]), st.integers(1, 10**9))
    )
)
def test_cash_is_summed_by_kind(movements: list[tuple[str, int]]) -> None:
    sums = sum_cash(movements)  # type: ignore[arg-type]
    for kind in ("paid_in", "paid_out", "pickup", "loan"):
        assert getattr(sums, f"{kind}_minor") == sum(a for k, a in movements if k == kind)


def test_one_open_shift_per_register() -> None:
    refuse_second_shift(None)
    with pytest.raises(Refused, match="shift-open"):
        refuse_second_shift(SHIFT)


def test_a_ticket_needs_this_registers_open_shift() -> None:
    assert require_open(SHIFT, register_id=REGISTER) is SHIFT
    with pytest.raises(Refused, match="unknown-shift"):
        require_open(None, register_id=REGISTER)
    with pytest.raises(Refused, match="unknown-shift"):
        require_open(SHIFT, register_id=UUID(int=8))
    with pytest.raises(Refused, match="shift-closed"):
        require_open(replace(SHIFT, closed_at=START), register_id=REGISTER)


def test_perpetual_totals_go_on_and_the_years_begin_anew() -> None:
    """Of the addenda, those of last year's tickets count for ever but not in this year."""
    sale = AddendaTotal(
        z_number=3, ticket_kind="sale", year=2026, count=1, payable_minor=700, duty_minor=5
    )
    back = replace(sale, z_number=2, ticket_kind="return", year=2025, payable_minor=90)
    late = [sale, back]
    before = Perpetual(
        sales_minor=1_000_000,
        returns_minor=1_000,
        sales_count=100,
        returns_count=1,
        duty_minor=50,
        year=2025,
        year_sales_minor=900_000,
        year_returns_minor=1_000,
    )
    tickets = replace(TICKETS, duty_minor=500, duty_count=1, addenda=late)
    x = report(SHIFT, tickets, cash=CASH, before=Standing(last=before))
    assert x.perpetual == Perpetual(
        sales_minor=1_060_700,
        returns_minor=13_090,
        sales_count=104,
        returns_count=3,
        duty_minor=560,
        year=2026,
        year_sales_minor=60_700,
        year_returns_minor=12_000,
    )
    assert x.addenda == [
        Addenda(z_number=2, sales_count=0, sales_minor=0, returns_count=1, returns_minor=90),
        Addenda(z_number=3, sales_count=1, sales_minor=700, returns_count=0, returns_minor=0),
    ]
    assert (x.duty_minor, x.duty_count, x.chain_hash, x.signature) == (500, 1, None, None)
