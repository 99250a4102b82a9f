import sqlite3
from collections.abc import Iterator

import pytest

from edge_agent.storage.schema import Migration, migrate, released_migrations
from protocol.errors import Refused


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def version_of(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


FIRST = Migration(1, "0001_a.sql", "CREATE TABLE a (x INTEGER);")
SECOND = Migration(10, "0010_b.sql", "CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1);")
BROKEN = Migration(11, "0011_c.sql", "CREATE TABLE c (x INTEGER); INSERT INTO nowhere VALUES (1);")


def test_released_migrations_are_numbered_and_apply(database: sqlite3.Connection) -> None:
    released = released_migrations()
    assert [step.number for step in released] == sorted({step.number for step in released})
    assert all(step.name.startswith(f"{step.number:04}_") for step in released)
    assert migrate(database, released) == len(released)
    assert version_of(database) == released[-1].number
    assert migrate(database, released) == 0
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_only_what_is_missing_is_applied(database: sqlite3.Connection) -> None:
    assert migrate(database, [FIRST]) == 1
    assert migrate(database, [FIRST, SECOND]) == 1
    assert version_of(database) == 10
    assert database.execute("SELECT x FROM b").fetchall() == [(1,)]


def test_a_broken_step_leaves_the_step_before(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(database, [FIRST, SECOND, BROKEN])
    assert version_of(database) == 10
    assert not database.in_transaction
    names = database.execute("SELECT name FROM sqlite_schema ORDER BY name").fetchall()
    assert names == [("a",), ("b",)]


def test_a_newer_database_is_refused_untouched(database: sqlite3.Connection) -> None:
    migrate(database, [FIRST, SECOND])
    with pytest.raises(Refused) as refusal:
        migrate(database, [FIRST])
    assert refusal.value.code == "database-too-new"
    assert version_of(database) == 10
