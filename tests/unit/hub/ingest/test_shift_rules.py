"""A shift that is added up as it is read comes to what its Z says."""

from datetime import date
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest import shift_rules
from hub.ingest.shift_rules import LateTickets, OpenShift
from hub.tills.rules import ticket_differences
from protocol.codec.facts import decode_fact
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import Perpetual, ShiftClosed
from tests.fakes.shop_facts import ShopFacts
from tests.unit.hub.sales.test_rules import fiscal_sale

NOTHING = Perpetual(
    sales_minor=0,
    returns_minor=0,
    sales_count=0,
    returns_count=0,
    duty_minor=0,
    year=2026,
    year_sales_minor=0,
    year_returns_minor=0,
)


@given(seed=st.integers(0, 300), count=st.integers(0, 30))
def test_a_days_tickets_come_to_its_z(seed: int, count: int) -> None:
    day = ShopFacts(seed=seed, store_id=UUID(int=1), products=6).day(count, on=date(2026, 11, 20))
    shift = OpenShift()
    for raw in day:
        body = decode_fact(raw).body
        if isinstance(body, SaleFinalised | ReturnFinalised):
            shift.add(body)
    z = decode_fact(day[-1]).body
    assert isinstance(z, ShiftClosed)
    assert ticket_differences(z, shift.totals()) == []


def test_duty_and_how_many_tickets_bore_a_tax_are_told_apart_by_treatment() -> None:
    shift = OpenShift()
    sale = fiscal_sale()
    for _ in range(2):
        shift.add(sale)
    totals = shift.totals()
    assert (totals.duty_minor, totals.duty_count) == (2 * sale.totals.duty_minor, 2)
    assert {key: held.count for key, held in totals.taxes.items()} == {
        ("TVA", 0, "exempt"): 2,
        ("TVA", 0, "taxed"): 2,
    }
    z = decode_fact(ShopFacts(seed=1, store_id=UUID(int=1)).day(0)[-1]).body
    assert isinstance(z, ShiftClosed)
    told = msgspec.structs.replace(z, perpetual=NOTHING)
    subjects = {each.subject for each in ticket_differences(told, totals)}
    assert {"duty_minor", "duty_count", "taxes.TVA@0.exempt.count"} <= subjects


def test_late_tickets_are_kept_for_the_latest_zs() -> None:
    late = LateTickets()
    sale = fiscal_sale()
    for _ in range(2):
        late.add(1, LateTickets.sums_of(sale))
    assert late.sums == {1: (2, 2 * sale.totals.payable_minor, 0, 0)}
    for number in range(2, shift_rules.MOST_LATE + 2):
        late.add(number, (0, 0, 1, 5))
    assert len(late.sums) == shift_rules.MOST_LATE
    assert 1 not in late.sums
