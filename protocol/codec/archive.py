"""An exported journal as a file: what a box still owed the hub, carried there by hand.

Lines of JSON, and between them frames as they go over the wire:

    {"v":1,"device_id":…,"from":…,"to":…,…}      whose journal, and which part of it
    {"frame":1234}⏎ and 1234 bytes               again and again
    {"signature":"…"}                            by the device's key, over everything before

Law: framing and chain alone. Who signs and who trusts the certificate is the callers' affair, and
nothing that a reader gave out counts before the signature was found good. Both directions work in
pieces, so that neither side ever holds more than one frame.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.codec.chain import HASH_BYTES
from protocol.codec.frames import MAX_FRAME_BYTES, Batch, open_body, split_frame
from protocol.errors import RemoteProtocolError

ARCHIVE_VERSION = 1
ARCHIVE_MEDIA_TYPE = "application/vnd.hanout.journal"
# The longest line is the header with its certificate, under 2 KiB.
_MAX_LINE_BYTES = 16 * 1024


class ArchiveHeader(Struct, frozen=True, kw_only=True):
    """Which part of whose journal. `epoch` is the newest in it; hashes are base64.

    `created_at` is the box's clock: a hint.
    """

    v: int = ARCHIVE_VERSION
    device_id: UUID
    epoch: int
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")
    prev_hash: bytes
    head_hash: bytes
    certificate_pem: str
    created_at: datetime


class _FrameLine(Struct, frozen=True, forbid_unknown_fields=True):
    """So many bytes of a frame follow."""

    frame: int


class _EndLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing follows."""

    signature: bytes


L = TypeVar("L", ArchiveHeader, _FrameLine, _EndLine)

_encoder = msgspec.json.Encoder()
_headers = msgspec.json.Decoder(ArchiveHeader)
_frame_lines = msgspec.json.Decoder(_FrameLine)
_end_lines = msgspec.json.Decoder(_EndLine)


class ArchiveWriter:
    """Gives the bytes to write; `digest` is what is to be signed of those given so far."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        """SHA-256 of everything so far."""
        return self._digest.digest()

    def begin(self, header: ArchiveHeader) -> bytes:
        """The first line."""
        return self._count(_encoder.encode(header) + b"\n")

    def frame(self, payload: bytes) -> bytes:
        """A frame of `encode_batch`."""
        return self._count(_encoder.encode(_FrameLine(len(payload))) + b"\n" + payload)

    def end(self, signature: bytes) -> bytes:
        """The last line; `signature` is over `digest`."""
        return _encoder.encode(_EndLine(signature)) + b"\n"

    def _count(self, written: bytes) -> bytes:
        self._digest.update(written)
        return written


class ArchiveReader:
    """Takes the file's bytes in any pieces and gives out its batches, each chained to the last.

    Every method raises RemoteProtocolError: `bad-archive`, or `archive-truncated` from `finish`.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._header: ArchiveHeader | None = None
        self._signature: bytes | None = None
        self._frame_bytes: int | None = None
        self._next = 0
        self._epoch = 0
        self._hash = b""

    @property
    def header(self) -> ArchiveHeader | None:
        """As soon as the first line has come."""
        return self._header

    @property
    def digest(self) -> bytes:
        """SHA-256 of everything before the signature; after `finish`."""
        return self._digest.digest()

    def feed(self, piece: bytes) -> Iterator[Batch]:
        """The batches that this piece completes, each read when it is asked for: a small piece may
        hold hundreds of large ones."""
        self._buffer += piece
        batches: list[Batch] = []
        while self._step(batches):
            yield from batches
            batches.clear()

    def finish(self) -> bytes:
        """There is no more: the signature."""
        if self._header is None or self._signature is None:
            raise RemoteProtocolError("archive-truncated", "The file ends before its last line.")
        return self._signature

    def _step(self, batches: list[Batch]) -> bool:
        """Take one line or frame from the buffer; False when it needs more bytes."""
        if self._signature is not None:
            if self._buffer:
                raise _bad("something follows the last line")
            return False
        if self._frame_bytes is not None:
            if len(self._buffer) < self._frame_bytes:
                return False
            batches.append(self._batch(self._take(self._frame_bytes)))
            self._frame_bytes = None
            return True
        end = self._buffer.find(b"\n", 0, _MAX_LINE_BYTES)
        if end < 0:
            if len(self._buffer) >= _MAX_LINE_BYTES:
                raise _bad(f"a line of more than {_MAX_LINE_BYTES} bytes")
            return False
        self._line(end + 1)
        return True

    def _line(self, length: int) -> None:
        line = bytes(self._buffer[:length])
        if self._header is None:
            self._begin(line)
        elif line.startswith(b'{"signature"'):
            self._end(line)
            del self._buffer[:length]
            return
        else:
            size = _decoded(_frame_lines, line).frame
            if not 0 < size <= MAX_FRAME_BYTES:
                raise _bad(f"a frame of {size} bytes")
            self._frame_bytes = size
        self._take(length)

    def _begin(self, line: bytes) -> None:
        header = _decoded(_headers, line)
        if (
            header.v != ARCHIVE_VERSION
            or not 1 <= header.first <= header.last < 2**63
            or not 1 <= header.epoch < 2**63
            or len(header.prev_hash) != HASH_BYTES
            or len(header.head_hash) != HASH_BYTES
        ):
            raise _bad("a header that cannot be")
        self._header = header
        self._next, self._hash = header.first, header.prev_hash

    def _batch(self, payload: bytes) -> Batch:
        assert self._header is not None
        frame, body = split_frame(payload, dev=self._header.device_id)
        if frame.first != self._next or frame.prev != self._hash:
            raise _bad(f"{frame.first} follows where {self._next} should")
        if not self._epoch <= frame.epoch <= self._header.epoch:
            raise _bad(f"epoch {frame.epoch} after {self._epoch}")
        batch = open_body(frame, body)
        self._next, self._epoch, self._hash = frame.last + 1, frame.epoch, frame.head
        return batch

    def _end(self, line: bytes) -> None:
        assert self._header is not None
        ends = (self._next - 1, self._hash, self._epoch)
        if ends != (self._header.last, self._header.head_hash, self._header.epoch):
            raise _bad(f"it ends at {self._next - 1}, its header says {self._header.last}")
        self._signature = _decoded(_end_lines, line).signature

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._digest.update(taken)
        return taken


def _decoded(decoder: msgspec.json.Decoder[L], line: bytes) -> L:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(str(error)) from error


def _bad(why: str) -> RemoteProtocolError:
    return RemoteProtocolError("bad-archive", f"No journal of a shop: {why}.")
