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


KEEPING = Migration(
    33,
    "0033_floor.sql",
    "CREATE TABLE schema_floor (only INTEGER PRIMARY KEY, floor INTEGER NOT NULL);"
    "INSERT INTO schema_floor VALUES (1, 33);",
)
ADDING = Migration(34, "0034_d.sql", "-- floor: 33\nALTER TABLE a ADD COLUMN y INTEGER;")
BREAKING = Migration(35, "0035_e.sql", "ALTER TABLE a DROP COLUMN x;")


@pytest.mark.fault(49, "A,E")
def test_an_older_release_opens_what_was_only_added_to(database: sqlite3.Connection) -> None:
    """The new release is taken back: the old one opens the newer database and writes on."""
    migrate(database, [FIRST, KEEPING, ADDING])
    assert migrate(database, [FIRST, KEEPING]) == 0
    assert version_of(database) == 34
    database.execute("INSERT INTO a (x) VALUES (1)")


@pytest.mark.fault(49, "A,E")
def test_a_newer_database_is_refused_untouched(database: sqlite3.Connection) -> None:
    """A release that cannot work with a step says so, and writes nothing."""
    migrate(database, [FIRST, KEEPING, ADDING, BREAKING])
    with pytest.raises(Refused) as refusal:
        migrate(database, [FIRST, KEEPING, ADDING])
    assert refusal.value.code == "database-too-new"
    assert version_of(database) == 35


def test_a_database_that_keeps_no_floor_yet_is_refused(database: sqlite3.Connection) -> None:
    migrate(database, [FIRST, SECOND])
    with pytest.raises(Refused):
        migrate(database, [FIRST])
    assert version_of(database) == 10


def test_the_floor_never_sinks(database: sqlite3.Connection) -> None:
    after = Migration(36, "0036_f.sql", "-- floor: 33\nCREATE TABLE f (x INTEGER);")
    migrate(database, [FIRST, KEEPING, ADDING, BREAKING, after])
    with pytest.raises(Refused):
        migrate(database, [FIRST, KEEPING])


def test_every_step_of_a_release_knows_its_floor(database: sqlite3.Connection) -> None:
    released = released_migrations()
    migrate(database, released)
    (floor,) = database.execute("SELECT floor FROM schema_floor").fetchone()
    assert floor == max(step.floor for step in released if step.number >= 33)
