"""Control messages ↔ bytes: all of `messages.sync` but pages."""

from typing import TypeVar

import msgspec

from protocol.errors import RemoteProtocolError
from protocol.messages import sync

# A hello with a hundred collections is under 8 KiB; anything larger is not a control message.
MAX_CONTROL_BYTES = 64 * 1024

Control = (
    sync.Hello
    | sync.Welcome
    | sync.Ack
    | sync.Nak
    | sync.Probe
    | sync.ProbeAnswer
    | sync.PageRequest
    | sync.Presence
    | sync.Want
    | sync.Heartbeat
    | sync.Command
    | sync.CommandResult
)
C = TypeVar("C", bound=Control)

_encoder = msgspec.json.Encoder()


def encode_control(message: Control) -> bytes:
    """The message as JSON."""
    return _encoder.encode(message)


def decode_control(payload: bytes, kind: type[C]) -> C:
    """Read a message of its channel's kind; raises RemoteProtocolError `bad-control`."""
    if len(payload) > MAX_CONTROL_BYTES:
        raise RemoteProtocolError("bad-control", f"{kind.__name__} of {len(payload)} bytes")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError("bad-control", f"not a {kind.__name__}: {error}") from error
