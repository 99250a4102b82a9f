"""Frames: golden bytes, limits, and every way in which a peer may lie."""

import zlib
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from protocol.codec.chain import genesis, links
from protocol.codec.facts import MAX_FACT_BYTES
from protocol.codec.frames import (
    MAX_BATCH_FACTS,
    MAX_BODY_BYTES,
    MAX_FRAME_BYTES,
    BatchBody,
    Header,
    encode_batch,
    open_body,
    split_frame,
)
from protocol.errors import RemoteProtocolError
from tests.unit.protocol.codec.examples import BODIES, DEVICE, example

GOLDEN = Path(__file__).parents[3] / "golden" / "wire"


def frame(raws: list[bytes], *, first: int = 1, head: bytes | None = None) -> bytes:
    start = genesis(DEVICE)
    hashes = links(start, epoch=1, first_seq=first, raws=raws)
    body = BatchBody(ev=[Raw(raw) for raw in raws], boot="b", keys={"p": b"k"})
    return encode_batch(
        dev=DEVICE, epoch=1, first=first, prev=start, head=head or hashes[-1], body=body
    )


def _opened(payload: bytes) -> list[bytes]:
    return open_body(*split_frame(payload, dev=DEVICE)).facts


def test_a_released_frame_can_be_read_for_ever() -> None:
    facts = [example(BODIES["sale.finalised"]), example(BODIES["cash.moved"])]
    batch = open_body(*split_frame((GOLDEN / "batch.v1.bin").read_bytes(), dev=DEVICE))
    assert batch.facts == facts
    assert batch.keys == {"p": b"k"}
    assert (batch.header.first, batch.header.last, batch.header.epoch) == (1, 2, 1)


@given(
    texts=st.lists(st.text(max_size=200), min_size=1, max_size=MAX_BATCH_FACTS),
    first=st.integers(1, 2**62),
)
def test_facts_come_out_byte_by_byte(texts: list[str], first: int) -> None:
    raws = [msgspec.json.encode({"t": text}) for text in texts]
    payload = frame(raws, first=first)
    assert _opened(payload) == raws
    assert payload.startswith(b'{"v":1,"dev":')


def test_the_clear_line_is_enough_to_refuse_a_range() -> None:
    header, _ = split_frame(frame([b"1", b"2"], first=7), dev=DEVICE)
    assert (header.first, header.last, header.enc) == (7, 8, "zlib")


def _with(payload: bytes, **changes: object) -> bytes:
    line, _, body = payload.partition(b"\n")
    return msgspec.json.encode({**msgspec.json.decode(line), **changes}) + b"\n" + body


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no newline",
        b"{}\n",
        b"\xff\n",
        b" " * 2_000 + b"\n",
        frame([b"1"]) + b"\0" * MAX_FRAME_BYTES,
        _with(frame([b"1"]), v=2),
        _with(frame([b"1"]), dev="0192d6a0-0000-7000-8000-000000000099"),
        _with(frame([b"1"]), epoch=0),
        _with(frame([b"1"]), epoch=2**63),
        _with(frame([b"1"]), to=2**63),
        _with(frame([b"1"]), **{"from": 0}),
        _with(frame([b"1"]), to=0),
        _with(frame([b"1"]), to=MAX_BATCH_FACTS + 1),
        _with(frame([b"1"]), **{"from": 2**63, "to": 2**63}),
        _with(frame([b"1"]), prev="AAAA"),
        _with(frame([b"1"]), head="AAAA"),
    ],
)
def test_a_header_that_cannot_be_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="bad-frame"):
        split_frame(payload, dev=DEVICE)


def _bomb() -> bytes:
    line, _, _ = frame([b"1"]).partition(b"\n")
    return line + b"\n" + zlib.compress(b"[" * 50_000_000)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (_with(frame([b"1"]), enc="br"), "bad-batch"),
        (_with(frame([b"1"]), len=MAX_BODY_BYTES + 1), "too-large"),
        (_with(frame([b"1"]), len=3), "bad-batch"),
        (_with(frame([b"1"]), to=2), "bad-batch"),
        (frame([b"1"]) + b"tail", "bad-batch"),
        (frame([b"1"])[:-3], "bad-batch"),
        (frame([b"1"]).partition(b"\n")[0] + b"\nno zlib", "bad-batch"),
        (frame([b"nonsense"]), "bad-batch"),
        (frame([b"1"], head=genesis(UUID(int=1))), "bad-hash"),
        (frame([b'"%s"' % (b"x" * MAX_FACT_BYTES)]), "too-large"),
        (_bomb(), "bad-batch"),
    ],
)
def test_a_body_that_is_not_what_the_header_says_is_named(payload: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        _opened(payload)
    assert error.value.code == code


def test_a_header_says_its_ranges_in_the_words_of_the_protocol() -> None:
    names = {field.encode_name for field in msgspec.structs.fields(Header)}
    assert names >= {"v", "dev", "epoch", "from", "to", "enc", "len"}
