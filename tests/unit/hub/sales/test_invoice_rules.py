"""Numbers of invoices are held to their series, and each invoice to its ticket."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.sales.invoice_rules import (
    NO_TICKET,
    NUMBER_GAP,
    NUMBER_TWICE,
    TICKET_DIFFERS,
    TICKET_TWICE,
    NewInvoice,
    NumberHeld,
    TicketHeld,
    hub_number,
    kind_for,
    number_differences,
    ticket_differences,
)
from protocol.messages.invoice import InvoiceIssued, Party

STORE, REGISTER = UUID(int=1), UUID(int=2)
TICKET = TicketHeld(kind="sale", store_id=STORE, currency="DZD", payable_minor=12_000)


def invoice(number: int, *, register: UUID = REGISTER, **changes: Any) -> NewInvoice:
    issued = InvoiceIssued(
        kind="invoice",
        legal_entity_id=UUID(int=3),
        seller=Party(name="EURL"),
        year=2026,
        series_epoch=1,
        number=number,
        issued_on=date(2026, 11, 20),
        ticket_id=UUID(int=4),
        currency="DZD",
        payable_minor=12_000,
        buyer_id=UUID(int=5),
        buyer=b"sealed",
    )
    issued = msgspec.structs.replace(issued, **changes)
    return NewInvoice(store_id=STORE, register_id=register, issued=issued)


NONE = NumberHeld(None, False)


def odd(*invoices: NewInvoice, held: NumberHeld = NONE) -> list[list[tuple[str, str | None]]]:
    found = number_differences(invoices, [held] * len(invoices))
    return [[(each.code, each.expected) for each in one] for one in found]


def test_numbers_that_follow_are_silent_in_each_series_of_its_own() -> None:
    other = UUID(int=9)
    assert odd(invoice(1), invoice(2), invoice(1, register=other), invoice(3)) == [[]] * 4
    new_year = invoice(1, year=2027, issued_on=date(2027, 1, 2))
    assert odd(invoice(1), new_year, invoice(1, series_epoch=2)) == [[]] * 3
    assert odd(invoice(1), invoice(1, kind="credit_note")) == [[]] * 2
    assert odd(invoice(8), held=NumberHeld(7, False)) == [[]]


def test_a_gap_and_a_double_are_named_once() -> None:
    assert odd(invoice(1), invoice(3), invoice(4)) == [[], [(NUMBER_GAP, "2")], []]
    assert odd(invoice(1), invoice(1)) == [[], [(NUMBER_TWICE, "2")]]
    assert odd(invoice(7), held=NumberHeld(9, True)) == [[(NUMBER_TWICE, "10")]]
    # It comes late: its place was named when the next one came.
    assert odd(invoice(2), held=NumberHeld(3, False)) == [[(NUMBER_GAP, "4")]]


def test_an_invoice_says_what_its_ticket_says() -> None:
    assert list(ticket_differences(invoice(1), TICKET, invoiced=False)) == []
    missing = [each.code for each in ticket_differences(invoice(1), None, invoiced=True)]
    assert missing == [TICKET_TWICE, NO_TICKET]


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"kind": "credit_note"}, "kind"),
        ({"currency": "EUR"}, "currency"),
        ({"payable_minor": 12_001}, "payable_minor"),
        ({"year": 2027}, "year"),
    ],
)
def test_what_differs_is_named(changes: dict[str, Any], subject: str) -> None:
    found = list(ticket_differences(invoice(1, **changes), TICKET, invoiced=False))
    assert [(each.code, each.subject) for each in found] == [(TICKET_DIFFERS, subject)]


def test_a_ticket_of_another_store_is_named() -> None:
    foreign = msgspec.structs.replace(TICKET, store_id=UUID(int=77))
    found = list(ticket_differences(invoice(1), foreign, invoiced=False))
    assert [each.subject for each in found] == ["store_id"]


def test_the_hubs_numbers_are_like_no_shops() -> None:
    assert hub_number("invoice", year=2026, number=12) == "FH-2026-000012"
    assert hub_number("credit_note", year=2026, number=1_234_567) == "AH-2026-1234567"
    assert (kind_for("sale"), kind_for("return")) == ("invoice", "credit_note")
