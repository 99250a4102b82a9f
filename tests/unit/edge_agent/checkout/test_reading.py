"""Whatever can be read of a handed-over body is read, flagged, and keeps its own words."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.checkout.rules.orders import TicketOrder, content_hash
from edge_agent.checkout.rules.reading import (
    MAX_TOLD,
    MAX_WORD_CHARS,
    NOBODY,
    UNKNOWN_TIME,
    at_home,
    read_ticket,
)
from protocol.errors import Malformed
from protocol.messages.ticket import Tender, TicketDiscount
from protocol.vocabulary.quantity import MAX_QUANTITY
from tests.unit.edge_agent.checkout.orders import MILK, SHIFT, TICKET

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LINE: dict[str, Any] = {
    "line_no": 1,
    "product_id": str(MILK),
    "quantity": "1",
    "unit_price_minor": 12000,
}
BODY: dict[str, Any] = {
    "id": str(TICKET),
    "mode": "handed_over",
    "shift_id": str(SHIFT),
    "currency": "DZD",
    "rung_at": "2026-03-02T09:00:00Z",
    "lines": [LINE],
    "tenders": [{"kind": "cash", "amount_minor": 12000}],
    "totals": {"payable_minor": 12000, "change_minor": 0},
}


def read(**more: Any) -> tuple[TicketOrder, tuple[str, ...]]:
    return read_ticket({**BODY, **more}, "sale")


def line(**more: Any) -> dict[str, Any]:
    return {"lines": [{**LINE, **more}]}


def tender(**more: Any) -> dict[str, Any]:
    return {"tenders": [{"kind": "cash", "amount_minor": 12000, **more}]}


def test_a_body_by_the_contract_raises_nothing() -> None:
    order, flags = read(discounts=[{"percent_ppm": 1}], customer_id=str(MILK))
    assert (order.told, flags) == ({}, ())
    assert (order.kind, order.id, order.shift_id) == ("sale", TICKET, SHIFT)
    assert order.rung_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert order.discounts == [TicketDiscount(percent_ppm=1)]
    assert (order.customer_id, order.reason) == (MILK, None)
    assert at_home(order, currency="DZD", timezone="UTC", now=NOW) == (order, ())


@pytest.mark.parametrize(
    ("odd", "flag", "told"),
    [
        ({"colour": "blue"}, "unknown-fields", {}),
        (line(size="XL"), "unknown-fields", {}),
        ({"id": str(UUID(int=5))}, "not-a-uuid7", {}),
        ({"shift_id": "the morning"}, "unknown-shift", {"shift_id": "the morning"}),
        ({"currency": "dzd"}, "respelled", {"currency": "dzd"}),
        ({"currency": "dinar"}, "unknown-currency", {"currency": "dinar"}),
        ({"currency": None}, "unknown-currency", {"currency": "None"}),
        ({"rung_at": "yesterday"}, "unknown-time", {"rung_at": "yesterday"}),
        ({"customer_id": 7}, "unknown-customer", {"customer_id": "7"}),
        ({"tenders": "cash"}, "unknown-figure", {"tenders": "cash"}),
        ({"tenders": ["cash"]}, "unknown-figure", {"tenders.0": "cash"}),
        ({"discounts": [{"percent_ppm": 10**10}]}, "unknown-figure", {}),
        ({"totals": {"payable_minor": "12000"}}, "respelled", {"totals.payable_minor": "12000"}),
        ({"totals": {"payable_minor": 12000.0}}, "respelled", {"totals.payable_minor": "12000.0"}),
        ({"totals": {"payable_minor": 11999.5}}, "rounded-figure", {}),
        (tender(kind=""), "unknown-tender", {"tenders.0.kind": ""}),
        (tender(kind=None), "unknown-tender", {"tenders.0.kind": "None"}),
        (tender(kind=" \t"), "unknown-tender", {"tenders.0.kind": " \t"}),
        (tender(kind="Cash "), "respelled", {"tenders.0.kind": "Cash "}),
        (tender(kind="k" * 65), "shortened", {"tenders.0.kind": "k" * 65}),
        (line(tax_id="t" * 20_000), "shortened", {"lines.0.tax_id": "t" * 200}),
        (line(code="c" * 65), "shortened", {"lines.0.code": "c" * 65}),
        (line(name="n" * 1_001), "shortened", {"lines.0.name": "n" * 200}),
        (line(price_reason="p" * 2_001), "shortened", {"lines.0.price_reason": "p" * 200}),
        (line(name="abc\ud83d"), "respelled", {"lines.0.name": "abc?"}),
        (line(name="a\x00b"), "respelled", {"lines.0.name": "a\ufffdb"}),
        (tender(reference="r" * 20_000), "shortened", {"tenders.0.reference": "r" * 200}),
        ({"discounts": [{"reason": "d" * 3_000}]}, "shortened", {}),
        (tender(amount_minor=True), "unknown-figure", {"tenders.0.amount_minor": "True"}),
        (line(product_id="milk"), "unknown-product", {"lines.0.product_id": "milk"}),
        (line(code=613), "respelled", {"lines.0.code": "613"}),
        (line(discount="half"), "unknown-figure", {"lines.0.discount": "half"}),
        (line(unit_price_minor=10**13), "unknown-figure", {}),
        (line(amount_minor="x"), "unknown-figure", {"lines.0.amount_minor": "x"}),
        (line(quantity="0.12345678"), "rounded-quantity", {"lines.0.quantity": "0.12345678"}),
        (line(quantity="1e3"), "respelled", {"lines.0.quantity": "1e3"}),
        (line(quantity=1.5), "respelled", {"lines.0.quantity": "1.5"}),
        (line(quantity=10**10), "quantity-out-of-range", {"lines.0.quantity": "10000000000"}),
        (line(quantity="NaN"), "unknown-quantity", {"lines.0.quantity": "NaN"}),
        (line(quantity=None), "unknown-quantity", {"lines.0.quantity": "None"}),
    ],
)
def test_what_is_odd_is_flagged_in_its_own_words(
    odd: dict[str, Any], flag: str, told: dict[str, str]
) -> None:
    order, flags = read(**odd)
    assert flag in flags
    assert told.items() <= order.told.items()
    # Other words are another ticket; what nobody reads is none.
    assert (content_hash(order) == content_hash(read()[0])) == (flag == "unknown-fields")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2.0", "2"),
        (2.0, "2"),
        ("1e3", "1000"),
        ("0.0000005", "0.000001"),
        ("-0.0000005", "-0.000001"),
        ("0.00000049", "0"),
        ("-0", "0"),
        ("1e-999999999", "0"),
        ("1e999999999", str(MAX_QUANTITY)),
        (-(10**40), str(-MAX_QUANTITY)),
        ("1000000000.0000001", str(MAX_QUANTITY)),
        ([], "1"),
    ],
)
def test_a_quantity_becomes_what_stock_can_hold(written: object, read_as: str) -> None:
    (booked,) = read(**line(quantity=written))[0].lines
    assert str(booked.quantity) == read_as


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-02T10:00:00+01:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (1_772_442_000, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (1_772_442_000_000, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        ("9999-12-31T23:59:59", NOW),
        ("1999-12-31T23:59:59Z", NOW),
        ("2099-12-31T23:59:59Z", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2100-01-01T00:00:00Z", NOW),
        ("1e99", NOW),
        (True, NOW),
        (None, NOW),
    ],
)
def test_a_time_is_read_or_taken_as_now(written: object, read_as: datetime) -> None:
    order, _ = read(rung_at=written)
    assert at_home(order, currency="DZD", timezone="UTC", now=NOW)[0].rung_at == read_as


@pytest.mark.parametrize(
    ("days", "flags"),
    [(-91, ("odd-time",)), (-89, ()), (0.9, ()), (1.1, ("odd-time",)), (26_000, ("odd-time",))],
)
def test_a_time_that_no_tablet_keeps_is_told(days: float, flags: tuple[str, ...]) -> None:
    rung_at = NOW + timedelta(days=days)
    order, _ = read(rung_at=rung_at.isoformat())
    settled, more = at_home(order, currency="DZD", timezone="UTC", now=NOW)
    assert (settled.rung_at, more) == (rung_at, flags)


@given(exponent=st.integers(-400, 400), minus=st.booleans(), as_text=st.booleans())
def test_numbers_of_any_size_are_read(exponent: int, minus: bool, as_text: bool) -> None:
    text = f"{'-' if minus else ''}9.5e{exponent}"
    number: str | float = text if as_text or exponent > 300 else float(text)
    odd = line(unit_price_minor=number, amount_minor=number, quantity=number, line_no=number)
    odd |= tender(amount_minor=number) | {"totals": {"payable_minor": number}}
    order, flags = read(**odd, discounts=[{"percent_ppm": number}], rung_at=number)
    assert order.tenders
    assert flags


def test_a_time_without_zone_is_the_shops() -> None:
    order, flags = read(rung_at="2026-03-02T09:00:00")
    assert (flags, order.told) == ((), {"rung_at": "2026-03-02T09:00:00"})
    settled, more = at_home(order, currency="DZD", timezone="Africa/Algiers", now=NOW)
    assert settled.rung_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert more == ("time-without-zone",)


def test_what_is_missing_is_the_shops() -> None:
    bare = {"id": str(TICKET), "lines": [{}], "totals": {"payable_minor": 0}}
    order, flags = read_ticket(bare, "return")
    (only,) = order.lines
    assert (order.shift_id, order.currency, order.rung_at) == (NOBODY, "", UNKNOWN_TIME)
    assert (only.product_id, only.quantity, only.line_no) == (NOBODY, Decimal(1), 0)
    assert (order.tenders, order.reason) == ([], "")
    assert {"unknown-currency", "unknown-time", "unknown-quantity"} == set(flags)
    assert at_home(order, currency="DZD", timezone="UTC", now=NOW)[0].currency == "DZD"


def test_an_unknown_tender_keeps_its_amount() -> None:
    assert read(**tender(kind=""))[0].tenders == [Tender(kind="unknown", amount_minor=12000)]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("cash", "cash"),
        ("CASH", "cash"),
        (" Gift_Card2\n", "gift_card2"),
        ("Chèque", "Chèque"),
        ("قسيمة", "قسيمة"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 63 + "…"),
    ],
)
def test_a_kind_of_tender_is_read_as_it_was_meant(written: str, read_as: str) -> None:
    (only,) = read(**tender(kind=written))[0].tenders
    assert only.kind == read_as


@given(kind=st.text(), tax_id=st.text(), size=st.integers(0, 30_000))
def test_no_word_outgrows_an_index(kind: str, tax_id: str, size: int) -> None:
    order, _ = read(
        **tender(kind=kind + "k" * size), **line(tax_id="\U0001f6d2" * size + tax_id, code=kind)
    )
    words = [order.tenders[0].kind, order.lines[0].tax_id or "", order.lines[0].code or ""]
    assert max(map(len, words)) <= MAX_WORD_CHARS


def test_texts_hold_what_databases_take() -> None:
    (only,) = read(**line(name="a\x00b\ud800"))[0].lines
    assert only.name == "a\ufffdb?"


def test_a_note_of_any_usual_length_is_kept_whole() -> None:
    for note, kept in (("é" * 1_000, "é" * 1_000), ("é" * 700_000, "é" * 999 + "…")):
        order, flags = read(**tender(reference=note))
        assert order.tenders[0].reference == kept
        assert flags == (() if note == kept else ("shortened",))


def test_words_of_its_own_are_kept_to_a_bound() -> None:
    order, _ = read(lines=[{**LINE, "quantity": "9" * 500}] * (MAX_TOLD + 1))
    assert len(order.told) == MAX_TOLD
    assert max(map(len, order.told.values())) <= 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "no-id"},
        {"id": 7},
        {"lines": None},
        {"lines": {}},
        {"lines": ["milk"]},
        {"totals": None},
        {"totals": [12000]},
        {"totals": {}},
        {"totals": {"payable_minor": "much"}},
        {"totals": {"payable_minor": None}},
        {"totals": {"payable_minor": float("inf")}},
    ],
)
def test_what_is_no_ticket_is_malformed(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        read(**wrong)
    assert refused.value.code == "unreadable-ticket"
    assert set(refused.value.fields) <= {"id", "lines", "lines.0", "totals.payable_minor"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@given(
    values=st.dictionaries(st.sampled_from(sorted(set(BODY) - {"id", "lines"})), _json),
    fields=st.dictionaries(st.sampled_from([*sorted(LINE), "discount", "tax_rate_ppm"]), _json),
)
def test_any_json_is_read_or_no_ticket(values: dict[str, Any], fields: dict[str, Any]) -> None:
    body = json.loads(json.dumps({**BODY, **line(**fields), **values}))
    with suppress(Malformed):
        order, _ = read_ticket(body, "sale")
        content_hash(at_home(order, currency="DZD", timezone="UTC", now=NOW)[0])
