"""Exported journals: golden bytes, any split, and every way in which a file may be wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from protocol.codec.archive import ArchiveHeader, ArchiveReader, ArchiveWriter
from protocol.codec.chain import genesis, links
from protocol.codec.frames import Batch, BatchBody, encode_batch
from protocol.errors import RemoteProtocolError
from tests.unit.protocol.codec.examples import BODIES, DEVICE, SALE, example

GOLDEN = Path(__file__).parents[3] / "golden" / "wire"
SIGNATURE = b"signed"
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def archive(
    runs: Sequence[Sequence[bytes]], *, epochs: Sequence[int] | None = None, first: int = 1
) -> list[bytes]:
    """The file in its parts: header, frames, last line."""
    epochs = epochs or [1] * len(runs)
    writer = ArchiveWriter()
    previous, seq, frames = genesis(DEVICE), first, []
    for epoch, raws in zip(epochs, runs, strict=True):
        hashes = links(previous, epoch=epoch, first_seq=seq, raws=raws)
        frames.append(
            encode_batch(
                dev=DEVICE,
                epoch=epoch,
                first=seq,
                prev=previous,
                head=hashes[-1],
                body=BatchBody(ev=[Raw(raw) for raw in raws]),
            )
        )
        seq, previous = seq + len(raws), hashes[-1]
    header = ArchiveHeader(
        device_id=DEVICE,
        epoch=epochs[-1],
        first=first,
        last=seq - 1,
        prev_hash=genesis(DEVICE),
        head_hash=previous,
        certificate_pem="-----BEGIN CERTIFICATE-----\n",
        created_at=AT,
    )
    parts = [writer.begin(header), *(writer.frame(frame) for frame in frames)]
    assert writer.digest == sha256(b"".join(parts)).digest()
    return [*parts, writer.end(SIGNATURE)]


def read(raw: bytes, *, piece: int = 65_536) -> tuple[ArchiveReader, list[Batch]]:
    reader = ArchiveReader()
    batches = list[Batch]()
    for start in range(0, len(raw), piece):
        batches += reader.feed(raw[start : start + piece])
    assert reader.finish() == SIGNATURE
    return reader, batches


def refused(raw: bytes) -> str:
    with pytest.raises(RemoteProtocolError) as caught:
        read(raw)
    return caught.value.code


def changed(line: bytes, **fields: object) -> bytes:
    return msgspec.json.encode({**msgspec.json.decode(line), **fields}) + b"\n"


def test_a_released_archive_can_be_read_for_ever() -> None:
    raw = (GOLDEN / "archive.v1.bin").read_bytes()
    facts = [example(BODIES["sale.finalised"]), example(BODIES["cash.moved"])]
    reader, batches = read(raw)
    assert [fact for batch in batches for fact in batch.facts] == facts
    assert reader.header is not None
    assert (reader.header.device_id, reader.header.first, reader.header.last) == (DEVICE, 1, 2)


@given(
    runs=st.lists(st.lists(st.text(max_size=100), min_size=1, max_size=8), min_size=1, max_size=6),
    first=st.integers(1, 2**62),
    piece=st.integers(1, 4000),
)
def test_facts_come_out_as_they_went_in_however_the_file_is_cut(
    runs: list[list[str]], first: int, piece: int
) -> None:
    raws = [[msgspec.json.encode({"t": text}) for text in run] for run in runs]
    parts = archive(raws, epochs=list(range(1, len(raws) + 1)), first=first)
    reader, batches = read(b"".join(parts), piece=piece)
    assert [batch.facts for batch in batches] == raws
    assert reader.digest == sha256(b"".join(parts[:-1])).digest()


@given(cut=st.integers(0, 10_000))
def test_a_file_that_ends_early_is_never_whole(cut: int) -> None:
    whole = b"".join(archive([[b"1", b"2"], [b"3"]]))
    reader = ArchiveReader()
    list(reader.feed(whole[: cut % len(whole)]))
    with pytest.raises(RemoteProtocolError) as caught:
        reader.finish()
    assert caught.value.code == "archive-truncated"


@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_flipped_byte_goes_unseen(position: int, flip: int) -> None:
    parts = archive([[b"1", b"2"], [b"3"]])
    signed = len(b"".join(parts[:-1]))
    raw = bytearray(b"".join(parts))
    raw[position % signed] ^= flip
    try:
        reader, _ = read(bytes(raw))
    except RemoteProtocolError:
        return
    assert reader.digest != sha256(b"".join(parts[:-1])).digest()


def test_frames_keep_their_order() -> None:
    head, one, two, end = archive([[b"1"], [b"2"]])
    assert refused(head + two + one + end) == "bad-archive"
    assert refused(head + one + one + end) == "bad-archive"
    assert refused(head + one + end) == "bad-archive"
    backwards = archive([[b"1"], [b"2"]], epochs=[2, 1])
    assert refused(b"".join(backwards)) == "bad-archive"


@pytest.mark.parametrize(
    "wrong",
    [
        {"v": 2},
        {"from": 0},
        {"from": 2},
        {"to": 2**63},
        {"epoch": 0},
        {"epoch": 2},
        {"prev_hash": "AAAA"},
        {"head_hash": "AAAA"},
        {"device_id": str(SALE)},
        {"created_at": "yesterday"},
    ],
)
def test_a_header_that_cannot_be(wrong: dict[str, object]) -> None:
    head, *rest = archive([[b"1"]])
    assert refused(changed(head, **wrong) + b"".join(rest)) in {"bad-archive", "bad-frame"}


@pytest.mark.parametrize("size", [0, -1, 1024 * 1024 + 1, "x"])
def test_a_frame_of_no_possible_size(size: object) -> None:
    head, *_ = archive([[b"1"]])
    assert refused(head + msgspec.json.encode({"frame": size}) + b"\n") == "bad-archive"


def test_what_is_no_archive() -> None:
    assert refused(b"\xff\n") == "bad-archive"
    assert refused(b"x" * 20_000) == "bad-archive"
    assert refused(b"") == "archive-truncated"
    parts = archive([[b"1"]])
    assert refused(b"".join(parts) + b"more") == "bad-archive"
    assert refused(b"".join(parts[:-1]) + b'{"signature":7}\n') == "bad-archive"
