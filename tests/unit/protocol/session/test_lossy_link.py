"""The two roles under every fault of a link: exact, in order, quiet in the end."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.protocol.session.fake_edge import FakeEdge
from tests.unit.protocol.session.lossy_link import Faults, LossyLink

BAD_LINK = Faults(loss=0.25, double=0.2, delay_ms_max=400)


def _fact(n: int, *, size: int = 0) -> bytes:
    return b'{"id":"%d","pad":"%s"}' % (n, b"x" * size)


def _agrees(link: LossyLink) -> None:
    assert link.hub.facts() == link.edge.raws
    assert link.edge.acked == len(link.edge.raws)
    assert link.hub.view.current.hash == link.edge.hashes[-1]
    assert link.edge.epoch == link.hub.view.current.epoch


def test_a_fact_reaches_the_hub_over_a_sound_link() -> None:
    link = LossyLink(1, faults=Faults())
    link.connect()
    link.sell(_fact(1))
    link.run_until_quiet()
    _agrees(link)


def test_a_backlog_travels_in_full_batches() -> None:
    link = LossyLink(1, faults=Faults())
    for n in range(1_000):
        link.sell(_fact(n))
    link.connect()
    link.run_until_quiet()
    _agrees(link)
    assert link.messages < 40


@pytest.mark.fault(17, "B")
@pytest.mark.fault(18, "C")
@pytest.mark.fault(20, "A,H")
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 400), size=st.integers(0, 3_000))
def test_everything_arrives_once_and_in_order(seed: int, count: int, size: int) -> None:
    """Batches, acks and naks lost, doubled, late and out of order: every fact once, in order."""
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(count):
        link.sell(_fact(n, size=size))
        if n % 37 == 0:
            link.step(link.rng.randint(0, 500))
        if link.rng.random() < 0.01:
            link.connect()
    link.run_until_quiet()
    _agrees(link)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), lost=st.integers(1, 80))
def test_an_edge_restored_from_a_backup_forks_and_loses_nothing(seed: int, lost: int) -> None:
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(120):
        link.sell(_fact(n))
    link.run_until_quiet()
    edge, kept = link.edge, 120 - lost
    edge.raws, edge.hashes, edge.acked = edge.raws[:kept], edge.hashes[: kept + 1], min(kept, 30)
    for n in range(5):
        edge.append(_fact(1_000 + n), link.now_ms)
    link.connect()
    link.run_until_quiet()
    _agrees(link)
    assert link.hub.view.current.base == kept
    old = [row.raw for (epoch, _), row in link.hub.inbox.items() if epoch == 1]
    assert old == [_fact(n) for n in range(120)], "what the hub held stays"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), kept=st.integers(0, 99))
def test_a_hub_restored_from_a_backup_is_sent_again_what_it_lost(seed: int, kept: int) -> None:
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(100):
        link.sell(_fact(n))
    link.run_until_quiet()
    link.hub.lose_after(kept)
    link.connect()
    link.sell(_fact(100))
    link.run_until_quiet()
    _agrees(link)
    assert len(link.hub.view.epochs) == 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_hub_that_lost_an_epoch_issues_a_higher_one(seed: int) -> None:
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(50):
        link.sell(_fact(n))
    link.run_until_quiet()
    before = link.hub.view
    link.edge.raws[40] = _fact(9_999)
    link.edge._rehash(40)
    link.connect()
    link.run_until_quiet()
    assert link.edge.epoch == 2
    link.hub.view = before
    link.hub.inbox = {p: row for p, row in link.hub.inbox.items() if p[0] == 1}
    link.connect()
    link.run_until_quiet()
    _agrees(link)
    assert link.edge.epoch == 3


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_two_clones_of_a_card_both_keep_every_sale(seed: int) -> None:
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(20):
        link.sell(_fact(n))
    link.run_until_quiet()
    original, clone = link.edge, _copy(link)
    for n in range(4):
        original.append(_fact(100 + n), link.now_ms)
        clone.append(_fact(200 + n), link.now_ms)
    for edge in (original, clone, original, clone):
        link.edge = edge
        link.connect()
        link.run_until_quiet()
    stored = {row.raw for row in link.hub.inbox.values()}
    assert stored >= {*original.raws, *clone.raws}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_two_boxes_that_hear_each_others_answers_mark_only_what_the_hub_holds(seed: int) -> None:
    """They share their topics and end each other's connection while frames and acks are under
    way: an ack for the other's facts, under the epoch of both, marks none of ours (D)."""
    link = LossyLink(seed, faults=BAD_LINK)
    link.connect()
    for n in range(20):
        link.sell(_fact(n))
    link.run_until_quiet()
    boxes, rng = [link.edge, _copy(link)], Random(seed)
    for n in range(100, 160):
        rng.choice(boxes).append(_fact(n), link.now_ms)
        if rng.random() < 0.5:
            link.take_over(rng.choice(boxes))
        link.step(rng.randint(0, 800))
        stored = {row.raw for row in link.hub.inbox.values()}
        assert all(stored >= set(box.raws[: box.acked]) for box in boxes)
    for box in boxes:
        link.take_over(box)
        link.run_until_quiet()
    stored = {row.raw for row in link.hub.inbox.values()}
    assert stored >= {*boxes[0].raws, *boxes[1].raws}


def _copy(link: LossyLink) -> FakeEdge:
    """An image of the card."""
    copy = FakeEdge(link.edge.device_id, rng=link.rng)
    copy.raws, copy.hashes = list(link.edge.raws), list(link.edge.hashes)
    copy.acked, copy.sess = link.edge.acked, link.edge.sess
    return copy


def test_an_undecodable_fact_is_buried_and_the_rest_goes_on() -> None:
    link = LossyLink(3, faults=Faults())
    link.connect()
    link.run_until_quiet()
    for n in range(10):
        link.edge.append(_fact(n), link.now_ms)
    link.edge.raws[4] = b"\xff\xfe not json"
    link.edge._rehash(0)
    link.connect()
    link.run_until_quiet()
    _agrees_but_dead(link, {5})
    assert link.edge.dead == [(5, "bad-batch")]


def test_a_fact_over_the_limit_is_buried_and_the_rest_goes_on() -> None:
    link = LossyLink(3, faults=Faults())
    for n in range(3):
        link.edge.append(_fact(n, size=769 * 1024 if n == 1 else 0), link.now_ms)
    link.connect()
    link.run_until_quiet()
    _agrees_but_dead(link, {2})
    assert link.edge.dead == [(2, "too-large")]


def _agrees_but_dead(link: LossyLink, dead: set[int]) -> None:
    assert link.hub.view.current.hwm == len(link.edge.raws)
    assert {s for (_, s), row in link.hub.inbox.items() if row.dead} == dead
    assert link.hub.view.current.hash == link.edge.hashes[-1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), rounds=st.integers(1, 12))
def test_a_replica_always_equals_a_published_version(seed: int, rounds: int) -> None:
    link = LossyLink(seed, faults=BAD_LINK)
    rng = Random(seed)
    link.connect()
    for _ in range(rounds):
        for name in ("catalogue", "prices"):
            keys = [f"product/{rng.randint(0, 20)}" for _ in range(rng.randint(1, 8))]
            gone = [k for k in keys if rng.random() < 0.3]
            changes: dict[str, bytes | None] = {k: b"%d" % rng.randint(0, 9) for k in keys}
            link.hub.publish(name, {**changes, **dict.fromkeys(gone)})
        link.announce()
        link.step(rng.randint(0, 2_000))
        if rng.random() < 0.2:
            link.hub.oldest_cursor["catalogue"] = link.hub.heads["catalogue"]
        if rng.random() < 0.3:
            link.connect()
        _replicas_equal_versions(link)
    link.connect()
    link.run_until_quiet()
    _replicas_equal_versions(link)
    for name, head in link.hub.heads.items():
        assert link.edge.replicas[name].version == head


def _replicas_equal_versions(link: LossyLink) -> None:
    for name, held in link.edge.live.items():
        version = link.edge.replicas[name].version
        assert held == link.hub.history[name][version]


def test_a_hub_older_than_the_replica_makes_it_start_over() -> None:
    link = LossyLink(5, faults=Faults())
    for value in (b"1", b"2", b"3"):
        link.hub.publish("catalogue", {"product/1": value})
    link.connect()
    link.run_until_quiet()
    link.hub.heads["catalogue"] = 2
    link.hub.collections["catalogue"] = {"product/1": (2, b"2")}
    link.connect()
    link.run_until_quiet()
    assert link.edge.live["catalogue"] == {"product/1": b"2"}
    assert link.edge.replicas["catalogue"].version == 2


@pytest.mark.parametrize("credit", [1, 2, 16])
def test_no_more_is_under_way_than_the_credit(credit: int) -> None:
    link = LossyLink(1, faults=Faults(), credit=credit)
    for n in range(3_000):
        link.edge.append(_fact(n), link.now_ms)
    link.connect()
    link.step(200)
    session = link.edge.session
    assert session is not None
    assert len(session._inflight) <= credit
    link.run_until_quiet()
    _agrees(link)
