"""Journals with holes and flipped bits: what is kept, what is said, what the hub makes of it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.journal.models import NewFact
from edge_agent.journal.salvage import (
    OWN_EPOCHS,
    damaged_fact,
    damaged_mark,
    damaged_name,
    rescue,
)
from edge_agent.journal.service import Journal
from edge_agent.storage.readers import Readers
from edge_agent.storage.schema import migrate, released_migrations
from protocol.codec.chain import genesis, link
from tests.unit.edge_agent.clock import ManualClock
from tests.unit.edge_agent.journal.test_service import DEVICE, STORE, fact
from tests.unit.protocol.session.fake_edge import FakeEdge
from tests.unit.protocol.session.fake_hub import FakeHub

COUNT = 20


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = new_journal()
    yield connection
    connection.close()


def new_journal(*, acked: int = 8) -> sqlite3.Connection:
    """COUNT facts; the hub acknowledged some."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, released_migrations())
    journal = Journal(Readers(Path("unused")), ManualClock())
    journal.install(connection, device_id=DEVICE, epoch=1)
    for number in range(COUNT):
        journal.append(connection, NewFact(raw=fact(number)))
    journal.mark_acked(connection, acked)
    return connection


def rescued(connection: sqlite3.Connection) -> int:
    return rescue(connection, device_id=DEVICE, epoch=1)


def flip(connection: sqlite3.Connection, seq: int, column: str = "bytes") -> None:
    (found,) = connection.execute(f"SELECT {column} FROM journal WHERE seq = {seq}").fetchone()
    flipped = bytes([*found[:-9], found[-9] ^ 4, *found[-8:]])
    connection.execute(f"UPDATE journal SET {column} = ? WHERE seq = {seq}", (flipped,))


def lose(connection: sqlite3.Connection, *seqs: int) -> None:
    connection.executemany("DELETE FROM journal WHERE seq = ?", [(seq,) for seq in seqs])


def ids(connection: sqlite3.Connection) -> list[int]:
    """The numbers of the facts held, in order; asserts that their chain holds."""
    (base,) = connection.execute("SELECT MIN(seq) FROM journal").fetchone()
    before, numbers = genesis(DEVICE), []
    rows = connection.execute("SELECT seq, epoch, fact_id, hash, bytes FROM journal ORDER BY seq")
    for at, (seq, epoch, fact_id, found, raw) in enumerate(rows, base):
        assert seq == at, "a hole"
        if seq > 1 and seq > base:
            assert link(before, epoch=epoch, seq=seq, raw=raw) == found
        before = found
        numbers.append(UUID(fact_id).int)
    return numbers


def state(connection: sqlite3.Connection) -> tuple[int, int, int]:
    query = "SELECT epoch, epoch_base_seq, acked_seq FROM device"
    epoch, base, acked = connection.execute(query).fetchone()
    return epoch, base, acked


def test_a_whole_journal_gets_an_epoch_of_its_own(connection: sqlite3.Connection) -> None:
    assert damaged_fact(connection, 10) is None
    assert rescued(connection) == 0
    assert ids(connection) == [*range(1, COUNT + 1)]
    assert state(connection) == (1 + OWN_EPOCHS, COUNT, 8)


def test_a_flipped_fact_is_lost_and_those_behind_it_are_kept(
    connection: sqlite3.Connection,
) -> None:
    flip(connection, 15)
    assert damaged_fact(connection, 10) == "fact 15 does not follow from the one before"
    assert rescued(connection) == 1
    assert ids(connection) == [*range(1, 15), *range(16, COUNT + 1)]
    assert state(connection) == (1 + OWN_EPOCHS, 14, 8)
    assert damaged_fact(connection, 10) is None


def test_a_flipped_hash_loses_nothing(connection: sqlite3.Connection) -> None:
    flip(connection, 15, "hash")
    assert damaged_fact(connection, 10) is not None
    assert rescued(connection) == 0
    assert ids(connection) == [*range(1, COUNT + 1)]


def test_a_flipped_id_beside_a_fact_is_put_right_from_its_bytes(
    connection: sqlite3.Connection,
) -> None:
    named = "00000000-0000-7000-8000-0000000000f0"
    connection.execute("UPDATE journal SET fact_id = ? WHERE seq = 15", (named,))
    assert damaged_fact(connection, 10) == "fact 15 bears another one's id"
    assert rescued(connection) == 0
    assert ids(connection) == [*range(1, COUNT + 1)]
    assert damaged_fact(connection, 10) is None


@pytest.mark.parametrize(
    ("mark", "acked"),
    [("acked_seq = -123", 0), ("acked_seq = 37", COUNT), ("last_ack_at_ms = -1", 8)],
)
def test_a_mark_that_cannot_be_is_put_right(
    connection: sqlite3.Connection, mark: str, acked: int
) -> None:
    """Beyond the end it may name what was lost: the hub says how far it really is."""
    assert damaged_mark(connection) is None
    connection.execute(f"UPDATE device SET {mark}")
    assert damaged_mark(connection) is not None
    assert rescued(connection) == 0
    assert ids(connection) == [*range(1, COUNT + 1)]
    assert state(connection) == (1 + OWN_EPOCHS, COUNT, acked)
    assert damaged_mark(connection) is None


def test_a_mark_before_a_pruned_journal_is_its_first_fact(connection: sqlite3.Connection) -> None:
    lose(connection, *range(1, 8))
    connection.execute("UPDATE device SET acked_seq = -1")
    assert rescued(connection) == 0
    assert state(connection) == (1 + OWN_EPOCHS, COUNT, 8)


@pytest.mark.parametrize("at", range(36))
def test_the_folder_s_name_but_for_a_bit_is_its_own(
    connection: sqlite3.Connection, at: int
) -> None:
    """Whatever bit flips, the text may be no id any more, or no text."""
    own = str(DEVICE).encode()
    for bit in range(8):
        flipped = bytes([*own[:at], own[at] ^ 1 << bit, *own[at + 1 :]])
        text = flipped.decode("utf-8", "replace")
        connection.execute("UPDATE device SET device_id = ?", (text,))
        assert damaged_name(connection, DEVICE) is not None
    assert rescued(connection) == 0
    assert connection.execute("SELECT device_id FROM device").fetchall() == [(str(DEVICE),)]


def test_another_device_s_folder_keeps_its_name(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE device SET device_id = ?", (str(STORE),))
    assert damaged_name(connection, DEVICE) is None
    rescued(connection)
    assert connection.execute("SELECT device_id FROM device").fetchall() == [(str(STORE),)]


def test_what_the_hub_holds_is_not_lost(connection: sqlite3.Connection) -> None:
    lose(connection, 3, 4)
    flip(connection, 6)
    assert damaged_fact(connection, 10) is None, "it looks at what only this shop has"
    assert rescued(connection) == 0
    assert ids(connection) == [*range(6, COUNT + 1)]


def test_a_hole_around_the_acked_fact(connection: sqlite3.Connection) -> None:
    lose(connection, 7, 8, 9, 10)
    assert rescued(connection) == 2
    assert ids(connection) == [*range(1, 7), *range(11, COUNT + 1)]
    assert state(connection) == (1 + OWN_EPOCHS, 6, 6)


def test_nothing_left_but_the_file(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM journal")
    connection.execute("DELETE FROM device")
    assert rescued(connection) == 0
    assert state(connection) == (1 + OWN_EPOCHS, 0, 0)


def test_a_lost_device_line_is_made_anew_above_every_epoch(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE journal SET epoch = 4 WHERE seq > 18")
    connection.execute("DELETE FROM device")
    rescued(connection)
    assert state(connection)[0] == 4 + OWN_EPOCHS


@given(
    st.integers(0, COUNT),
    st.integers(0, COUNT),
    st.sets(st.integers(1, COUNT), max_size=6),
    st.sets(st.integers(1, COUNT), max_size=3),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_hub_gets_all_that_is_left_under_the_next_epoch(
    acked: int, ahead: int, lost: set[int], flipped: set[int]
) -> None:
    # Nothing tells what the first fact behind a hole was, but the hash in the hole.
    flipped -= {seq + 1 for seq in lost}
    hub = FakeHub(DEVICE)
    edge = FakeEdge(DEVICE, rng=Random(1))
    for number in range(max(acked, ahead)):
        edge.append(fact(number), 0)
    converse(edge, hub)
    connection = new_journal(acked=acked)
    for seq in flipped:
        flip(connection, seq)
    lose(connection, *lost)
    said_lost = rescued(connection)
    left = ids(connection) if connection.execute("SELECT 1 FROM journal").fetchone() else []
    gone = {seq for seq in lost | flipped if seq > acked} - set(left)
    assert len(gone) <= said_lost + (len(lost) if max(lost, default=0) == COUNT else 0) + 1
    first = connection.execute("SELECT COALESCE(MIN(seq), 1) FROM journal").fetchone()[0]
    if first == 1:
        salvaged = edge_of(connection)
        converse(salvaged, hub)
        held = {UUID(int=number).bytes for number in left}
        assert held <= {UUID(int=fact_no(row.raw)).bytes for row in hub.inbox.values()}
        assert salvaged.epoch == hub.view.current.epoch == 2 + OWN_EPOCHS
        assert salvaged.acked == len(left)
        assert hub.quarantine == []
    connection.close()


def fact_no(raw: bytes) -> int:
    """The number behind a fact's bytes."""
    return next(number + 1 for number in range(COUNT) if fact(number) == raw)


def edge_of(connection: sqlite3.Connection) -> FakeEdge:
    """The salvaged box."""
    edge = FakeEdge(DEVICE, rng=Random(2))
    rows = connection.execute("SELECT bytes, hash FROM journal ORDER BY seq").fetchall()
    edge.raws = [row[0] for row in rows]
    edge.hashes += [row[1] for row in rows]
    edge.epoch, _, edge.acked = state(connection)
    edge.sess = 100
    return edge


def converse(edge: FakeEdge, hub: FakeHub) -> None:
    """Over a line that loses nothing, until nobody has anything to say."""
    now_ms = 0
    said = edge.carry_out(edge.connect(now_ms), now_ms)
    for _ in range(500):
        now_ms += 60
        answers = [answer for message in said for answer in hub.receive(*message, now_ms)]
        assert edge.session is not None
        said = []
        for channel, payload in answers:
            said += edge.carry_out(edge.session.receive(channel, payload, now_ms), now_ms)
        said += edge.carry_out(edge.session.tick(now_ms), now_ms)
        if not said and edge.acked == len(edge.raws):
            return
    raise AssertionError("they never end")
