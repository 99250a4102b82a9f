"""Control messages and pages: what is read, what is refused."""

import zlib
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import Raw

from protocol.codec.control import MAX_CONTROL_BYTES, Control, decode_control, encode_control
from protocol.codec.pages import decode_page, encode_page
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import (
    Ack,
    Command,
    CommandResult,
    Cursor,
    DeadFact,
    Heartbeat,
    Page,
    Put,
    Want,
)

GOLDEN = Path(__file__).parents[3] / "golden" / "wire"


def test_a_message_comes_back() -> None:
    ack = Ack(
        epoch=1,
        hwm=5,
        hash=b"h" * 32,
        credit=4,
        hub_time_ms=1,
        sack=[(7, 9)],
        dead=[DeadFact(seq=3, code="bad-batch")],
    )
    assert decode_control(encode_control(ack), Ack) == ack


_ID = UUID("0192d6a0-0000-7000-8000-000000000051")
RELEASED: dict[str, Control] = {
    "command": Command(id=_ID, kind="send-diagnostics", not_after_ms=1_795_000_000_000),
    "command-result": CommandResult(id=_ID, result="done", detail='{"agent": "1"}'),
    "heartbeat": Heartbeat(
        sess=3, head=9, acked=7, pending_count=2, mono_ms=5, at_ms=1_795_000_000_000, clk="ntp"
    ),
}


@pytest.mark.parametrize("name", RELEASED)
def test_the_bytes_of_a_released_message_never_change(name: str) -> None:
    golden = (GOLDEN / f"{name}.v1.json").read_bytes().strip()
    assert encode_control(RELEASED[name]) == golden
    assert decode_control(golden, type(RELEASED[name])) == RELEASED[name]


def test_a_command_with_more_fields_is_read() -> None:
    golden = (GOLDEN / "command.v1.json").read_bytes().strip()
    later = golden.replace(b"{", b'{"later":[1],', 1)
    assert decode_control(later, Command) == RELEASED["command"]


def test_fields_of_a_later_release_are_ignored() -> None:
    assert decode_control(b'{"versions":{"staff":1},"later":true}', Want).versions == {"staff": 1}


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b" " * (MAX_CONTROL_BYTES + 1)])
def test_what_is_no_such_message_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="bad-control"):
        decode_control(payload, Want)


PAGE = Page(
    rid="1-1",
    collection="prices",
    next=Cursor(version=2, key="price/1", since=2),
    version=3,
    done=False,
    puts=[Put(key="price/1", version=2, payload=Raw(b'{"a": 1}'))],
    gone=["price/2"],
)


def test_a_page_comes_back_with_its_rows_as_they_were() -> None:
    page = decode_page(encode_page(PAGE))
    assert page == PAGE
    assert bytes(page.puts[0].payload) == b'{"a": 1}'


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no zlib",
        zlib.compress(b"{}"),
        encode_page(PAGE)[:-4],
        zlib.compress(b" " * 2_000_000),
    ],
)
def test_what_is_no_page_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="bad-page"):
        decode_page(payload)
