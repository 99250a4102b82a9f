"""Codes are read as they were meant, claims hold in their time, a heartbeat fits its row."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fleet.rules import (
    CODE_BYTES,
    ClaimState,
    check_claim,
    claim_code,
    claim_uri,
    code_hash,
    debt_of,
)
from protocol.errors import NotFound
from protocol.messages.sync import Heartbeat

ANY = st.integers(-(2**80), 2**80)


@given(
    st.builds(
        Heartbeat,
        sess=ANY,
        head=ANY,
        acked=ANY,
        pending_count=ANY,
        mono_ms=ANY,
        pending_value_minor=st.dictionaries(st.text(), ANY, max_size=40),
        oldest_pending_at_ms=st.none() | ANY,
        disk_free_bytes=st.none() | ANY,
        dead_count=ANY,
    )
)
def test_everything_stays_within_a_row(heartbeat: Heartbeat) -> None:
    debt = debt_of(heartbeat)
    numbers = [debt.head_seq, debt.acked_seq, debt.count, debt.dead_count]
    numbers += [*debt.value_minor.values(), debt.disk_free_bytes or 0]
    assert all(0 <= number < 2**63 for number in numbers)
    assert len(debt.value_minor) <= 16


def test_what_is_no_currency_is_left_out() -> None:
    """No column of JSON takes a NUL."""
    owed = {"\0": 1, "dzd": 2, "DZDX": 3, "DZD": 4}
    heartbeat = Heartbeat(
        sess=1, head=9, acked=7, pending_count=2, mono_ms=0, pending_value_minor=owed
    )
    assert debt_of(heartbeat).value_minor == {"DZD": 4}


def test_what_is_sane_is_kept() -> None:
    debt = debt_of(
        Heartbeat(
            sess=1,
            head=9,
            acked=7,
            pending_count=2,
            mono_ms=0,
            pending_value_minor={"DZD": 5},
            oldest_pending_at_ms=1_000,
        )
    )
    assert (debt.head_seq, debt.acked_seq, debt.count, debt.value_minor) == (9, 7, 2, {"DZD": 5})
    assert debt.oldest_at is not None
    assert debt.oldest_at.timestamp() == 1


CODES = st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES).map(claim_code)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(CODES)
def test_a_code_is_read_as_it_was_meant(code: str) -> None:
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert not set("ILOU") & set(code)
    hashed = code_hash(code)
    for typed in (code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')}\t"):
        assert code_hash(typed) == hashed
    misread = code.replace("0", "o").replace("1", "l")
    assert code_hash(misread) == code_hash(misread.replace("l", "I")) == hashed


@given(st.lists(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES), min_size=2, max_size=20))
def test_sixty_bits_make_a_code(random: list[bytes]) -> None:
    numbers = {int.from_bytes(raw, "big") & (1 << 60) - 1 for raw in random}
    assert len({claim_code(raw) for raw in random}) == len(numbers)


@given(CODES, st.text(min_size=1))
def test_the_qr_says_hub_code_and_authority(code: str, hub_url: str) -> None:
    uri = claim_uri(hub_url=hub_url, code=code, ca_fingerprint="ab")
    said = parse_qs(urlsplit(uri).query, strict_parsing=True)
    assert said == {"hub": [hub_url], "code": [code], "ca": ["ab"]}


def claim(*, used: bool = False, withdrawn: bool = False) -> ClaimState:
    return ClaimState(
        expires_at=NOON,
        used_at=NOON - timedelta(hours=1) if used else None,
        withdrawn_at=NOON - timedelta(hours=1) if withdrawn else None,
    )


@pytest.mark.parametrize(
    ("state", "hours", "word", "holds"),
    [
        (claim(), -1, "open", True),
        (claim(), 0, "expired", False),
        (claim(used=True), -1, "used", True),
        (claim(used=True), 23, "used", True),
        (claim(used=True), 24, "used", False),
        (claim(withdrawn=True), -1, "withdrawn", False),
        (claim(withdrawn=True), 1, "withdrawn", False),
    ],
)
def test_when_a_claim_holds(state: ClaimState, hours: int, word: str, holds: bool) -> None:
    at = NOON + timedelta(hours=hours)
    assert state.at(at) == word
    if holds:
        check_claim(state, at=at)
        return
    with pytest.raises(NotFound) as caught:
        check_claim(state, at=at)
    assert caught.value.code == "unknown-claim"
