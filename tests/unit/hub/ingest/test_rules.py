"""Whatever a device could write has an answer that keeps the bytes and lets the rest go on."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.rules import (
    DATE_MISSING,
    DATE_OUT_OF_RANGE,
    DEAD,
    FOREIGN_STORE,
    PARKED,
    RECEIVED,
    Aside,
    Candidate,
    Slot,
    decode_keys,
    encode_keys,
    first_gap,
    keys_beside,
    landing,
    months,
    park,
    persons,
    read,
    within_months,
    within_proposals,
)
from protocol.messages.proposal import ProductProposed
from tests.fakes.shop_facts import ShopFacts

RECEIVED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STORE = UUID(int=3)
PERSON = UUID("01890000-0000-7000-8000-00000000abcd")
RAW = next(ShopFacts(seed=1, store_id=STORE).sales(1, lines=2))


def slot(raw: bytes, *, state: int = RECEIVED) -> Slot:
    return Slot(epoch=1, seq=4, raw=raw, received_at=RECEIVED_AT, state=state, person_keys=None)


def test_a_fact_is_read_with_its_place_and_hash() -> None:
    found = read(slot(RAW), store_id=STORE)
    assert isinstance(found, Candidate)
    assert (found.business_date, found.moved) == (date(2026, 11, 20), None)
    assert found.fact_id == found.fact.envelope.id
    assert len(found.content_hash) == 32


def test_what_was_buried_on_arrival_is_passed_over() -> None:
    assert read(slot(b"\x00\xff", state=DEAD), store_id=STORE) is None


@pytest.mark.parametrize(
    ("raw", "state", "reason"),
    [
        (b"\xff\x00", DEAD, "undecodable"),
        (b'{"id":1}', DEAD, "undecodable"),
        (RAW.replace(b'"sale.finalised"', b'"sale.invented"'), PARKED, "unknown-type"),
        (RAW.replace(b'"sv":1', b'"sv":9'), PARKED, "unknown-version"),
        (RAW.replace(b'"payable_minor":', b'"payable_minor":"x","was":'), DEAD, "undecodable"),
    ],
)
def test_what_cannot_be_read_is_set_aside(raw: bytes, state: int, reason: str) -> None:
    found = read(slot(raw), store_id=STORE)
    assert isinstance(found, Aside)
    assert (found.state, found.reason, found.epoch, found.seq) == (state, reason, 1, 4)
    assert (found.fact_id is not None) == (state == PARKED)


def test_a_device_writes_its_own_stores_books() -> None:
    found = read(slot(RAW), store_id=UUID(int=4))
    assert isinstance(found, Aside)
    assert (found.state, found.reason) == (PARKED, FOREIGN_STORE)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_can_stop_the_reading(raw: bytes) -> None:
    assert isinstance(read(slot(raw), store_id=STORE), Aside)


@pytest.mark.parametrize(
    ("own", "lands", "moved"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), None),
        (date(2000, 1, 1), date(2000, 1, 1), None),
        (date(2100, 12, 31), date(2100, 12, 31), None),
        (date(1999, 12, 31), date(2026, 11, 23), DATE_OUT_OF_RANGE),
        (date(2101, 1, 1), date(2026, 11, 23), DATE_OUT_OF_RANGE),
        (None, date(2026, 11, 23), DATE_MISSING),
    ],
)
def test_where_facts_land(own: date | None, lands: date, moved: str | None) -> None:
    assert landing(own, RECEIVED_AT) == (lands, moved)


def test_the_received_date_is_utc_whatever_the_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert landing(None, late)[0] == date(2026, 11, 24)


def test_a_parked_fact_says_why_in_bounded_words() -> None:
    found = read(slot(RAW), store_id=STORE)
    assert isinstance(found, Candidate)
    aside = park(found, ValueError("no\nsuch " + "x" * 999))
    assert aside.state == PARKED
    assert aside.reason.startswith("unprojectable: ValueError: no such x")
    assert len(aside.reason) == 300
    assert (aside.fact_id, aside.type) == (found.fact_id, "sale.finalised")


@pytest.mark.parametrize(
    ("places", "gap"),
    [
        ([], None),
        ([(1, 6), (1, 7), (1, 8)], None),
        ([(1, 7)], (1, 6)),
        ([(1, 6), (1, 8)], (1, 7)),
        ([(1, 6), (2, 4), (2, 5)], None),
        ([(1, 6), (2, 5)], (2, 4)),
        ([(3, 1)], (3, 0)),
    ],
)
def test_a_gap_is_found(places: list[tuple[int, int]], gap: tuple[int, int] | None) -> None:
    assert first_gap((1, 5), places, {2: 3}) == gap


def test_months_are_named_by_their_first_day() -> None:
    assert months([date(2026, 2, 28), date(2026, 2, 1), date(2024, 12, 31)]) == {
        date(2026, 2, 1),
        date(2024, 12, 1),
    }


def test_what_names_nobody_is_no_key() -> None:
    keys = {"sale.finalised": b"abc", "\0": b"", str(PERSON).upper(): b"a", str(PERSON): b"k"}
    assert persons(keys) == {str(PERSON): b"k"}
    assert persons({str(PERSON): bytes(65)}) == {}
    assert decode_keys(encode_keys(keys) or b"") == {PERSON: b"k"}


@given(
    st.dictionaries(st.uuids(), st.binary(min_size=1, max_size=40), max_size=4),
    st.lists(st.uuids(), max_size=4),
    st.binary(max_size=40),
)
def test_a_fact_gets_the_keys_of_whom_it_names(
    keys: dict[UUID, bytes], others: list[UUID], between: bytes
) -> None:
    raw = b'"'.join([between, *(str(who).encode() for who in [*keys, *others]), between])
    given_keys = {str(who): key for who, key in keys.items()}
    assert keys_beside(raw, given_keys) == given_keys
    assert keys_beside(between, given_keys) == {}
    assert keys_beside(raw, {}) == {}


def test_a_group_ends_before_it_needs_partitions_of_too_many_months() -> None:
    sale, dated = RAW, re.compile(rb'"business_date":"[0-9-]+"')
    outcomes = [
        read(slot(dated.sub(b'"business_date":"%s"' % day, sale)), store_id=STORE)
        for day in (b"2026-01-31", b"2026-01-01", b"2026-02-01", b"2026-01-09", b"2026-03-01")
    ]
    assert within_months([None, *outcomes], known=set(), most=2) == 5
    assert within_months(outcomes, known=set(), most=1) == 2
    assert within_months(outcomes, known={date(2026, 2, 1)}, most=2) == 5


def test_a_group_proposes_no_more_products_than_may_take_effect_at_once() -> None:
    shop = ShopFacts(seed=1, store_id=STORE)
    product = ProductProposed(product_id=shop.new_id(), name="Limonade", unit="l", currency="DZD")
    proposed, sold = (read(slot(raw), store_id=STORE) for raw in (shop.fact(product), RAW))
    assert within_proposals([proposed, None, sold, proposed, sold], most=2) == 5
    assert within_proposals([proposed, None, sold, proposed, sold], most=1) == 3


@given(st.dictionaries(st.uuids(), st.binary(min_size=1, max_size=40), max_size=4))
def test_keys_come_back(keys: dict[UUID, bytes]) -> None:
    raw = encode_keys({str(who): key for who, key in keys.items()})
    assert (decode_keys(raw) if raw else {}) == keys
