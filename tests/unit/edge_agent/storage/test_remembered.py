import sqlite3

from edge_agent.storage.remembered import Remembered


def replicas() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE replica (collection, version, generation)")
    connection.execute("INSERT INTO replica VALUES ('prices', 1, 1), ('staff', 1, 1)")
    return connection


def test_it_lasts_as_long_as_what_is_in_force() -> None:
    connection = replicas()
    remembered: Remembered[int, str] = Remembered(most=10)
    remembered.at(connection)[1] = "one"
    assert remembered.at(connection) == {1: "one"}
    for change in ("version = 2", "generation = 2", "version = 1, generation = 1"):
        connection.execute(f"UPDATE replica SET {change} WHERE collection = 'staff'")
        assert remembered.at(connection) == {}
        remembered.at(connection)[1] = change
        assert remembered.at(connection) == {1: change}


def test_a_full_one_begins_anew() -> None:
    connection = replicas()
    remembered: Remembered[int, int] = Remembered(most=3)
    for number in range(10):
        values = remembered.at(connection)
        values[number] = number
        assert len(values) <= 3
    assert remembered.at(connection) == {9: 9}
