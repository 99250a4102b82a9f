import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiosqlite
import pytest

from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer, WriterLimits, open_database
from protocol.errors import Refused, Unavailable


def make_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE note (number INTEGER PRIMARY KEY, text BLOB)")


Work = Callable[[sqlite3.Connection], object]


def add(number: int) -> Work:
    """Inserts one row and answers its number."""

    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO note (number) VALUES (?)", (number,))
        return number

    return work


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    writer = Writer(tmp_path / "hanout.db", limits=WriterLimits(waiting=64, group=16))
    await writer.start()
    await writer.submit(make_table)
    yield writer
    await writer.stop()


def numbers_on_disk(path: Path) -> list[int]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT number FROM note ORDER BY number")]
    finally:
        connection.close()


def add_megabyte(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO note (number, text) VALUES (1, zeroblob(1000000))")


class Gate:
    """Holds the writer's thread until opened, so that what is submitted meanwhile forms groups."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> None:
        assert self.event.wait(10)


def submit_all(writer: Writer, works: list[Work]) -> "list[asyncio.Task[object]]":
    return [asyncio.create_task(writer.submit(work)) for work in works]


async def count(connection: aiosqlite.Connection) -> int:
    ((number,),) = await connection.execute_fetchall("SELECT COUNT(*) FROM note")
    return int(number)


async def test_answers_come_after_the_commit(writer: Writer, tmp_path: Path) -> None:
    for number in range(20):
        assert await writer.submit(add(number)) == number
        assert number in numbers_on_disk(tmp_path / "hanout.db")


async def test_an_error_undoes_its_own_request_alone(writer: Writer, tmp_path: Path) -> None:
    def refuse(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO note (number) VALUES (1000)")
        raise Refused("no", "No.")

    gate = Gate()
    tasks = submit_all(writer, [gate, add(1), refuse, add(2), add(1), add(3)])
    await asyncio.sleep(0)
    gate.event.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[1] == 1
    assert isinstance(outcomes[2], Refused)
    assert isinstance(outcomes[4], sqlite3.IntegrityError)
    assert numbers_on_disk(tmp_path / "hanout.db") == [1, 2, 3]


async def test_what_waits_is_committed_together(writer: Writer) -> None:
    gate = Gate()
    before = writer.groups_count
    tasks = submit_all(writer, [gate, *map(add, range(32))])
    await asyncio.sleep(0)
    gate.event.set()
    await asyncio.gather(*tasks)
    # The gate may have been taken alone; 32 more in groups of at most 16.
    assert 2 <= writer.groups_count - before <= 4
    assert writer.waiting == 0


async def test_too_many_are_refused_and_the_others_served(writer: Writer) -> None:
    gate = Gate()
    tasks = submit_all(writer, [gate, *map(add, range(70))])
    await asyncio.sleep(0)
    gate.event.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert [error.code for error in refused] == ["busy"] * 7
    assert await writer.submit(add(100)) == 100


async def test_a_cancelled_callers_work_is_written(writer: Writer, tmp_path: Path) -> None:
    gate = Gate()
    gated = asyncio.create_task(writer.submit(gate))
    cancelled = asyncio.create_task(writer.submit(add(5)))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.sleep(0)
    gate.event.set()
    await gated
    await writer.submit(add(6))
    assert numbers_on_disk(tmp_path / "hanout.db") == [5, 6]


async def test_a_full_disk_refuses_and_goes_on(writer: Writer, tmp_path: Path) -> None:
    def limit(pages: int) -> Callable[[sqlite3.Connection], None]:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()

        return work

    def pages(connection: sqlite3.Connection) -> int:
        (count,) = connection.execute("PRAGMA page_count").fetchone()
        return int(count)

    await writer.submit(limit(await writer.submit(pages) + 3))
    with pytest.raises(Unavailable) as refusal:
        await writer.submit(add_megabyte)
    assert refusal.value.code == "disk-full"
    assert writer.state == "running"
    await writer.submit(limit(1_000_000))
    await writer.submit(add(2))
    assert numbers_on_disk(tmp_path / "hanout.db") == [2]


async def test_a_request_that_rolls_all_back_harms_nobody_silently(
    writer: Writer, tmp_path: Path
) -> None:
    def rollback(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR ROLLBACK INTO note (number) VALUES (1)")

    await writer.submit(add(1))
    gate = Gate()
    tasks = submit_all(writer, [gate, add(2), rollback, add(3)])
    await asyncio.sleep(0)
    gate.event.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    written = numbers_on_disk(tmp_path / "hanout.db")
    for number, outcome in ((2, outcomes[1]), (3, outcomes[3])):
        assert (number in written) is (outcome == number)
    assert isinstance(outcomes[2], Unavailable)
    assert await writer.submit(add(4)) == 4


async def test_an_io_error_is_final(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "hanout.db")
    await writer.start()

    def disk_dies(connection: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    gate = Gate()
    tasks = submit_all(writer, [gate, disk_dies, make_table])
    await asyncio.sleep(0)
    gate.event.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [getattr(outcome, "code", None) for outcome in outcomes[1:]] == ["storage-failed"] * 2
    await asyncio.wait_for(writer.failed.wait(), 5)
    assert writer.state == "failed"
    with pytest.raises(Unavailable):
        await writer.submit(make_table)
    await writer.stop()
    assert writer.state == "failed"


async def test_a_real_io_error_at_commit_is_final(tmp_path: Path) -> None:
    """The kernel refuses to let the log grow: a write error without a faulty disk."""
    writer = Writer(tmp_path / "hanout.db")
    await writer.start()
    await writer.submit(make_table)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    log_bytes = (tmp_path / "hanout.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (log_bytes, before[1]))
    try:
        with pytest.raises(Unavailable) as refusal:
            await writer.submit(add_megabyte)
        assert refusal.value.code == "storage-failed"
        await asyncio.wait_for(writer.failed.wait(), 5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    await writer.stop()
    assert numbers_on_disk(tmp_path / "hanout.db") == []


async def test_stop_writes_what_was_submitted(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "hanout.db")
    await writer.start()
    await writer.submit(make_table)
    tasks = [asyncio.create_task(writer.submit(add(number))) for number in range(500)]
    await asyncio.sleep(0)
    await writer.stop()
    assert await asyncio.gather(*tasks) == list(range(500))
    assert numbers_on_disk(tmp_path / "hanout.db") == list(range(500))
    with pytest.raises(Unavailable):
        await writer.submit(add(501))


async def test_a_newer_database_is_refused_at_the_start(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "hanout.db")
    connection.execute("PRAGMA user_version = 9999")
    connection.execute("UPDATE schema_floor SET floor = 9999")
    connection.close()
    writer = Writer(tmp_path / "hanout.db")
    with pytest.raises(Refused) as refusal:
        await writer.start()
    assert refusal.value.code == "database-too-new"
    assert writer.state == "failed"
    await writer.stop()


async def test_listeners_hear_only_of_what_was_written(writer: Writer) -> None:
    heard: list[int] = []
    writer.on_commit(lambda: heard.append(1))

    def refuse(connection: sqlite3.Connection) -> None:
        raise Refused("no", "No.")

    with pytest.raises(Refused):
        await writer.submit(refuse)
    assert heard == []
    await writer.submit(lambda connection: connection.execute("SELECT 1").fetchone())
    assert heard == []
    await writer.submit(add(1))
    assert heard == [1]


async def test_the_log_stays_bounded(writer: Writer, tmp_path: Path) -> None:
    def write_much(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO note (text) VALUES (?)", [(bytes(100),) for _ in range(1000)]
        )

    for _ in range(40):
        await writer.submit(write_much)
    assert (tmp_path / "hanout.db-wal").stat().st_size < 2_000_000


async def test_settings_of_the_connection(writer: Writer) -> None:
    def settings(connection: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await writer.submit(settings) == ["wal", 2, 1, 0]


async def test_readers_read_commits_and_cannot_write(writer: Writer, tmp_path: Path) -> None:
    readers = Readers(tmp_path / "hanout.db", count=2)
    await readers.open()
    await writer.submit(add(1))
    async with readers.snapshot() as first, readers.connection() as second:
        assert await count(first) == 1
        await writer.submit(add(2))
        assert await count(first) == 1
        assert await count(second) == 2
        with pytest.raises(sqlite3.OperationalError):
            await second.execute("DELETE FROM note")
    async with readers.connection() as connection, readers.connection() as other:
        assert await count(connection) == 2
        assert await count(other) == 2
    await readers.close()


async def test_a_cancelled_reader_gives_its_connection_back_clean(
    writer: Writer, tmp_path: Path
) -> None:
    readers = Readers(tmp_path / "hanout.db", count=1)
    await readers.open()

    async def read_slowly() -> None:
        async with readers.snapshot() as connection:
            await connection.execute_fetchall(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) "
                "SELECT COUNT(*) FROM n"
            )

    for delay in (0.0, 0.001, 0.01):
        task = asyncio.create_task(read_slowly())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with readers.snapshot() as connection:
        assert await count(connection) == 0
    await readers.close()
