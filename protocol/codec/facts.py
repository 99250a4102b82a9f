"""Facts ↔ bytes. The bytes are made once and never re-encoded: hashes and effects hang on them."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from protocol.codec.upcasting import RELEASED, Step, Upcasters
from protocol.errors import Malformed, RemoteProtocolError
from protocol.messages.facts import BODY_TYPES, CURRENT_VERSION, TYPE_OF_BODY, Body, Envelope, Fact

MAX_FACT_BYTES = 768 * 1024
MAX_FACT_LINES = 2000

_encoder = msgspec.json.Encoder()
_envelopes = msgspec.json.Decoder(Envelope)
_bodies: dict[str, msgspec.json.Decoder[Body]] = {
    name: cast("msgspec.json.Decoder[Body]", msgspec.json.Decoder(body))
    for name, body in BODY_TYPES.items()
}


def refuse_long_lists(part: Struct) -> None:
    """Raises Malformed `fact-too-large` for over 2,000 lines, tenders or entries of other lists."""
    for name in part.__struct_fields__:
        entries = getattr(part, name)
        if isinstance(entries, list) and len(entries) > MAX_FACT_LINES:
            raise Malformed("fact-too-large", f"Split it: at most {MAX_FACT_LINES} {name} fit.")


def encode_fact(
    *,
    id: UUID,  # noqa: A002 - the wire's own word
    at: datetime,
    store_id: UUID,
    body: Body,
    register_id: UUID | None = None,
    shift_id: UUID | None = None,
    staff_id: UUID | None = None,
    business_date: date | None = None,
) -> bytes:
    """The fact's bytes; raises Malformed `fact-too-large` over 768 KiB or 2,000 of any list."""
    refuse_long_lists(body)
    name = TYPE_OF_BODY[type(body)]
    raw = _encoder.encode(
        Envelope(
            id=id,
            type=name,
            sv=CURRENT_VERSION[name],
            at=at,
            store_id=store_id,
            body=msgspec.Raw(_encoder.encode(body)),
            register_id=register_id,
            shift_id=shift_id,
            staff_id=staff_id,
            business_date=business_date,
        )
    )
    if len(raw) > MAX_FACT_BYTES:
        raise Malformed("fact-too-large", f"Split it: at most {MAX_FACT_BYTES} bytes fit in one.")
    return raw


def decode_envelope(raw: bytes) -> Envelope:
    """The envelope alone; raises RemoteProtocolError `undecodable`."""
    try:
        return _envelopes.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("undecodable", f"not a fact: {error}") from error


def decode_fact(raw: bytes, upcasters: Upcasters = RELEASED) -> Fact:
    """Envelope and body, the body upcast to the current schema version.

    Raises RemoteProtocolError `undecodable`, or `unknown-type` and `unknown-version`, which a later
    release may be able to read: those are parked, not dead.
    """
    envelope = decode_envelope(raw)
    if envelope.type not in BODY_TYPES:
        raise RemoteProtocolError("unknown-type", f"no such fact type here: {envelope.type!r}")
    if not 1 <= envelope.sv <= upcasters.current[envelope.type]:
        raise RemoteProtocolError(
            "unknown-version", f"{envelope.type} version {envelope.sv} is not known here"
        )
    try:
        body = _decode_body(envelope, upcasters.path(envelope.type, envelope.sv))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("undecodable", f"not a {envelope.type}: {error}") from error
    return Fact(envelope=envelope, body=body)


def _decode_body(envelope: Envelope, steps: list[Step]) -> Body:
    if not steps:
        return _bodies[envelope.type].decode(envelope.body)
    document: dict[str, Any] = msgspec.json.decode(envelope.body, type=dict[str, Any])
    for step in steps:
        document = step(document)
    return _bodies[envelope.type].decode(_encoder.encode(document))
