"""Whatever a device could write has an answer that keeps the bytes and lets the rest go on."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.rules import (
    DATE_MISSING,
    DATE_OUT_OF_RANGE,
    DEAD,
    PARKED,
    RECEIVED,
    Aside,
    Candidate,
    Slot,
    decode_keys,
    encode_keys,
    first_gap,
    landing,
    months,
    park,
    read,
)
from tests.fakes.shop_facts import ShopFacts

RECEIVED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RAW = next(ShopFacts(seed=1, store_id=UUID(int=3)).sales(1, lines=2))


def slot(raw: bytes, *, state: int = RECEIVED) -> Slot:
    return Slot(epoch=1, seq=4, raw=raw, received_at=RECEIVED_AT, state=state, person_keys=None)


def test_a_fact_is_read_with_its_place_and_hash() -> None:
    found = read(slot(RAW))
    assert isinstance(found, Candidate)
    assert (found.business_date, found.moved) == (date(2026, 11, 20), None)
    assert found.fact_id == found.fact.envelope.id
    assert len(found.content_hash) == 32


def test_what_was_buried_on_arrival_is_passed_over() -> None:
    assert read(slot(b"\x00\xff", state=DEAD)) is None


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
    found = read(slot(raw))
    assert isinstance(found, Aside)
    assert (found.state, found.reason, found.epoch, found.seq) == (state, reason, 1, 4)
    assert (found.fact_id is not None) == (state == PARKED)


def test_a_time_without_zone_is_parked() -> None:
    at = RAW.index(b'"at":"') + 6
    naive = RAW[:at] + b"2026-11-20T08:00:00" + RAW[RAW.index(b'"', at) :]
    found = read(slot(naive))
    assert isinstance(found, Aside)
    assert (found.state, found.reason) == (PARKED, "time-without-zone")


@given(st.binary(max_size=200))
def test_no_bytes_at_all_can_stop_the_reading(raw: bytes) -> None:
    assert isinstance(read(slot(raw)), Aside)


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
    found = read(slot(RAW))
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


@given(st.dictionaries(st.uuids(), st.binary(min_size=1, max_size=40), max_size=4))
def test_keys_come_back(keys: dict[UUID, bytes]) -> None:
    raw = encode_keys({str(who): key for who, key in keys.items()})
    assert (decode_keys(raw) if raw else {}) == keys
