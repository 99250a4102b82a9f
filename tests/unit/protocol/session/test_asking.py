"""The edge asks where the hub stands: when an ack goes back, and after a long silence."""

from msgspec.structs import replace

from protocol.codec.control import decode_control
from protocol.messages.sync import Hello
from protocol.session.outputs import Alarm, Output, Publish, ReadHashes
from tests.unit.protocol.session.test_edge import (
    HASHES,
    TIMING,
    _acked,
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
    _acked(session, 3)
    _acked(session, 1, 100, sack=[(3, 3)])
    due = session.next_tick_ms
    assert due is not None
    assert due <= 100 + TIMING.answer_max_ms
    _acked(session, 1, due - 1, sack=[(3, 3)])
    (hello,) = _hellos(session.tick(due))
    assert (hello.acked, hello.head) == (3, 3), "the hub will see what it has lost"


def test_an_ack_that_was_only_late_is_forgotten() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    _acked(session, 2)
    _acked(session, 1, 100)
    _acked(session, 3, 200)
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
    _acked(session, 3)
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


def test_a_welcome_that_comes_late_while_it_greets_again_is_no_hub_set_back() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    _acked(session, 3)
    asked = session.next_tick_ms
    assert asked is not None
    assert len(_hellos(session.tick(asked))) == 1
    low = _welcome(hwm=1, hash=HASHES[1])
    assert session.receive("welcome", low, asked) == []
    due = session.next_tick_ms
    assert due is not None
    assert len(_hellos(session.tick(due))) == 1
    outputs = session.receive("welcome", low, due)
    assert isinstance(outputs[-1], ReadHashes), "the hub says so again, having been asked again"


def test_a_welcome_to_the_epoch_before_is_late_once_and_then_an_alarm() -> None:
    session = _session()
    session.connected(0)
    session.receive("welcome", _welcome(epoch=2, base=1, base_hash=HASHES[1], hwm=1), 0)
    session.hashes_read(1, {1: HASHES[1]}, 0)
    session.epoch_adopted(replace(session.journal, epoch=2, acked=1, acked_hash=HASHES[1]), 0)
    assert session.receive("welcome", _welcome(), 0) == []
    (alarm,) = session.receive("welcome", _welcome(), 0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "hub-differs"
