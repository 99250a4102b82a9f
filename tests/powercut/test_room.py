"""Room on a disk of a few MiB, made with a tmpfs of its own."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.storage.room import MIB, DiskRoom
from edge_agent.storage.writer import Writer
from protocol.errors import Unavailable
from tests.powercut.small_disk import small_disk

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", mib=16) as folder:
        yield folder


def fill(disk: Path, *, leave_bytes: int = 0) -> Path:
    """Something that is not the agent's takes the room."""
    other = disk / "other"
    block = bytes(65536)
    with other.open("ab", buffering=0) as file:
        try:
            while DiskRoom(disk).look().free_bytes > leave_bytes:
                file.write(block)
        except OSError:
            return other
    return other


def test_the_ballast_is_held_given_up_and_held_again(disk: Path) -> None:
    room = DiskRoom(disk, ballast_bytes=2 * MIB)
    assert room.look().ballast_bytes == 0
    assert not room.release(), "there was none"
    room.reserve()
    seen = room.look()
    assert (seen.state, seen.ballast_bytes) == ("ample", 2 * MIB)
    assert room.release()
    seen = room.look()
    assert (seen.state, seen.ballast_bytes) == ("full", 0)
    room.reserve()
    assert (room.look().state, room.look().ballast_bytes) == ("ample", 2 * MIB)


def test_the_ballast_is_not_taken_from_the_last_room(disk: Path) -> None:
    room = DiskRoom(disk, ballast_bytes=2 * MIB)
    other = fill(disk, leave_bytes=3 * MIB)
    room.reserve()
    assert room.look().ballast_bytes == 0
    fill(disk, leave_bytes=MIB)
    assert room.look().state == "low"
    other.unlink()
    room.reserve()
    assert room.look().state == "ample"


@pytest.mark.fault(12, "E,G,L")
async def test_sales_go_on_from_the_ballast_and_are_refused_last(disk: Path) -> None:
    """A full disk: what can wait is refused first, sales go on in the ballast's room, the last ones
    are refused in words, and when there is room again all is as before."""
    room = DiskRoom(disk, ballast_bytes=MIB)
    writer = Writer(disk / "hanout.db", room=room)
    await writer.start()
    room.reserve()
    await writer.submit(_make_table)
    other = fill(disk)
    with pytest.raises(Unavailable) as put_off:
        await writer.submit_spare(_add)
    assert put_off.value.code == "disk-low"
    written = await _write_until_refused(writer)
    assert written > 10, "the ballast took some"
    assert room.look().state == "full"
    assert writer.state == "running"
    other.unlink()
    await writer.submit(_add)
    room.reserve()
    await writer.submit_spare(_add)
    assert await writer.submit(_count) == written + 2
    await writer.stop()


@pytest.mark.fault(12, "E,L")
async def test_an_agent_starts_on_a_full_disk(disk: Path) -> None:
    """Started on a disk without a byte left, the agent sells from the ballast."""
    room = DiskRoom(disk, ballast_bytes=MIB)
    writer = Writer(disk / "hanout.db", room=room)
    await writer.start()
    await writer.submit(_make_table)
    await writer.stop()
    room.reserve()
    fill(disk)
    again = Writer(disk / "hanout.db", room=room)
    await again.start()
    await asyncio.gather(*(again.submit(_add) for _ in range(5)))
    assert await again.submit(_count) == 5
    await again.stop()


async def _write_until_refused(writer: Writer) -> int:
    for written in range(2000):
        [refusal] = await asyncio.gather(writer.submit(_add), return_exceptions=True)
        if refusal is not None:
            assert isinstance(refusal, Unavailable)
            assert refusal.code == "disk-full"
            return written
    raise AssertionError("the disk never filled")


def _make_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE note (text BLOB)")


def _add(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO note VALUES (zeroblob(9000))")


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT COUNT(*) FROM note").fetchone()
    return int(count)
