"""The hub's decisions, one at a time."""

import msgspec

from protocol.codec.chain import genesis, link, links
from protocol.codec.frames import Batch, Header
from protocol.messages.sync import Ack, Hello, Nak, Probe, ProbeAnswer
from protocol.session.hub import (
    AHEAD_BYTES,
    AHEAD_FACTS,
    MOST_AHEAD_EPOCHS,
    MOST_ANSWERS,
    MOST_EPOCHS,
    DeviceView,
    Epoch,
    EpochIssued,
    Limits,
    Row,
    Taken,
    Welcomed,
    answer_hello,
    answer_probe,
    bury,
    hello_places,
    probe_places,
    take_batch,
)
from tests.unit.protocol.codec.examples import DEVICE

RAWS = [b"%d" % n for n in range(1, 11)]
HASHES = [genesis(DEVICE), *links(genesis(DEVICE), epoch=1, first_seq=1, raws=RAWS)]
LIMITS = Limits(credit=3, hub_time_ms=7)


def _view(hwm: int = 4) -> DeviceView:
    first = Epoch(epoch=1, parent=0, base=0, base_hash=HASHES[0], hwm=hwm, hash=HASHES[hwm])
    return DeviceView(device_id=DEVICE, epochs=(first,))


def _batch(first: int, last: int, *, epoch: int = 1, prev: bytes | None = None) -> Batch:
    before = prev or HASHES[first - 1]
    hashes = links(before, epoch=epoch, first_seq=first, raws=RAWS[first - 1 : last])
    header = Header(
        v=1,
        dev=DEVICE,
        epoch=epoch,
        first=first,
        last=last,
        enc="zlib",
        len=1,
        prev=before,
        head=hashes[-1],
    )
    return Batch(header=header, facts=RAWS[first - 1 : last], hashes=hashes, keys={})


def _take(
    batch: Batch,
    *,
    hwm: int = 4,
    held: dict[int, bytes] | None = None,
    ahead: tuple[Row, ...] = (),
) -> Taken:
    return take_batch(_view(hwm), batch, held=held or {}, ahead=ahead, limits=LIMITS)


def _row(seq: int) -> Row:
    return Row(seq=seq, raw=RAWS[seq - 1], hash=HASHES[seq])


def _acked(taken: Taken) -> Ack:
    assert isinstance(taken.reply, Ack)
    return taken.reply


def _refused(taken: Taken) -> Nak:
    assert isinstance(taken.reply, Nak)
    assert not taken.inbox
    assert not taken.ahead
    return taken.reply


def test_the_next_batch_moves_the_prefix() -> None:
    taken = _take(_batch(5, 7))
    assert [row.seq for row in taken.inbox] == [5, 6, 7]
    ack = _acked(taken)
    assert (ack.hwm, ack.hash, ack.credit, ack.hub_time_ms) == (7, HASHES[7], 3, 7)
    assert taken.epoch.hwm == 7


def test_a_batch_that_came_before_is_acked_again() -> None:
    taken = _take(_batch(2, 4), held={n: HASHES[n] for n in (2, 3, 4)})
    assert _acked(taken).hwm == 4
    assert taken.inbox == ()


def test_a_batch_that_overlaps_brings_its_new_part() -> None:
    taken = _take(_batch(3, 6), held={3: HASHES[3], 4: HASHES[4]})
    assert [row.seq for row in taken.inbox] == [5, 6]


def test_other_facts_at_the_same_place_are_kept_aside() -> None:
    for taken in (
        _take(_batch(3, 6, prev=b"x" * 32), held={3: HASHES[3], 4: HASHES[4]}),
        _take(_batch(3, 6, prev=b"x" * 32)),
        _take(_batch(5, 6, prev=b"x" * 32)),
    ):
        assert _refused(taken).code == "fork"
        assert taken.quarantine == "fork"


def test_another_epoch_is_refused() -> None:
    assert _refused(_take(_batch(5, 6, epoch=2))).code == "epoch"
    child = Epoch(epoch=2, parent=1, base=4, base_hash=HASHES[4], hwm=4, hash=HASHES[4])
    view = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, child))
    late = _batch(4, 5, epoch=2)
    taken = take_batch(view, late, held={}, ahead=(), limits=LIMITS)
    assert _refused(taken).code == "epoch", "it reaches before the epoch's own base"


def test_what_comes_too_early_is_kept_and_selected() -> None:
    taken = _take(_batch(7, 8), ahead=(_row(10),))
    assert [row.seq for row in taken.ahead] == [7, 8]
    assert _acked(taken).sack == [(7, 8), (10, 10)]
    again = _take(_batch(7, 8), ahead=(_row(7), _row(8)))
    assert again.ahead == ()


def test_what_comes_far_too_early_is_asked_for_in_order() -> None:
    batch = _batch(7, 8)
    header = msgspec.structs.replace(batch.header, first=AHEAD_FACTS + 4, last=AHEAD_FACTS + 5)
    taken = _take(msgspec.structs.replace(batch, header=header))
    assert _refused(taken).ranges == [(5, AHEAD_FACTS + 3)]


def test_only_so_many_bytes_are_kept_ahead() -> None:
    """They are read again with each batch, beside other tenants' (promise G)."""
    large = tuple(Row(seq=20 + at, raw=bytes(AHEAD_BYTES // 8), hash=bytes(32)) for at in range(8))
    assert _refused(_take(_batch(7, 8), ahead=large)).ranges == [(5, 6)]
    assert [row.seq for row in _take(_batch(7, 8), ahead=large[1:]).ahead] == [7, 8]


def test_the_prefix_takes_up_what_was_kept_and_drops_what_never_fitted() -> None:
    forged = Row(seq=8, raw=b"forged", hash=b"f" * 32)
    taken = _take(_batch(5, 6), ahead=(_row(6), _row(7), forged, _row(10)))
    assert [row.seq for row in taken.inbox] == [5, 6, 7]
    assert taken.used == (7,)
    assert taken.dropped == (6, 8)
    assert _acked(taken).sack == [(10, 10)]


def _bury(first: int, last: int, *, code: str = "bad-batch", prev: bytes | None = None) -> Taken:
    batch = _batch(first, last, prev=prev)
    return bury(_view(), batch.header, b"?", code=code, ahead=(), limits=LIMITS)


def test_one_unreadable_fact_takes_its_place_dead() -> None:
    taken = _bury(5, 5)
    (row,) = taken.inbox
    assert (row.raw, row.hash, row.dead) == (b"?", HASHES[5], "bad-batch")
    assert [(slot.seq, slot.code) for slot in _acked(taken).dead] == [(5, "bad-batch")]


def test_several_are_asked_for_singly_first() -> None:
    nak = _refused(_bury(5, 7))
    assert (nak.code, nak.ranges) == ("bad_batch", [(5, 7)])


def test_nothing_is_buried_out_of_order_or_twice() -> None:
    assert _refused(_bury(7, 7)).ranges == [(5, 6)]
    assert _acked(_bury(4, 4)).hwm == 4
    assert _refused(_bury(5, 5, prev=b"x" * 32)).code == "fork"


def test_a_forged_chain_is_kept_aside_and_takes_no_place() -> None:
    taken = _bury(5, 5, code="bad-hash")
    assert _refused(taken).code == "bad_hash"
    assert taken.quarantine == "bad-hash"
    child = Epoch(epoch=2, parent=1, base=4, base_hash=HASHES[4], hwm=4, hash=HASHES[4])
    view = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, child))
    late = bury(view, _batch(5, 5).header, b"?", code="bad-batch", ahead=(), limits=LIMITS)
    assert _refused(late).code == "epoch"


def _hello(epoch: int = 1, *, head: int = 10, acked: int = 4, **changes: bytes) -> Hello:
    return Hello(
        dev=DEVICE,
        epoch=epoch,
        head=head,
        head_hash=changes.get("head_hash", HASHES[head]),
        acked=acked,
        acked_hash=changes.get("acked_hash", HASHES[acked]),
        boot="b",
        sess=1,
    )


def _held(view: DeviceView, places: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    return {place: HASHES[place[1]] for place in places}


def test_a_device_that_agrees_is_welcomed() -> None:
    view = _view()
    places = hello_places(view, _hello())
    assert places == [(1, 4)]
    assert answer_hello(view, _hello(), _held(view, places)) == Welcomed(view.current)


def test_a_shorter_journal_is_asked_before_it_forks() -> None:
    view, hello = _view(), _hello(head=2, acked=2)
    asked = answer_hello(view, hello, _held(view, hello_places(view, hello)))
    assert isinstance(asked, Probe)
    answer = ProbeAnswer(
        epoch=1,
        lo=asked.lo,
        hi=asked.hi,
        head=2,
        hashes=[(2, HASHES[2])],
        at_epoch=asked.at_epoch,
        at_hwm=asked.at_hwm,
        sess=1,
    )
    places = probe_places(view, answer)
    issued = answer_probe(view, answer, _held(view, places))
    assert isinstance(issued, EpochIssued)
    assert (issued.epoch.epoch, issued.epoch.base, issued.epoch.parent) == (2, 2, 1)
    assert issued.epoch.base_hash == HASHES[2]
    late = msgspec.structs.replace(answer, at_hwm=3)
    assert answer_probe(view, late, _held(view, places)) == Welcomed(view.current)


def test_more_answers_than_any_question_asks_for_are_not_looked_at() -> None:
    view = _view()
    answer = ProbeAnswer(
        epoch=1,
        lo=0,
        hi=5,
        head=9,
        hashes=[*[(1, b"")] * MOST_ANSWERS, (2, HASHES[2])],
        at_epoch=1,
        at_hwm=4,
        sess=1,
    )
    assert probe_places(view, answer) == [(1, 1)]


def test_a_history_that_parts_without_end_is_refused() -> None:
    """Each look at it costs time that all tenants share."""
    line = Epoch(epoch=1, parent=0, base=0, base_hash=HASHES[0], hwm=4, hash=HASHES[4])
    epochs = [
        msgspec.structs.replace(line, epoch=1 + at, parent=at, base=min(at, 4))
        for at in range(MOST_EPOCHS)
    ]
    answer = ProbeAnswer(
        epoch=1, lo=2, hi=3, head=9, hashes=[(2, HASHES[2])], at_epoch=9, at_hwm=4, sess=1
    )
    for count, kind in ((MOST_EPOCHS, Nak), (MOST_EPOCHS - 1, Welcomed)):
        view = DeviceView(device_id=DEVICE, epochs=tuple(epochs[:count]))
        assert isinstance(answer_probe(view, answer, {}), kind)
        assert view.place(count, 1) == (1, 1)


def test_a_base_whose_hash_is_not_at_hand_is_asked_for() -> None:
    view = _view()
    answer = ProbeAnswer(epoch=1, lo=2, hi=3, head=9, hashes=[], at_epoch=1, at_hwm=4, sess=1)
    asked = answer_probe(view, answer, {})
    assert isinstance(asked, Probe)
    assert asked.seqs == [2]


def test_an_epoch_that_nobody_uses_yet_is_offered_again() -> None:
    child = Epoch(epoch=2, parent=1, base=3, base_hash=HASHES[3], hwm=3, hash=HASHES[3])
    view = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, child))
    hello = _hello(1, head=5, acked=3)
    assert answer_hello(view, hello, {}) == Welcomed(child)
    used = msgspec.structs.replace(child, hwm=4, hash=link(HASHES[3], epoch=2, seq=4, raw=b"other"))
    busy = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, used))
    assert isinstance(answer_hello(busy, hello, {(1, 3): HASHES[3]}), Probe)


def test_rows_are_found_on_the_line_they_were_written_on() -> None:
    child = Epoch(epoch=2, parent=1, base=3, base_hash=HASHES[3], hwm=6, hash=HASHES[6])
    view = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, child))
    assert [view.place(2, seq) for seq in (0, 3, 4)] == [(1, 0), (1, 3), (2, 4)]
    assert view.place(1, 4) == (1, 4)
    assert view.line(9) == child, "an epoch it never issued"


def test_a_number_given_to_two_lines_is_told_by_where_they_begin() -> None:
    """The hub issued epoch 2 after 3, came back from a backup and issued 2 anew, after 1."""
    again = Epoch(epoch=2, parent=1, base=1, base_hash=HASHES[1], hwm=1, hash=HASHES[1])
    view = DeviceView(device_id=DEVICE, epochs=(*_view().epochs, again))
    same = _hello(2, head=4, acked=1)
    held = _held(view, hello_places(view, same))
    assert answer_hello(view, same, held) == Welcomed(again), "who does not tell is believed"
    ours = msgspec.structs.replace(same, base=1, base_hash=HASHES[1])
    assert answer_hello(view, ours, held) == Welcomed(again)
    other = msgspec.structs.replace(same, base=3, base_hash=HASHES[3])
    asked = answer_hello(view, other, held)
    assert isinstance(asked, Probe)
    answer = ProbeAnswer(
        epoch=2,
        lo=asked.lo,
        hi=asked.hi,
        head=4,
        hashes=[(1, HASHES[1])],
        at_epoch=asked.at_epoch,
        at_hwm=asked.at_hwm,
        sess=1,
        base=3,
        base_hash=HASHES[3],
    )
    issued = answer_probe(view, answer, _held(view, probe_places(view, answer)))
    assert isinstance(issued, EpochIssued)
    assert (issued.epoch.epoch, issued.epoch.base, issued.epoch.parent) == (3, 1, 2)


def test_an_epoch_beyond_belief_is_refused_and_moves_nothing() -> None:
    """The hub would give 8 next; of what a device claims beyond that it follows only so much."""
    view = DeviceView(device_id=DEVICE, epochs=_view().epochs, taken=7)
    most = 8 + MOST_AHEAD_EPOCHS
    for epoch, believed in ((most, True), (most + 1, False), (2**63 - 2, False), (2**70, False)):
        hello = _hello(epoch)
        answer = ProbeAnswer(
            epoch=epoch, lo=4, hi=5, head=9, hashes=[(4, HASHES[4])], at_epoch=1, at_hwm=4, sess=1
        )
        greeted = answer_hello(view, hello, _held(view, hello_places(view, hello)))
        probed = answer_probe(view, answer, _held(view, probe_places(view, answer)))
        if believed:
            assert isinstance(greeted, Probe)
            assert isinstance(probed, EpochIssued)
            assert probed.epoch.epoch == most + 1
        else:
            assert greeted == Nak(epoch=1, code="far_epoch", hwm=4, boot="b")
            assert probed == Nak(epoch=1, code="far_epoch", hwm=4)
