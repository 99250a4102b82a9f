"""The edge's machine, one input at a time: what it ignores, what it doubts, when it repeats."""

from datetime import date
from random import Random

import pytest

from protocol.codec.chain import genesis, links
from protocol.codec.control import decode_control, encode_control
from protocol.codec.pages import encode_page
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import (
    Ack,
    Cursor,
    Hello,
    Nak,
    Page,
    Probe,
    ProbeAnswer,
    RegisterFloor,
    Want,
    Welcome,
)
from protocol.session.edge import Boot, EdgeSession
from protocol.session.outputs import (
    Acked,
    AdoptEpoch,
    Alarm,
    HubClock,
    JournalState,
    Output,
    Publish,
    RaiseFloors,
    ReadFacts,
    ReadHashes,
    Retreat,
    StagePage,
    StoredFact,
)
from protocol.session.timing import Timing
from tests.unit.protocol.codec.examples import DEVICE

RAWS = [b"1", b"2", b"3"]
HASHES = [genesis(DEVICE), *links(genesis(DEVICE), epoch=1, first_seq=1, raws=RAWS)]
TIMING = Timing(linger_ms=100, answer_initial_ms=1_000, answer_max_ms=8_000)


def _session(*, acked: int = 0, head: int = 3) -> EdgeSession:
    journal = JournalState(
        epoch=1, head=head, head_hash=HASHES[head], acked=acked, acked_hash=HASHES[acked]
    )
    return EdgeSession(
        boot=Boot(device_id=DEVICE, boot="b", agent="a"),
        journal=journal,
        replicas={},
        sess=9,
        timing=TIMING,
        rng=Random(1),
    )


def _welcome(**changes: object) -> bytes:
    said: dict[str, object] = {
        "epoch": 1,
        "base": 0,
        "base_hash": HASHES[0],
        "hwm": 0,
        "hash": HASHES[0],
        "credit": 2,
        "hub_time_ms": 5,
        "sess": 9,
    }
    return encode_control(Welcome(**{**said, **changes}))  # type: ignore[arg-type]


def _live(session: EdgeSession, **changes: object) -> list[Output]:
    session.connected(0)
    outputs = session.receive("welcome", _welcome(**changes), 0)
    ask = outputs[-1]
    assert isinstance(ask, ReadHashes)
    return session.hashes_read(ask.question, {s: HASHES[s] for s in ask.seqs}, 0)


def _send(session: EdgeSession, first: int, last: int, now_ms: int = 0) -> list[Output]:
    facts = [StoredFact(seq=s, hash=HASHES[s], raw=RAWS[s - 1]) for s in range(first, last + 1)]
    return session.facts_read(first, facts, previous_hash=HASHES[first - 1], now_ms=now_ms)


def _ack(hwm: int, **changes: object) -> bytes:
    said: dict[str, object] = {
        "epoch": 1,
        "hwm": hwm,
        "hash": HASHES[hwm],
        "credit": 2,
        "hub_time_ms": 5,
    }
    return encode_control(Ack(**{**said, **changes}))  # type: ignore[arg-type]


def _acked(session: EdgeSession, hwm: int, now_ms: int = 0, **changes: object) -> list[Output]:
    """The ack comes in and, when it brings news, the journal is asked whether it is of ours."""
    outputs = session.receive("ack", _ack(hwm, **changes), now_ms)
    if outputs and isinstance(ask := outputs[-1], ReadHashes):
        return session.hashes_read(ask.question, {s: HASHES[s] for s in ask.seqs}, now_ms)
    return outputs


def _nak(code: str, *ranges: tuple[int, int]) -> bytes:
    return encode_control(Nak(epoch=1, code=code, hwm=0, ranges=list(ranges)))


def _published(outputs: list[Output], channel: str) -> list[bytes]:
    return [o.payload for o in outputs if isinstance(o, Publish) and o.channel == channel]


def test_it_greets_with_where_its_journal_stands() -> None:
    session = _session(acked=1)
    (payload,) = _published(session.connected(0), "hello")
    hello = decode_control(payload, Hello)
    assert (hello.epoch, hello.head, hello.acked, hello.sess) == (1, 3, 1, 9)
    assert (hello.head_hash, hello.acked_hash) == (HASHES[3], HASHES[1])
    assert not session.live
    assert session.journal.head == 3


def test_welcomed_it_marks_what_the_hub_holds_and_sends_the_rest() -> None:
    session = _session()
    outputs = _live(session, hwm=1, hash=HASHES[1])
    assert outputs[0] == Acked(hwm=1)
    assert ReadFacts(first=2, max_facts=100, max_bytes=65536) in outputs
    assert len(_published(_send(session, 2, 3), "ev")) == 1
    assert session.live


@pytest.mark.parametrize("changes", [{"sess": 8}, {"sess": 10}])
def test_a_welcome_to_another_connection_is_ignored(changes: dict[str, object]) -> None:
    session = _session()
    session.connected(0)
    assert session.receive("welcome", _welcome(**changes), 0) == []


def test_a_hub_that_claims_more_than_the_journal_has_is_an_alarm() -> None:
    session = _session()
    session.connected(0)
    (alarm,) = session.receive("welcome", _welcome(hwm=4), 0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "hub-differs"


def test_another_hash_at_the_hubs_mark_is_told_not_swallowed() -> None:
    session = _session()
    session.connected(0)
    session.receive("welcome", _welcome(hwm=2, hash=b"x" * 32), 0)
    (payload,) = _published(session.hashes_read(1, {2: HASHES[2]}, 0), "rsp")
    answer = decode_control(payload, ProbeAnswer)
    assert (answer.lo, answer.hi, answer.hashes) == (0, 2, [(2, HASHES[2])])
    assert (answer.at_epoch, answer.at_hwm, answer.sess) == (1, 2, 9)


def test_a_new_epoch_is_adopted_only_from_a_base_of_ours() -> None:
    session = _session()
    session.connected(0)
    session.receive("welcome", _welcome(epoch=2, base=2, base_hash=HASHES[2], hwm=2), 0)
    alarm, adopt = session.hashes_read(1, {2: HASHES[2]}, 0)
    assert alarm == Alarm("history-parted", "epoch 2 begins after 2: 1 facts are sent again")
    assert adopt == AdoptEpoch(epoch=2, base=2, base_hash=HASHES[2])
    session.receive("welcome", _welcome(epoch=2, base=2, base_hash=b"x" * 32, hwm=2), 0)
    assert len(_published(session.hashes_read(1, {2: HASHES[2]}, 0), "rsp")) == 1


def test_a_hub_that_holds_less_than_it_acknowledged_is_sent_the_rest_and_told_of() -> None:
    session = _session(acked=3)
    alarm, acked, *_ = _live(session, hwm=1, hash=HASHES[1])
    assert alarm == Alarm(
        "hub-set-back", "the hub holds 1 of 3 acknowledged facts: the others are sent again"
    )
    assert acked == Acked(hwm=1)


def test_the_zs_that_the_hub_holds_are_learnt_before_anything_is_sent() -> None:
    floor = RegisterFloor(register_id=DEVICE, z_number=7, business_date=date(2026, 11, 22))
    raised, acked, *_ = _live(_session(), floors=[floor])
    assert raised == RaiseFloors([floor])
    assert acked == Acked(hwm=0)


def test_a_box_that_lost_its_name_to_another_stays_away_and_forgets_nothing() -> None:
    session = _session()
    session.connected(0)
    refusal = encode_control(Nak(epoch=1, code="cloned", hwm=3, boot="b"))
    alarm, retreat = session.receive("nak", refusal, 0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "cloned"
    assert isinstance(retreat, Retreat)
    assert 300_000 <= retreat.wait_ms <= 375_000
    assert (session.journal.head, session.journal.acked) == (3, 0)


def test_a_refusal_meant_for_the_other_box_of_this_name_is_ignored() -> None:
    session = _session()
    _live(session)
    other = encode_control(Nak(epoch=1, code="cloned", hwm=3, boot="another"))
    assert session.receive("nak", other, 0) == []
    assert session.live


def test_a_hub_older_than_what_the_journal_keeps_is_told_of_and_not_asked_in_circles() -> None:
    session = _session(acked=3)
    session.connected(0)
    session.receive("welcome", _welcome(hwm=1, hash=HASHES[1]), 0)
    (alarm,) = session.hashes_read(1, {}, 0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "history-pruned"
    assert not session.live
    due = session.next_tick_ms
    assert due is not None
    assert len(_published(session.tick(due), "hello")) == 1


def test_a_page_for_which_there_is_no_room_is_asked_for_again_later() -> None:
    session = _session()
    _live(session, want={"staff": 3})
    end = Cursor(version=3, key="~", since=3, seen=3)
    page = Page(rid="9-1", collection="staff", next=end, version=3, done=True)
    (stage,) = session.receive("rsp", encode_page(page), 0)
    assert stage == StagePage(page=page, collection="staff")
    assert session.page_refused(0) == []
    due = session.next_tick_ms
    assert due is not None
    assert len(_published(session.tick(due), "req")) == 1


def test_answers_to_questions_nobody_asked_are_ignored() -> None:
    session = _session()
    assert session.hashes_read(1, {}, 0) == []
    assert session.hashes_read(2, {}, 0) == []
    assert session.hashes_read(3, {}, 0) == []


def test_a_probe_is_answered_as_far_as_the_journal_goes() -> None:
    session = _session()
    session.connected(0)
    probe = Probe(epoch=1, lo=0, hi=9, seqs=[1, 3, 8], at_epoch=1, at_hwm=8)
    assert session.receive("probe", encode_control(probe), 0) == [
        ReadHashes(question=2, seqs=[1, 3])
    ]
    (payload,) = _published(session.hashes_read(2, {1: HASHES[1], 3: HASHES[3]}, 0), "rsp")
    answer = decode_control(payload, ProbeAnswer)
    assert (answer.hi, answer.head, answer.at_hwm) == (9, 3, 8)
    other = Probe(epoch=7, lo=0, hi=9, seqs=[1], at_epoch=7, at_hwm=8)
    assert session.receive("probe", encode_control(other), 0) == []


def test_an_ack_frees_credit_and_is_repeatable() -> None:
    session = _session()
    _live(session, credit=1)
    _send(session, 1, 2)
    outputs = _acked(session, 2)
    assert outputs[:2] == [HubClock(5), Acked(hwm=2)]
    assert isinstance(outputs[2], ReadFacts)
    assert _acked(session, 2) == [HubClock(5)]


def test_an_ack_of_another_history_is_ignored() -> None:
    session = _session(head=2)
    _live(session)
    assert session.receive("ack", _ack(1, epoch=2), 0) == []
    assert session.receive("ack", _ack(3), 0) == []


def test_an_ack_meant_for_the_other_box_of_this_name_marks_nothing() -> None:
    """Both are under one epoch and have sold: the hub holds as many facts, and they are not ours.
    It is asked where it stands, which shows the fork."""
    session = _session()
    _live(session)
    _send(session, 1, 3)
    (hello,) = _published(_acked(session, 2, hash=b"x" * 32), "hello")
    assert decode_control(hello, Hello).acked == 0
    assert (session.live, session.journal.acked) == (False, 0)


def test_facts_are_acknowledged_that_were_read_before_they_were_told_of() -> None:
    session = _session(head=2)
    _live(session)
    assert len(_published(_send(session, 1, 3), "ev")) == 1
    assert session.journal.head == 3
    assert Acked(hwm=3) in _acked(session, 3)


def test_nothing_counts_before_the_welcome() -> None:
    session = _session()
    session.connected(0)
    assert session.receive("ack", _ack(1), 0) == []
    assert session.receive("nak", _nak("gap", (1, 1)), 0) == []
    assert _send(session, 1, 1) == []


def test_what_got_no_answer_is_sent_again_and_then_the_hub_is_asked() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    hellos = 0
    for _ in range(6):
        due = session.next_tick_ms
        assert due is not None
        outputs = session.tick(due)
        hellos += len(_published(outputs, "hello"))
        if any(isinstance(o, ReadFacts) for o in outputs):
            _send(session, 1, 3, due)
        if hellos:
            break
    assert hellos == 1


def test_a_lost_welcome_is_asked_for_again() -> None:
    session = _session()
    session.connected(0)
    due = session.next_tick_ms
    assert due is not None
    assert session.tick(due - 1) == []
    assert len(_published(session.tick(due), "hello")) == 1


def test_selected_ranges_are_not_sent_again() -> None:
    session = _session()
    _live(session, credit=3)
    _send(session, 1, 1)
    _send(session, 2, 2)
    _send(session, 3, 3)
    assert session.receive("ack", _ack(0, sack=[(2, 2)]), 0) == [HubClock(5)]
    due = session.next_tick_ms
    assert due is not None
    assert session.tick(due) == [ReadFacts(first=1, max_facts=1, max_bytes=65536)]
    assert ReadFacts(first=3, max_facts=100, max_bytes=65536) in _send(session, 1, 1, due)


def test_what_the_hub_let_go_of_is_sent_again() -> None:
    session = _session()
    _live(session, credit=3)
    _send(session, 1, 1)
    _send(session, 2, 3)
    session.receive("ack", _ack(0, sack=[(2, 3)]), 0)
    outputs = _acked(session, 1)
    assert outputs[-1] == ReadFacts(first=2, max_facts=100, max_bytes=65536)


def test_many_refusals_of_one_gap_draw_one_answer() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    first = session.receive("nak", _nak("gap", (1, 2)), 0)
    assert ReadFacts(first=1, max_facts=100, max_bytes=65536) in first
    assert session.receive("nak", _nak("gap", (1, 2)), 0) == []


def test_a_bad_batch_is_sent_again_fact_by_fact() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    outputs = session.receive("nak", _nak("bad_batch", (1, 3)), 0)
    assert ReadFacts(first=1, max_facts=1, max_bytes=65536) in outputs
    assert session.receive("nak", _nak("bad_batch", (1, 3)), 0) == []


def test_a_busy_hub_is_left_alone_for_a_while() -> None:
    session = _session()
    _live(session)
    _send(session, 1, 3)
    assert session.receive("nak", _nak("busy"), 0) == []
    due = session.next_tick_ms
    assert due is not None
    assert due > 0
    assert ReadFacts(first=1, max_facts=100, max_bytes=65536) in session.tick(due)


@pytest.mark.parametrize("code", ["epoch", "fork", "bad_hash"])
def test_a_refused_history_leads_to_a_new_greeting(code: str) -> None:
    session = _session()
    _live(session)
    (alarm,) = session.receive("nak", _nak(code), 0)
    assert isinstance(alarm, Alarm)
    assert not session.live
    due = session.next_tick_ms
    assert due is not None
    assert len(_published(session.tick(due), "hello")) == 1


def test_a_new_sale_waits_for_its_neighbours_and_a_full_batch_does_not() -> None:
    session = _session(head=0)
    _live(session)
    assert session.appended(1, HASHES[1], 10) == []
    assert session.next_tick_ms == 110
    assert session.tick(110) == [ReadFacts(first=1, max_facts=100, max_bytes=65536)]
    full = _session(head=0)
    _live(full)
    assert full.appended(100, HASHES[1], 10) == [ReadFacts(first=1, max_facts=100, max_bytes=65536)]


def test_a_backlog_waits_as_long_as_the_hub_asks() -> None:
    session = _session()
    outputs = _live(session, not_before_ms=700)
    assert not any(isinstance(o, ReadFacts) for o in outputs)
    assert session.next_tick_ms == 700
    assert any(isinstance(o, ReadFacts) for o in session.tick(700))


def test_a_batch_read_before_a_rewind_is_not_sent() -> None:
    session = _session()
    _live(session)
    _acked(session, 1)
    assert _send(session, 1, 3) == [ReadFacts(first=2, max_facts=100, max_bytes=65536)]


def test_a_journal_that_lacks_what_it_claims_is_an_alarm() -> None:
    session = _session()
    _live(session)
    (alarm,) = session.facts_read(1, [], previous_hash=HASHES[0], now_ms=0)
    assert isinstance(alarm, Alarm)
    assert alarm.code == "journal-gap"


def test_what_cannot_be_read_is_raised_and_unknown_channels_are_told() -> None:
    session = _session()
    session.connected(0)
    with pytest.raises(RemoteProtocolError, match="bad-control"):
        session.receive("ack", b"?", 0)
    (alarm,) = session.receive("later", b"{}", 0)
    assert isinstance(alarm, Alarm)


def test_news_before_the_welcome_is_kept_for_later() -> None:
    session = _session()
    session.connected(0)
    assert session.receive("want", encode_control(Want(versions={"staff": 3})), 0) == []
    assert session.pulls.wanted == {"staff": 3}
    assert len(_published(_live(session), "req")) == 1
