import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.journal.models import DeviceState, JournalRow, NewFact
from edge_agent.journal.service import RETENTION, Journal
from edge_agent.storage.readers import Readers
from edge_agent.storage.schema import migrate, released_migrations
from edge_agent.storage.writer import Writer
from protocol.codec.chain import genesis, link
from protocol.codec.facts import MAX_FACT_BYTES, encode_fact
from protocol.errors import LocalProtocolError, Malformed, Refused
from protocol.messages.stock import StockLine, StockMoved
from tests.unit.edge_agent.clock import START, ManualClock

DEVICE = UUID("018f3a5e-0000-7000-8000-000000000001")
STORE = UUID("018f3a5e-0000-7000-8000-000000000002")


def fact(number: int, *, reason: str = "broken") -> bytes:
    line = StockLine(line_no=1, product_id=STORE, quantity=Decimal(-1), unit="piece")
    body = StockMoved(kind="waste", reason=reason, lines=[line])
    return encode_fact(id=UUID(int=number + 1), at=START, store_id=STORE, body=body)


class Shop:
    """A journal over a real file."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.writer = Writer(path / "hanout.db")
        self.readers = Readers(path / "hanout.db", count=1)
        self.journal = Journal(self.readers, self.clock)

    async def append(self, *raws: bytes, value_minor: int = 0) -> list[JournalRow]:
        def work(connection: sqlite3.Connection) -> list[JournalRow]:
            return [
                self.journal.append(
                    connection, NewFact(raw=raw, value_minor=value_minor, currency="DZD")
                )
                for raw in raws
            ]

        return await self.writer.submit(work)

    async def ack(self, upto: int, dead: list[tuple[int, str]] | None = None) -> None:
        self.journal.heard_hub(START + timedelta(milliseconds=self.clock.monotonic_ms()))
        await self.writer.submit(lambda conn: self.journal.mark_acked(conn, upto, dead=dead or []))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    shop = Shop(tmp_path)
    await shop.writer.start()
    await shop.readers.open()
    await shop.writer.submit(lambda conn: shop.journal.install(conn, device_id=DEVICE, epoch=1))
    yield shop
    await shop.readers.close()
    await shop.writer.stop()


async def test_a_new_journal_stands_at_the_genesis(shop: Shop) -> None:
    state = await shop.writer.submit(shop.journal.state)
    assert (state.epoch, state.head_seq, state.acked_seq) == (1, 0, 0)
    assert state.head_hash == state.acked_hash == genesis(DEVICE)
    assert await shop.journal.facts_from(1, max_count=10, max_bytes=1000) == []
    assert (await shop.journal.debt()).count == 0


async def test_the_folder_belongs_to_one_device(shop: Shop) -> None:
    await shop.writer.submit(lambda conn: shop.journal.install(conn, device_id=DEVICE, epoch=9))
    assert (await shop.writer.submit(shop.journal.state)).epoch == 1
    with pytest.raises(Refused) as refusal:
        await shop.writer.submit(lambda conn: shop.journal.install(conn, device_id=STORE, epoch=1))
    assert refusal.value.code == "folder-of-another-device"


async def test_facts_are_chained_and_read_back_as_bytes(shop: Shop) -> None:
    raws = [fact(number) for number in range(5)]
    rows = await shop.append(*raws)
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    expected = genesis(DEVICE)
    for row, raw in zip(rows, raws, strict=True):
        expected = link(expected, epoch=1, seq=row.seq, raw=raw)
        assert row.hash == expected
    read = await shop.journal.facts_from(2, max_count=3, max_bytes=10**6)
    assert [stored.seq for stored in read] == [2, 3, 4]
    assert [stored.raw for stored in read] == raws[1:4]
    hashes = await shop.journal.hashes_at([0, 3, 99])
    assert hashes == {0: genesis(DEVICE), 3: rows[2].hash}


async def test_an_id_is_used_once_and_a_refusal_leaves_no_gap(shop: Shop) -> None:
    await shop.append(fact(1))
    with pytest.raises(Refused):
        await shop.append(fact(2), fact(1, reason="other"))
    assert [row.seq for row in await shop.append(fact(3))] == [2]


async def test_a_fact_over_768_kib_is_refused(shop: Shop) -> None:
    with pytest.raises(Malformed):
        fact(1, reason="x" * MAX_FACT_BYTES)
    with pytest.raises(Malformed):
        await shop.append(fact(1) + b" " * MAX_FACT_BYTES)


async def test_reading_is_bounded_by_bytes_but_gives_one_fact_in_any_case(shop: Shop) -> None:
    raws = [fact(number, reason="x" * 1000) for number in range(6)]
    await shop.append(*raws)
    size = len(raws[0])

    async def seqs(max_bytes: int) -> list[int]:
        read = await shop.journal.facts_from(2, max_count=100, max_bytes=max_bytes)
        return [stored.seq for stored in read]

    assert await seqs(1) == [2]
    assert await seqs(3 * size - 1) == [2, 3]
    assert await seqs(3 * size) == [2, 3, 4]
    assert await seqs(100 * size) == [2, 3, 4, 5, 6]


async def test_the_debt_is_what_lies_above_the_ack(shop: Shop) -> None:
    await shop.append(fact(1), fact(2), value_minor=500)
    await shop.append(fact(3), value_minor=-200)
    debt = await shop.journal.debt()
    assert (debt.count, debt.value_minor, debt.oldest_at) == (3, {"DZD": 800}, START)
    await shop.ack(2, dead=[(1, "undecodable")])
    debt = await shop.journal.debt()
    assert (debt.count, debt.value_minor) == (1, {"DZD": -200})
    state = await shop.writer.submit(shop.journal.state)
    assert (state.acked_seq, state.dead_count, state.last_ack_at) == (2, 1, START)
    await shop.ack(0)
    assert (await shop.journal.debt()).count == 3
    with pytest.raises(LocalProtocolError):
        await shop.ack(4)


async def test_sess_rises(shop: Shop) -> None:
    assert [await shop.writer.submit(shop.journal.next_sess) for _ in range(3)] == [1, 2, 3]


async def test_pruning_waits_two_weeks_from_the_ack_and_keeps_the_acked_row(shop: Shop) -> None:
    await shop.append(*map(fact, range(10)))
    shop.clock.advance(timedelta(days=60))
    await shop.ack(6)
    assert await shop.writer.submit(shop.journal.prune) == 0
    shop.clock.advance(timedelta(days=10))
    await shop.ack(8)
    shop.clock.advance(RETENTION - timedelta(days=9))
    assert await shop.writer.submit(shop.journal.prune) == 5
    assert await shop.writer.submit(shop.journal.prune) == 0
    assert await shop.journal.facts_from(5, max_count=9, max_bytes=10**6) == []
    read = await shop.journal.facts_from(6, max_count=9, max_bytes=10**6)
    assert [stored.seq for stored in read] == [6, 7, 8, 9, 10]
    shop.clock.advance(timedelta(days=400))
    await shop.ack(10)
    assert await shop.writer.submit(shop.journal.prune) == 2
    state = await shop.writer.submit(shop.journal.state)
    assert (state.head_seq, state.acked_seq) == (10, 10)
    assert [row.seq for row in await shop.append(fact(11))] == [11]
    with pytest.raises(LocalProtocolError):
        await shop.ack(3)


async def test_a_clock_that_jumps_forwards_prunes_nothing(shop: Shop) -> None:
    """The hub may come back from a backup of an hour ago: what it lost must still be here."""
    await shop.append(*map(fact, range(10)))
    await shop.ack(5)
    shop.clock.at += timedelta(days=3650)
    await shop.ack(6)
    assert await shop.writer.submit(shop.journal.prune) == 0
    restarted = Journal(shop.readers, shop.clock)
    assert await shop.writer.submit(restarted.prune) == 0, "the hub's time is not known yet"
    shop.clock.advance(RETENTION + timedelta(days=1))
    await shop.ack(7)
    assert await shop.writer.submit(shop.journal.prune) == 4


async def test_an_ack_that_falls_back_protects_what_it_uncovers(shop: Shop) -> None:
    await shop.append(*map(fact, range(10)))
    await shop.ack(10)
    shop.clock.advance(RETENTION * 2)
    await shop.ack(4)
    assert await shop.writer.submit(shop.journal.prune) == 0
    assert (await shop.journal.debt()).count == 6


async def test_a_new_epoch_chains_the_tail_anew(shop: Shop) -> None:
    raws = [fact(number) for number in range(500)]
    rows = await shop.append(*raws)
    await shop.ack(300)
    base_hash = rows[99].hash

    def adopt(connection: sqlite3.Connection) -> DeviceState:
        return shop.journal.adopt_epoch(connection, epoch=3, base_seq=100, base_hash=base_hash)

    state = await shop.writer.submit(adopt)
    assert await shop.writer.submit(adopt) == state
    expected = base_hash
    for seq in range(101, 501):
        expected = link(expected, epoch=3, seq=seq, raw=raws[seq - 1])
    assert (await shop.writer.submit(shop.journal.state)).head_hash == expected
    state = await shop.writer.submit(shop.journal.state)
    assert (state.epoch, state.epoch_base_seq, state.acked_seq) == (3, 100, 100)
    [row] = await shop.append(fact(1000))
    assert (row.seq, row.epoch) == (501, 3)
    assert row.hash == link(expected, epoch=3, seq=501, raw=fact(1000))


@pytest.mark.parametrize(("epoch", "base_seq", "right_hash"), [(1, 1, True), (2, 1, False)])
async def test_a_wrong_epoch_is_refused(
    shop: Shop, epoch: int, base_seq: int, right_hash: bool
) -> None:
    [row] = await shop.append(fact(1))
    base_hash = row.hash if right_hash else bytes(32)

    def adopt(connection: sqlite3.Connection) -> None:
        shop.journal.adopt_epoch(connection, epoch=epoch, base_seq=base_seq, base_hash=base_hash)

    with pytest.raises(LocalProtocolError):
        await shop.writer.submit(adopt)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_chain_is_whole_whatever_happened(data: st.DataObject) -> None:
    """Appends, acks, new epochs, prunes and crashes in any order leave one unbroken chain."""
    connection = _memory_database()
    clock = ManualClock()
    journal = Journal(Readers(Path("unused")), clock)
    journal.heard_hub(clock.now())
    journal.install(connection, device_id=DEVICE, epoch=1)
    number = 0
    for _ in range(data.draw(st.integers(1, 30))):
        step = data.draw(st.sampled_from(["append", "crash", "ack", "epoch", "prune", "wait"]))
        state = journal.state(connection)
        if step in ("append", "crash"):
            connection.execute("BEGIN")
            for _ in range(data.draw(st.integers(1, 5))):
                number += 1
                journal.append(connection, NewFact(raw=fact(number)))
            connection.execute("COMMIT" if step == "append" else "ROLLBACK")
        elif step == "ack":
            upto = data.draw(st.integers(state.acked_seq, state.head_seq))
            journal.mark_acked(connection, upto)
        elif step == "epoch":
            journal.adopt_epoch(
                connection,
                epoch=state.epoch + 1,
                base_seq=state.acked_seq,
                base_hash=state.acked_hash,
            )
        elif step == "prune":
            journal.prune(connection)
        else:
            clock.advance(timedelta(days=data.draw(st.integers(1, 10))))
    _check_chain(connection, journal)
    connection.close()


def _memory_database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, released_migrations())
    return connection


def _check_chain(connection: sqlite3.Connection, journal: Journal) -> None:
    rows = connection.execute("SELECT seq, epoch, hash, bytes FROM journal ORDER BY seq").fetchall()
    state = journal.state(connection)
    assert state.head_seq == (rows[-1][0] if rows else 0)
    previous = genesis(DEVICE) if not rows or rows[0][0] == 1 else None
    last_seq = rows[0][0] - 1 if rows else 0
    for seq, epoch, found, raw in rows:
        assert seq == last_seq + 1
        assert previous is None or found == link(previous, epoch=epoch, seq=seq, raw=raw)
        previous, last_seq = found, seq
