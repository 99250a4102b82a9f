"""The edge asks where the hub stands: when an ack goes back, and after a long silence."""

from protocol.codec.control import decode_control
from protocol.messages.sync import Hello
from protocol.session.outputs import Output, Publish, ReadHashes
from tests.unit.protocol.session.test_edge import (
    HASHES,
    TIMING,
    _ack,
    _live,
    _send,
    _session,
    _welcome,
)


def _hellos(outputs: list[Output]) -> list[Hello]:
    return [
        decode_control(each.payload, Hello)
        for each in outputs
        if isinstance(each, Publish) and each.channel == "hello"
    ]


def test_an_ack_that_goes_back_makes_the_edge_ask_soon() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    session.receive("ack", _ack(3), 0)
    session.receive("ack", _ack(1, sack=[(3, 3)]), 100)
    due = session.next_tick_ms
    assert due is not None
    assert due <= 100 + TIMING.answer_max_ms
    session.receive("ack", _ack(1, sack=[(3, 3)]), due - 1)
    (hello,) = _hellos(session.tick(due))
    assert (hello.acked, hello.head) == (3, 3), "the hub will see what it has lost"


def test_an_ack_that_was_only_late_is_forgotten() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    session.receive("ack", _ack(2), 0)
    session.receive("ack", _ack(1), 100)
    session.receive("ack", _ack(3), 200)
    assert session.next_tick_ms == 200 + TIMING.silence_ms
    assert not _hellos(session.tick(200 + TIMING.silence_ms - 1))


def test_a_shop_that_owes_nothing_asks_after_a_silence() -> None:
    session = _session(acked=3)
    _live(session, hwm=3, hash=session.journal.head_hash)
    assert session.next_tick_ms == TIMING.silence_ms
    assert not _hellos(session.tick(TIMING.silence_ms - 1))
    assert len(_hellos(session.tick(TIMING.silence_ms))) == 1


def test_a_welcome_that_was_late_is_no_hub_set_back() -> None:
    """The edge greeted twice over a slow link: the second answer is older than the ack."""
    session = _session()
    _live(session)
    _send(session, 1, 3)
    session.receive("ack", _ack(3), 0)
    assert session.receive("welcome", _welcome(hwm=1, hash=HASHES[1]), 100) == []
    assert session.live
    assert session.journal.acked == 3
    due = session.next_tick_ms
    assert due is not None
    assert due <= 100 + TIMING.answer_max_ms, "unless the hub says so again, when it is asked"
    (hello,) = _hellos(session.tick(due))
    assert hello.acked == 3
    outputs = session.receive("welcome", _welcome(hwm=1, hash=HASHES[1]), due)
    assert isinstance(outputs[-1], ReadHashes)
