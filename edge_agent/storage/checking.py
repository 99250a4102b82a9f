"""What SQLite says of its own file."""

import sqlite3

_MOST = 20


def complaints(connection: sqlite3.Connection, *, full: bool) -> list[str]:
    """The first complaints, none when the file is whole. `full` also compares every index with its
    table, which takes minutes on a card; raises sqlite3.Error when nothing can be read."""
    check = "integrity_check" if full else "quick_check"
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST})")]
    return [] if found == ["ok"] else found
