"""A Z that agrees with the tickets proves nothing missing; one that does not says where."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from hub.sales.models import ShiftTotals, TaxHeld
from hub.tills.rules import (
    CASH_DIFFERS,
    SHIFT_NOT_OPEN,
    TOTALS_DIFFER,
    Difference,
    ShiftHeld,
    cash_differences,
    shift_not_open,
    ticket_differences,
)
from protocol.codec.facts import decode_fact
from protocol.messages.till import MOST_SUMS, OTHERS, ShiftClosed, TaxSum, TenderSum
from tests.fakes.shop_facts import ShopFacts

SHOP_ID = UUID(int=1)


def z_of(*, seed: int, tickets: int = 60) -> ShiftClosed:
    """The Z of a day, as an agent before perpetual totals wrote it."""
    facts = ShopFacts(seed=seed, store_id=SHOP_ID).day(tickets, on=date(2026, 11, 20))
    body = decode_fact(facts[-1]).body
    assert isinstance(body, ShiftClosed)
    return body


@pytest.fixture
def z() -> ShiftClosed:
    return z_of(seed=8)


def held(z: ShiftClosed) -> ShiftTotals:
    """What the tickets come to when none is missing."""
    return ShiftTotals(
        sales_count=z.sales_count,
        returns_count=z.returns_count,
        gross_minor=z.gross_minor,
        returns_minor=z.returns_minor,
        tenders={each.kind: (each.count, each.amount_minor) for each in z.tenders},
        taxes={
            (each.tax_id, each.rate_ppm, each.treatment): TaxHeld(
                base_minor=each.base_minor, tax_minor=each.tax_minor, count=each.count
            )
            for each in z.taxes
        },
        duty_minor=z.duty_minor,
        duty_count=z.duty_count,
    )


def test_agreement_is_silent(z: ShiftClosed) -> None:
    assert ticket_differences(z, held(z)) == cash_differences(z.cash) == []


def test_a_missing_ticket_shows(z: ShiftClosed) -> None:
    less = msgspec.structs.replace(
        held(z), sales_count=z.sales_count - 1, gross_minor=z.gross_minor - 500
    )
    found = ticket_differences(z, less)
    assert {each.code for each in found} == {TOTALS_DIFFER}
    assert [(each.subject, each.expected, each.found) for each in found] == [
        ("sales_count", str(z.sales_count - 1), str(z.sales_count)),
        ("gross_minor", str(z.gross_minor - 500), str(z.gross_minor)),
        ("net_minor", str(z.net_minor - 500), str(z.net_minor)),
    ]


def test_a_tender_or_a_tax_that_only_one_side_knows_shows(z: ShiftClosed) -> None:
    more = msgspec.structs.replace(
        held(z),
        tenders={**held(z).tenders, "voucher": (1, 700)},
        taxes={key: sums for key, sums in held(z).taxes.items() if key[0] != "TVA9"},
    )
    subjects = [each.subject for each in ticket_differences(z, more)]
    assert subjects == [
        "tenders.voucher.count",
        "tenders.voucher.amount_minor",
        "taxes.TVA9@90000.base_minor",
        "taxes.TVA9@90000.tax_minor",
    ]


def test_a_drawer_that_does_not_add_up_shows(z: ShiftClosed) -> None:
    cash = msgspec.structs.replace(z.cash, expected_minor=z.cash.expected_minor + 5)
    found = cash_differences(cash)
    assert [(each.code, each.subject) for each in found] == [
        (CASH_DIFFERS, "cash.expected_minor"),
        (CASH_DIFFERS, "cash.over_short_minor"),
    ]


def test_a_z_that_sums_up_what_it_cannot_name_is_held_against_the_same_sum(z: ShiftClosed) -> None:
    tenders = {f"CARD-{number:05}": (1, 10) for number in range(MOST_SUMS + 10)}
    each = TaxHeld(base_minor=7, tax_minor=1, count=1)
    taxes = {(f"T{number:05}", 0, "taxed"): each for number in range(MOST_SUMS + 10)}
    odd = msgspec.structs.replace(
        z,
        tenders=[
            *(
                TenderSum(kind=kind, count=1, amount_minor=10)
                for kind in sorted(tenders)[: MOST_SUMS - 1]
            ),
            TenderSum(kind=OTHERS, count=11, amount_minor=110),
        ],
        taxes=[
            *(
                TaxSum(tax_id=tax_id, rate_ppm=0, base_minor=7, tax_minor=1)
                for tax_id, _, _ in sorted(taxes)[: MOST_SUMS - 1]
            ),
            TaxSum(tax_id=OTHERS, rate_ppm=0, base_minor=77, tax_minor=12),
        ],
    )
    found = ticket_differences(odd, msgspec.structs.replace(held(z), tenders=tenders, taxes=taxes))
    assert [(each.subject, each.expected, each.found) for each in found] == [
        ("taxes.others@0.tax_minor", "11", "12")
    ]


def test_a_z_is_held_against_its_own_stores_open_shift_alone() -> None:
    mine, other = UUID(int=1), UUID(int=2)
    assert shift_not_open(None, store_id=mine) is None
    assert shift_not_open(ShiftHeld(store_id=mine, status="open"), store_id=mine) is None
    closed = shift_not_open(ShiftHeld(store_id=mine, status="closed"), store_id=mine)
    assert closed == Difference(SHIFT_NOT_OPEN, "shift", "open", "closed")
    foreign = shift_not_open(ShiftHeld(store_id=other, status="open"), store_id=mine)
    assert foreign == Difference(SHIFT_NOT_OPEN, "shift", "open", "of another store")
