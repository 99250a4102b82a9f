"""What a shop makes can be booked; what breaks sums, pages and indexes cannot."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.bookable_rules import (
    IMPOSSIBLE_AMOUNT,
    IMPOSSIBLE_COUNT,
    IMPOSSIBLE_CURRENCY,
    IMPOSSIBLE_NUMBER,
    IMPOSSIBLE_QUANTITY,
    IMPOSSIBLE_TEXT,
    IMPOSSIBLE_TIME,
    IMPOSSIBLE_WORD,
    TIME_WITHOUT_ZONE,
)
from hub.ingest.rules import PARKED, Aside, Candidate, read
from protocol.codec.facts import decode_envelope
from protocol.messages.facts import BODY_TYPES
from protocol.messages.proposal import CustomerProposed, ProductProposed
from protocol.messages.ticket import SaleFinalised
from protocol.vocabulary.numbering import MAX_Z_NUMBER
from protocol.vocabulary.quantity import MAX_QUANTITY
from tests.fakes.shop_facts import ShopFacts
from tests.unit.hub.ingest.test_rules import STORE, slot

SHOP = ShopFacts(seed=1, store_id=STORE)
DAY = [*SHOP.day(26), SHOP.customer(date(2026, 11, 20))]
PROPOSED = SHOP.fact(
    ProductProposed(product_id=SHOP.new_id(), name="Pain", unit="piece", currency="DZD")
)
INVOICE = SHOP.invoice(SHOP.new_id(), on=date(2026, 11, 20))
BY_TYPE = {decode_envelope(raw).type: raw for raw in (*DAY, PROPOSED, INVOICE)}


def altered(raw: bytes, field: bytes, text: str) -> bytes:
    """The fact with another text in the first field of this name."""
    found = re.search(rb'"%s":"([^"]*)"' % field, raw)
    assert found is not None
    return raw[: found.start(1)] + text.encode() + raw[found.end(1) :]


def reason_of(raw: bytes) -> str | None:
    """Why it was parked; None when it can take effect."""
    found = read(slot(raw), store_id=STORE)
    if isinstance(found, Candidate):
        return None
    assert isinstance(found, Aside)
    assert (found.state, found.fact_id) == (PARKED, decode_envelope(raw).id)
    return found.reason


@pytest.mark.parametrize("kind", ["sale.finalised", "return.finalised", "stock.moved"])
@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("NaN", IMPOSSIBLE_QUANTITY),
        ("-sNaN", IMPOSSIBLE_QUANTITY),
        ("Infinity", IMPOSSIBLE_QUANTITY),
        ("-Infinity", IMPOSSIBLE_QUANTITY),
        ("1000000000.001", IMPOSSIBLE_QUANTITY),
        ("-1E+10", IMPOSSIBLE_QUANTITY),
        ("1E+999999", IMPOSSIBLE_QUANTITY),
        ("1E-16", IMPOSSIBLE_QUANTITY),
        ("1000000000", None),
        ("-1000000000", None),
        ("0.125", None),
    ],
)
def test_every_quantity_is_one_that_can_be(kind: str, quantity: str, reason: str | None) -> None:
    assert reason_of(altered(BY_TYPE[kind], b"quantity", quantity)) == reason


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("field", "most"),
    [(b"gross_minor", 2 * 10**13), (b"payable_minor", 2 * 10**13), (b"unit_price_minor", 10**15)],
)
@pytest.mark.parametrize(
    ("beyond", "reason"),
    [(-(10**6), None), (1, IMPOSSIBLE_AMOUNT), (2**63, IMPOSSIBLE_AMOUNT)],
)
def test_every_amount_is_one_that_many_can_be_summed_of(
    field: bytes, most: int, beyond: int, reason: str | None, sign: int
) -> None:
    amount = sign * (most + beyond)
    figure = re.compile(rb'"%s":\d+' % field)
    raw = figure.sub(b'"%s":%d' % (field, amount), BY_TYPE["sale.finalised"], count=1)
    assert reason_of(raw) == reason


@pytest.mark.parametrize(
    ("type_", "within", "field"),
    [
        ("sale.finalised", b"tenders", b"kind"),
        ("sale.finalised", b"lines", b"tax_id"),
        ("sale.finalised", b"lines", b"unit"),
        ("sale.finalised", b"tax_lines", b"tax_id"),
        ("return.finalised", b"tenders", b"kind"),
        ("stock.moved", b"lines", b"unit"),
        ("product.proposed", b"body", b"unit"),
    ],
)
@pytest.mark.parametrize(
    ("word", "reason"),
    [("ق" * 200, None), ("x" * 201, IMPOSSIBLE_WORD), ("x" * 20_000, IMPOSSIBLE_WORD)],
)
def test_every_word_that_is_a_key_fits_into_an_index(
    type_: str, within: bytes, field: bytes, word: str, reason: str | None
) -> None:
    before, found, rest = BY_TYPE[type_].partition(b'"%s":' % within)
    assert found
    assert reason_of(before + found + altered(rest, field, word)) == reason


def test_a_z_is_booked_whatever_words_it_sums_by() -> None:
    z = altered(altered(BY_TYPE["shift.closed"], b"kind", "k" * 2000), b"tax_id", "t" * 2000)
    assert reason_of(z) is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("sale.finalised", b"name"),
        ("sale.finalised", b"rules_version"),
        ("return.finalised", b"reason"),
        ("cash.moved", b"reason"),
        ("stock.moved", b"reason"),
        ("shift.closed", b"tax_id"),
    ],
)
@pytest.mark.parametrize(
    ("text", "reason"),
    [("ق" * 2_000, None), ("x" * 2_001, IMPOSSIBLE_TEXT), ("x " * 380_000, IMPOSSIBLE_TEXT)],
)
def test_every_text_is_one_that_a_page_can_show(
    kind: str, field: bytes, text: str, reason: str | None
) -> None:
    assert reason_of(altered(BY_TYPE[kind], field, text)) == reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("flags", ["x" * 2_000], None),
        ("flags", ["late", "x" * 2_001], IMPOSSIBLE_TEXT),
        ("flags", ["x"] * 2_001, IMPOSSIBLE_COUNT),
        ("told", {"currency": "x" * 2_000}, None),
        ("told", {"currency": "x" * 2_001}, IMPOSSIBLE_TEXT),
        ("told", {"x" * 2_001: "dinar"}, IMPOSSIBLE_TEXT),
        ("told", {str(number): "" for number in range(2_001)}, IMPOSSIBLE_COUNT),
    ],
)
def test_texts_in_lists_and_mappings_too(field: str, value: object, reason: str | None) -> None:
    fact = msgspec.json.decode(BY_TYPE["sale.finalised"])
    fact["body"][field] = value
    assert reason_of(msgspec.json.encode(fact)) == reason


@pytest.mark.parametrize(("size", "reason"), [(2_000, None), (2_001, IMPOSSIBLE_TEXT)])
def test_who_is_sealed_is_one_person(size: int, reason: str | None) -> None:
    body = CustomerProposed(customer_id=SHOP.new_id(), sealed=bytes(size))
    assert reason_of(SHOP.fact(body)) == reason


@pytest.mark.parametrize(
    ("kind", "field", "most"),
    [
        ("shift.closed", b"z_number", MAX_Z_NUMBER),
        *(
            ("shift.closed", field, 2**63 - 1)
            for field in (b"sales_count", b"returns_count", b"series_epoch")
        ),
        *(
            ("sale.finalised", field, most)
            for field, most in (
                (b"line_no", 2**31 - 1),
                (b"tax_rate_ppm", 2**31 - 1),
                (b"price_version", 2**63 - 1),
                (b"receipt_number", 2**63 - 1),
            )
        ),
        ("stock.moved", b"line_no", 2**31 - 1),
    ],
)
def test_every_number_is_one_that_a_column_holds(kind: str, field: bytes, most: int) -> None:
    figure = re.compile(rb'"%s":\d+' % field)
    for number, reason in (
        (1, None),
        (most, None),
        (most + 1, IMPOSSIBLE_NUMBER),
        (2**63, IMPOSSIBLE_NUMBER),
        (-(10**30), IMPOSSIBLE_NUMBER),
    ):
        raw = figure.sub(b'"%s":%d' % (field, number), BY_TYPE[kind], count=1)
        assert (number, reason_of(raw)) == (number, reason)


@pytest.mark.parametrize("number", [0, -1])
def test_zs_are_numbered_from_one(number: int) -> None:
    z = re.sub(rb'"z_number":\d+', b'"z_number":%d' % number, BY_TYPE["shift.closed"])
    assert reason_of(z) == IMPOSSIBLE_NUMBER


@pytest.mark.parametrize("kind", sorted(BODY_TYPES.keys() - {"stock.moved", "customer.proposed"}))
@pytest.mark.parametrize(
    ("currency", "reason"),
    [
        ("D" * 5000, IMPOSSIBLE_CURRENCY),
        ("DZ", IMPOSSIBLE_CURRENCY),
        ("dzd", IMPOSSIBLE_CURRENCY),
        ("DZÐ", IMPOSSIBLE_CURRENCY),
        ("DZD\\n", IMPOSSIBLE_CURRENCY),
        ("XTS", None),
    ],
)
def test_every_currency_is_three_capitals(kind: str, currency: str, reason: str | None) -> None:
    assert reason_of(altered(BY_TYPE[kind], b"currency", currency)) == reason


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((kind, b"at") for kind in sorted(BODY_TYPES)),
        ("sale.finalised", b"rung_at"),
        ("return.finalised", b"rung_at"),
    ],
)
@pytest.mark.parametrize(
    ("instant", "reason"),
    [
        ("9999-12-31T23:59:59-01:00", IMPOSSIBLE_TIME),
        ("0001-01-01T00:00:00+14:00", IMPOSSIBLE_TIME),
        ("1900-01-01T00:00:00+00:01", IMPOSSIBLE_TIME),
        ("9000-01-01T00:00:00Z", IMPOSSIBLE_TIME),
        ("2026-11-20T08:00:00", TIME_WITHOUT_ZONE),
        ("1900-01-01T00:00:00Z", None),
        ("9000-01-01T00:59:59+01:00", None),
    ],
)
def test_every_instant_is_within_every_calendar(
    kind: str, field: bytes, instant: str, reason: str | None
) -> None:
    assert reason_of(altered(BY_TYPE[kind], field, instant)) == reason


@given(st.decimals(allow_nan=True, allow_infinity=True), st.datetimes(timezones=st.timezones()))
def test_what_is_read_can_be_written_and_added(quantity: Decimal, instant: datetime) -> None:
    raw = altered(BY_TYPE["sale.finalised"], b"quantity", str(quantity))
    found = read(slot(altered(raw, b"rung_at", instant.isoformat())), store_id=STORE)
    if isinstance(found, Candidate):
        assert isinstance(found.fact.body, SaleFinalised)
        assert 1900 <= found.fact.body.rung_at.astimezone(UTC).year < 9000
        assert abs(found.fact.body.lines[0].quantity) <= MAX_QUANTITY


def test_what_a_shop_writes_can_be() -> None:
    assert BY_TYPE.keys() == BODY_TYPES.keys()
    assert [raw for raw in (*DAY, PROPOSED) if reason_of(raw) is not None] == []


@pytest.mark.parametrize(
    ("count", "amount", "reason"),
    [
        (2_000, 10**9, None),
        (2_001, 1, IMPOSSIBLE_COUNT),
        (20, 10**12, None),
        (21, 10**12, IMPOSSIBLE_AMOUNT),
        (21, -(10**12), IMPOSSIBLE_AMOUNT),
    ],
)
def test_every_list_is_one_that_many_can_be_summed_of(
    count: int, amount: int, reason: str | None
) -> None:
    fact = msgspec.json.decode(BY_TYPE["sale.finalised"])
    (tax, *_) = fact["body"]["tax_lines"]
    fact["body"]["tax_lines"] = [{**tax, "tax_minor": amount}] * count
    assert reason_of(msgspec.json.encode(fact)) == reason


def test_a_name_that_no_shop_takes_goes_to_none() -> None:
    shop = ShopFacts(seed=1, store_id=STORE)
    names = [
        read(
            slot(
                shop.fact(
                    ProductProposed(
                        product_id=shop.new_id(), name="x" * length, unit="l", currency="DZD"
                    )
                )
            ),
            store_id=STORE,
        )
        for length in (200, 201)
    ]
    assert isinstance(names[0], Candidate)
    assert isinstance(names[1], Aside)
    assert names[1].reason == "impossible-word"
