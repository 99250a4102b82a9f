"""The rules of DESIGN §10, one by one, and their law over any rows."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec.facts import MAX_FACT_LINES
from protocol.messages.ticket import TicketLine
from provisioning.demo.online_retail import (
    MAX_AMOUNT_MINOR,
    arrange,
    catalogue,
    count_rows,
    figure_bytes,
    first_tickets,
    text_bytes,
)
from provisioning.demo.online_retail_tickets import (
    Entry,
    RefusedRow,
    ReturnTicket,
    Row,
    SaleTicket,
    StockAdjustment,
)

OPENING = datetime.fromisoformat("2011-07-04T08:00")


def row(number: int, invoice_no: str = "536365", **changed: Any) -> Row:
    usual = Row(
        number=number,
        invoice_no=invoice_no,
        stock_code="85123A",
        description="WHITE HANGING HEART",
        quantity=6,
        at=OPENING + timedelta(minutes=number),
        unit_price_minor=255,
        customer_id="17850",
        country="United Kingdom",
    )
    return usual._replace(**changed)


def only(entries: list[Entry]) -> Entry:
    [entry] = entries
    return entry


def test_a_positive_price_and_quantity_is_sold_service_codes_included() -> None:
    entry = only(arrange([row(1), row(2, stock_code="POST", unit_price_minor=1800, quantity=1)]))
    assert isinstance(entry, SaleTicket)
    assert [line.stock_code for line in entry.lines] == ["85123A", "POST"]
    assert [line.line_no for line in entry.lines] == [1, 2]
    assert entry.gross_minor == 6 * 255 + 1800


def test_exact_duplicates_are_real_lines() -> None:
    entry = only(arrange([row(1), row(1)._replace(number=2)]))
    assert isinstance(entry, SaleTicket)
    assert len(entry.lines) == 2


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"unit_price_minor": -1}, "negative"),
        ({"quantity": 0}, "zero"),
        ({"quantity": -6}, "no return invoice"),
        ({"invoice_no": "C536379"}, "positive quantity"),
        ({"quantity": MAX_AMOUNT_MINOR}, "beyond"),
    ],
)
def test_what_is_refused_says_why(changed: dict[str, Any], reason: str) -> None:
    columns = {"invoice_no": "as it stands"}
    entry = only(arrange([row(1, **changed)], columns_of=lambda _number: columns))
    assert isinstance(entry, RefusedRow)
    assert reason in entry.reason
    assert (entry.row_number, entry.columns) == (1, columns)


def test_a_refused_row_does_not_take_its_invoice_along() -> None:
    entries = arrange([row(1), row(2, quantity=0), row(3)])
    assert count_rows(entries) == {"sold": 2, "returned": 0, "adjusted": 0, "refused": 1}


def test_zero_price_and_negative_quantity_is_a_stock_adjustment() -> None:
    written_off = row(1, unit_price_minor=0, quantity=-30, description="damaged")
    entry = only(arrange([written_off]))
    assert isinstance(entry, StockAdjustment)
    assert (entry.lines[0].quantity, entry.gross_minor) == (-30, 0)


def test_zero_price_is_free_beside_sold_lines_and_an_adjustment_alone() -> None:
    free = row(2, unit_price_minor=0, stock_code="FREE")
    beside = only(arrange([row(1), free]))
    assert isinstance(beside, SaleTicket)
    assert beside.gross_minor == 6 * 255
    alone = only(arrange([free]))
    assert isinstance(alone, StockAdjustment)
    assert alone.lines[0].quantity == 6


def test_an_invoice_may_hold_a_sale_and_an_adjustment() -> None:
    entries = arrange([row(1), row(2, unit_price_minor=0, quantity=-1)])
    assert [type(entry) for entry in entries] == [SaleTicket, StockAdjustment]


def test_several_times_and_customers_are_one_ticket_at_the_first_time() -> None:
    late = OPENING + timedelta(hours=2)
    early = OPENING - timedelta(hours=2)
    entry = only(arrange([row(1, at=late), row(2, at=early, customer_id="1"), row(3, at=late)]))
    assert isinstance(entry, SaleTicket)
    assert (entry.at, entry.customer_id, len(entry.lines)) == (early, "17850", 3)


def test_entries_come_in_time_order_and_rows_of_one_moment_in_file_order() -> None:
    rows = [
        row(1, "B", at=OPENING + timedelta(hours=1)),
        row(2, "Z", at=OPENING),
        row(3, "A", at=OPENING),
    ]
    assert [getattr(entry, "invoice_no", "") for entry in arrange(rows)] == ["Z", "A", "B"]


def test_an_invoice_of_many_lines_stays_whole_up_to_the_limit() -> None:
    rows = [row(number) for number in range(1, MAX_FACT_LINES + 2)]
    ticket, refused = arrange(rows)
    assert isinstance(ticket, SaleTicket)
    assert len(ticket.lines) == MAX_FACT_LINES
    assert isinstance(refused, RefusedRow)
    assert refused.row_number == MAX_FACT_LINES + 1


WORDY = {"stock_code": 'é"' * 30, "description": "\\خ" * 59}


def test_a_line_never_takes_more_bytes_than_counted() -> None:
    for one in (row(1), row(1, quantity=-(10**9), unit_price_minor=1000), row(1, **WORDY)):
        amount_minor = abs(one.quantity) * one.unit_price_minor
        line = TicketLine(
            line_no=2_000,
            product_id=UUID(int=2**128 - 1),
            name=one.description or "",
            code=one.stock_code,
            quantity=Decimal(abs(one.quantity)),
            unit="piece",
            unit_price_minor=one.unit_price_minor,
            list_price_minor=99_999,
            price_reason="agreed price",
            tax_id="vat-20",
            tax_rate_ppm=200_000,
            gross_minor=amount_minor,
            amount_minor=amount_minor,
            original_line_no=2_000,
        )
        taken = len(msgspec.json.encode(line)) + 1
        counted = text_bytes([one])[one.stock_code] + figure_bytes(one, 99_999)
        assert taken <= counted <= taken + 16


def test_an_invoice_of_many_bytes_stays_below_what_a_fact_may_hold() -> None:
    names = {"stock_code": "S" * 60, "description": "N" * 118}
    sold, *refused = arrange([row(number, **names) for number in range(1, 2_001)])
    assert isinstance(sold, SaleTicket)
    assert 1_500 < len(sold.lines) < 2_000
    assert len(sold.lines) + len(refused) == 2_000
    assert all(isinstance(one, RefusedRow) and "bytes" in one.reason for one in refused)
    found = arrange([row(number, **names, unit_price_minor=0) for number in range(1, 2_001)])
    assert isinstance(only(found), StockAdjustment), "a movement of stock names no texts"


def returned(number: int, **changed: Any) -> Row:
    return row(number, "C536379", quantity=-6, **changed)


def originals(rows: list[Row]) -> list[tuple[str, int] | None]:
    tickets = [entry for entry in arrange(rows) if isinstance(entry, ReturnTicket)]
    return [line.original for ticket in tickets for line in ticket.lines]


def test_a_return_is_linked_to_the_one_line_it_can_be() -> None:
    rows = [row(1, stock_code="OTHER"), row(2), returned(3)]
    assert originals(rows) == [("536365", 2)]
    ticket = arrange(rows)[-1]
    assert isinstance(ticket, ReturnTicket)
    assert (ticket.original_invoice_no, ticket.lines[0].quantity) == ("536365", 6)


@pytest.mark.parametrize(
    "changed",
    [
        {"customer_id": "1"},
        {"customer_id": None},
        {"stock_code": "85123a"},
        {"unit_price_minor": 254},
        {"quantity": -5},
        {"at": OPENING - timedelta(days=1)},
    ],
)
def test_a_return_that_differs_or_comes_before_is_one_without_ticket(
    changed: dict[str, Any],
) -> None:
    assert originals([row(1), returned(2)._replace(**changed)]) == [None]


def test_a_return_that_two_lines_could_be_is_one_without_ticket() -> None:
    assert originals([row(1), row(2, "536366"), returned(3)]) == [None]


def test_an_unknown_customer_is_nobodys_same_customer() -> None:
    assert originals([row(1, customer_id=None), returned(2, customer_id=None)]) == [None]


def test_a_line_is_returned_once() -> None:
    again = returned(3)._replace(invoice_no="C536380")
    assert originals([row(1), returned(2), again]) == [("536365", 1), None]


def test_a_ticket_names_its_sale_only_when_every_line_comes_from_it() -> None:
    stray = returned(3, stock_code="NEVER SOLD")
    ticket = arrange([row(1), returned(2), stray])[-1]
    assert isinstance(ticket, ReturnTicket)
    assert [line.original for line in ticket.lines] == [("536365", 1), None]
    assert ticket.original_invoice_no is None


def test_a_price_is_overridden_where_it_is_not_the_codes_usual_one() -> None:
    prices = [295, 255, 255, 0]
    rows = [row(n, unit_price_minor=price) for n, price in enumerate(prices, 1)]
    entry = only(arrange(rows))
    assert isinstance(entry, SaleTicket)
    assert [line.usual_price_minor for line in entry.lines] == [255] * 4
    assert [line.price_overridden for line in entry.lines] == [True, False, False, True]


def test_of_equally_usual_prices_the_first_counts() -> None:
    entry = only(arrange([row(1, unit_price_minor=300), row(2, unit_price_minor=200)]))
    assert isinstance(entry, SaleTicket)
    assert entry.lines[1].usual_price_minor == 300


def test_the_catalogue_names_every_code_once() -> None:
    entries = arrange(
        [
            row(1, description="OLD NAME"),
            row(2),
            row(3),
            row(4, "536366", description="damaged", unit_price_minor=0, quantity=-9),
            row(5, "536367", stock_code="LOST", description="?", unit_price_minor=0, quantity=-9),
            returned(6, stock_code="BACK", unit_price_minor=70),
            row(7, stock_code="BAD", quantity=0),
        ]
    )
    assert [tuple(getattr(one, name) for name in one.__slots__) for one in catalogue(entries)] == [
        ("85123A", "WHITE HANGING HEART", 255),
        ("BACK", "WHITE HANGING HEART", 70),
        ("LOST", "LOST", 0),
    ]


def test_the_first_tickets_end_with_the_last_of_them() -> None:
    written_off = row(2, "536366", unit_price_minor=0, quantity=-1)
    entries = arrange([row(1), written_off, returned(3), row(4, "536367")])
    assert [type(entry) for entry in first_tickets(entries, 2)] == [
        SaleTicket,
        StockAdjustment,
        ReturnTicket,
    ]
    assert first_tickets(entries, 0) == []
    assert first_tickets(entries, 99) == entries


ROWS = st.lists(
    st.builds(
        row,
        st.just(0),
        invoice_no=st.sampled_from(["1", "2", "C1", "A1"]),
        stock_code=st.sampled_from(["X", "Y"]),
        quantity=st.integers(-3, 3),
        unit_price_minor=st.integers(-1, 3),
        customer_id=st.sampled_from(["17850", "1", None]),
        at=st.integers(0, 9).map(lambda minutes: OPENING + timedelta(minutes=minutes)),
    ),
    max_size=30,
).map(lambda rows: [one._replace(number=number) for number, one in enumerate(rows, 1)])


@given(ROWS)
def test_every_row_ends_in_exactly_one_entry(rows: list[Row]) -> None:
    entries = arrange(rows)
    ended: Counter[int] = Counter()
    for entry in entries:
        if isinstance(entry, RefusedRow):
            ended[entry.row_number] += 1
        else:
            ended.update(line.row_number for line in entry.lines)
    assert ended == Counter({one.number: 1 for one in rows})
    assert sum(count_rows(entries).values()) == len(rows)


@given(ROWS)
def test_money_and_links_add_up(rows: list[Row]) -> None:
    entries = arrange(rows)
    sold = sum(entry.gross_minor for entry in entries if isinstance(entry, SaleTicket))
    kept = [one for one in rows if one.unit_price_minor > 0 and one.quantity > 0]
    expected = sum(
        one.quantity * one.unit_price_minor for one in kept if not one.invoice_no.startswith("C")
    )
    assert sold == expected
    linked = [
        line.original
        for entry in entries
        if isinstance(entry, ReturnTicket)
        for line in entry.lines
        if line.original
    ]
    assert len(linked) == len(set(linked))
