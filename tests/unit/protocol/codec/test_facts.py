"""Facts: golden bytes, what cannot be read, what is newer than this release."""

from pathlib import Path

import msgspec
import pytest

from protocol.codec.facts import (
    MAX_FACT_BYTES,
    MAX_FACT_LINES,
    decode_envelope,
    decode_fact,
    encode_fact,
)
from protocol.codec.upcasting import Upcasters
from protocol.errors import Malformed, RemoteProtocolError
from protocol.messages.facts import BODY_TYPES
from protocol.messages.stock import StockMoved
from protocol.messages.till import CashMoved
from tests.unit.protocol.codec.examples import AT, BODIES, SALE, STORE, example

GOLDEN = Path(__file__).parents[3] / "golden" / "wire"


@pytest.mark.parametrize("name", BODY_TYPES)
def test_the_bytes_of_a_released_fact_never_change(name: str) -> None:
    assert example(BODIES[name]) == (GOLDEN / f"{name}.v1.json").read_bytes().strip()


@pytest.mark.parametrize("name", BODY_TYPES)
def test_a_released_fact_can_be_read_for_ever(name: str) -> None:
    fact = decode_fact((GOLDEN / f"{name}.v1.json").read_bytes())
    assert fact.body == BODIES[name]
    assert (fact.envelope.id, fact.envelope.type, fact.envelope.at) == (SALE, name, AT)


def test_fields_of_a_later_release_are_ignored() -> None:
    raw = example(BODIES["cash.moved"]).replace(b'"body":{', b'"later":[1],"body":{"more":{},')
    assert decode_fact(raw).body == BODIES["cash.moved"]


def _document(**changes: object) -> bytes:
    document = msgspec.json.decode(example(BODIES["cash.moved"]))
    return msgspec.json.encode({**document, **changes})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "undecodable"),
        (b"[]", "undecodable"),
        (b"\xff\xfe", "undecodable"),
        (b"[" * 100_000, "undecodable"),
        (_document(id="no uuid"), "undecodable"),
        (_document(body={"kind": "gift"}), "undecodable"),
        (_document(type="sale.cancelled"), "unknown-type"),
        (_document(sv=2), "unknown-version"),
        (_document(sv=0), "unknown-version"),
    ],
)
def test_what_cannot_be_read_says_whether_it_ever_will(raw: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        decode_fact(raw)
    assert error.value.code == code


def test_an_envelope_is_read_without_its_body() -> None:
    assert decode_envelope(_document(type="sale.cancelled")).type == "sale.cancelled"


def _moved(reason: str) -> CashMoved:
    return CashMoved(kind="paid_in", currency="DZD", amount_minor=1, reason=reason)


def test_a_fact_over_768_kib_is_not_made() -> None:
    encode_fact(id=SALE, at=AT, store_id=STORE, body=_moved("x" * (MAX_FACT_BYTES - 1_000)))
    with pytest.raises(Malformed, match="fact-too-large"):
        encode_fact(id=SALE, at=AT, store_id=STORE, body=_moved("x" * MAX_FACT_BYTES))


def test_a_fact_over_2000_lines_is_not_made() -> None:
    body = BODIES["stock.moved"]
    assert isinstance(body, StockMoved)
    most = msgspec.structs.replace(body, lines=body.lines * MAX_FACT_LINES)
    encode_fact(id=SALE, at=AT, store_id=STORE, body=most)
    with pytest.raises(Malformed, match="fact-too-large"):
        encode_fact(
            id=SALE,
            at=AT,
            store_id=STORE,
            body=msgspec.structs.replace(body, lines=body.lines * (MAX_FACT_LINES + 1)),
        )


def test_an_older_body_is_brought_up_step_by_step() -> None:
    def rename(body: dict[str, object]) -> dict[str, object]:
        return {**body, "reason": body.pop("why")}

    upcasters = Upcasters({"cash.moved": 2}, {("cash.moved", 1): rename})
    old = _document(body={"kind": "paid_in", "currency": "DZD", "amount_minor": 1, "why": "change"})
    assert decode_fact(old, upcasters).body == _moved("change")
    assert decode_fact(_document(sv=2), upcasters).body == BODIES["cash.moved"]
