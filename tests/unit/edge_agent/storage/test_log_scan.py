"""Logs with flipped bits and torn ends, made by SQLite itself."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from msgspec import Struct

from edge_agent.storage.log_scan import scan_log
from edge_agent.storage.writer import open_database

COMMITS = 12
HEADER, FRAME = 32, 4120


class Log(Struct, frozen=True):
    """A database without its last commits, and the log that has them."""

    database: Path
    raw: bytes


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    folder = tmp_path_factory.mktemp("log")
    connection = open_database(folder / "a.db")
    connection.execute("CREATE TABLE note (number INTEGER PRIMARY KEY, text BLOB)")
    for _ in range(COMMITS):
        connection.execute("INSERT INTO note (text) VALUES (zeroblob(5000))")
    yield Log(folder / "a.db", (folder / "a.db-wal").read_bytes())
    connection.close()


def notes(log: Log, raw: bytes, folder: Path) -> int:
    """The commits that SQLite reads from such a log."""
    folder.mkdir()
    shutil.copy(log.database, folder / "a.db")
    (folder / "a.db-wal").write_bytes(raw)
    connection = sqlite3.connect(folder / "a.db")
    try:
        return int(connection.execute("SELECT COUNT(*) FROM note").fetchone()[0])
    finally:
        connection.close()


def test_a_sound_log_and_none_at_all(log: Log) -> None:
    for raw in (log.raw, b"", log.raw[:HEADER], b"\0" * 5000):
        scan = scan_log(raw)
        assert (scan.damaged, scan.mended) == (False, raw)


def test_a_flipped_bit_anywhere_is_found_and_costs_at_most_the_last_commit(
    log: Log, tmp_path: Path
) -> None:
    rng = Random(20261123)
    salts = log.raw[16:24]  # what lies behind the last frame of this log is an older one's
    ours = [at for at in range(HEADER, len(log.raw), FRAME) if log.raw[at + 8 : at + 16] == salts]
    last = ours[-8]
    for at in [*range(HEADER), *(rng.randrange(HEADER, last) for _ in range(150))]:
        if at >= HEADER and 16 <= (at - HEADER) % FRAME < 24:
            continue  # The stored checksum of a commit's end: the commit behind it cannot be tied.
        if 8 <= at < 12 or 4 <= at < 8:
            continue  # Page size and version: read from the database, not from here.
        flipped = bytearray(log.raw)
        flipped[at] ^= 1 << rng.randrange(8)
        scan = scan_log(bytes(flipped))
        assert scan.damaged, at
        assert len(scan.mended) == HEADER + len(ours) * FRAME, at
        assert not scan_log(scan.mended).damaged
        if at < HEADER:  # else the bit may have hit what makes the table
            assert notes(log, scan.mended, tmp_path / f"{at}") == COMMITS, at


def test_a_torn_last_commit_is_no_damage(log: Log) -> None:
    for cut in range(1, FRAME * 2, 500):
        torn = log.raw[:-cut]
        assert not scan_log(torn).damaged
        assert not scan_log(torn + bytes(cut)).damaged
