"""A batch of facts on the wire: one clear JSON line, then the (zlib) body (DESIGN §2, Facts).

The line says whose range it is and which hashes it starts from and ends at, so that a range can be
refused or buried without decoding the body. The body holds the facts as raw slices.
"""

import zlib
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from protocol.codec.chain import HASH_BYTES, links
from protocol.codec.facts import MAX_FACT_BYTES
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import WIRE_VERSION

MAX_BATCH_FACTS = 100
MAX_BATCH_BYTES = 64 * 1024
MAX_FRAME_BYTES = 1024 * 1024
# Room for the clock fields and the keys of sealed people beside the facts.
_BODY_OVERHEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = MAX_FACT_BYTES + _BODY_OVERHEAD_BYTES
_MAX_HEADER_BYTES = 1024


class Header(Struct, frozen=True, kw_only=True):
    """The clear line. `len` is the body's length before compression; hashes are base64."""

    v: int
    dev: UUID
    epoch: int
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")
    enc: str
    len: int
    prev: bytes
    head: bytes


class BatchBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts in seq order, the sender's clocks, and the keys of people sealed in these facts."""

    ev: list[Raw]
    boot: str = ""
    mono_ms: int = 0
    clk: str = "unsync"
    keys: dict[str, bytes] = {}


class Batch(Struct, frozen=True, kw_only=True):
    """A decoded frame: `facts[i]` has seq `header.first + i` and hash `hashes[i]`."""

    header: Header
    facts: list[bytes]
    hashes: list[bytes]
    keys: dict[str, bytes]


_encoder = msgspec.json.Encoder()
_headers = msgspec.json.Decoder(Header)
_batch_bodies = msgspec.json.Decoder(BatchBody)


def encode_batch(
    *, dev: UUID, epoch: int, first: int, prev: bytes, head: bytes, body: BatchBody
) -> bytes:
    """The frame of facts `first … first + len(body.ev) − 1`."""
    raw = _encoder.encode(body)
    header = Header(
        v=WIRE_VERSION,
        dev=dev,
        epoch=epoch,
        first=first,
        last=first + len(body.ev) - 1,
        enc="zlib",
        len=len(raw),
        prev=prev,
        head=head,
    )
    return _encoder.encode(header) + b"\n" + zlib.compress(raw)


def split_frame(payload: bytes, *, dev: UUID) -> tuple[Header, bytes]:
    """The clear line and the body still encoded; raises RemoteProtocolError `bad-frame`.

    A device that speaks for another, or lies about its range, is refused here.
    """
    end = payload.find(b"\n", 0, _MAX_HEADER_BYTES)
    if end < 0 or len(payload) > MAX_FRAME_BYTES:
        raise RemoteProtocolError(
            "bad-frame", f"no frame: {len(payload)} bytes, header until {end}"
        )
    try:
        header = _headers.decode(payload[:end])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("bad-frame", f"no header: {error}") from error
    count = header.last - header.first + 1
    if (
        header.dev != dev
        or header.v != WIRE_VERSION
        or not (header.first >= 1 and 1 <= count <= MAX_BATCH_FACTS and header.epoch >= 1)
        or header.last >= 2**63
        or header.epoch >= 2**63
        or len(header.prev) != HASH_BYTES
        or len(header.head) != HASH_BYTES
    ):
        raise RemoteProtocolError("bad-frame", f"a header that cannot be: {payload[:end]!r}")
    return header, payload[end + 1 :]


def open_body(header: Header, body: bytes) -> Batch:
    """Decode the body and compute the chain from `header.prev`.

    Raises RemoteProtocolError `too-large` (a fact or batch over its limit), `bad-batch` (cannot be
    decoded, or is not what the header says) or `bad-hash` (decodes, but the chain differs).
    """
    raw = _inflate(header, body)
    try:
        document = _batch_bodies.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("bad-batch", f"no batch: {error}") from error
    facts = [bytes(fact) for fact in document.ev]
    if len(facts) != header.last - header.first + 1:
        raise RemoteProtocolError(
            "bad-batch", f"{len(facts)} facts in a frame {header.first}–{header.last}"
        )
    if max(map(len, facts)) > MAX_FACT_BYTES:
        raise RemoteProtocolError("too-large", f"a fact over {MAX_FACT_BYTES} bytes")
    hashes = links(header.prev, epoch=header.epoch, first_seq=header.first, raws=facts)
    if hashes[-1] != header.head:
        raise RemoteProtocolError(
            "bad-hash", "the chain over these facts does not end at their head"
        )
    return Batch(header=header, facts=facts, hashes=hashes, keys=document.keys)


def _inflate(header: Header, body: bytes) -> bytes:
    if header.len > MAX_BODY_BYTES:
        raise RemoteProtocolError("too-large", f"a body of {header.len} bytes")
    if header.enc != "zlib":
        raise RemoteProtocolError("bad-batch", f"unknown encoding {header.enc!r}")
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(body, header.len + 1)
    except zlib.error as error:
        raise RemoteProtocolError("bad-batch", f"no zlib: {error}") from error
    if len(raw) != header.len or not inflater.eof or inflater.unused_data:
        raise RemoteProtocolError(
            "bad-batch", f"{len(raw)} bytes where the header says {header.len}"
        )
    return raw
