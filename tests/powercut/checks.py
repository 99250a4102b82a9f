"""What must hold of a database that comes back after a power cut."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from uuid import UUID

from edge_agent.storage.schema import released_migrations
from edge_agent.storage.writer import open_database
from protocol.codec.chain import genesis, link
from tests.powercut import facts, replica
from tests.powercut.cutting import Marks


def after_sales(folder: Path, marks: Marks) -> Sequence[str]:
    """Every answered sale whole, chained and numbered; none half-written (promises A, C, N)."""
    sold = [mark["sold"] for mark in marks if "sold" in mark]
    connection = open_database(folder / "hanout.db")
    try:
        wrong = [*_damage(connection), *_broken_chain(connection), *_halves(connection)]
        journal = dict(connection.execute("SELECT fact_id, hex(hash) FROM journal"))
        shifts = {row[0] for row in connection.execute("SELECT id FROM shift")}
    finally:
        connection.close()
    lost = [sale["id"] for sale in sold if journal.get(sale["id"]) != sale["hash"].upper()]
    wrong += [f"answered sale {sale_id} is lost" for sale_id in lost]
    wrong += [
        f"shift {m['shift']} is lost" for m in marks if m.get("shift", "") not in {*shifts, ""}
    ]
    return wrong


def after_migration(folder: Path, marks: Marks) -> Sequence[str]:
    """At one of the schema's versions and not between two, then at the newest."""
    told = {key for mark in marks for key in mark}
    database = folder / "hanout.db"
    wrong = _between_versions(database)
    connection = open_database(database)
    try:
        wrong += _damage(connection)
        (count,) = connection.execute("SELECT COUNT(*) FROM journal").fetchone()
    finally:
        connection.close()
    if _schema(database) != _fresh_schemas()[-1]:
        wrong.append("not the newest schema")
    if count < ("appended" in told):
        wrong.append("the first fact is lost")
    return wrong


def after_pull(folder: Path, marks: Marks) -> Sequence[str]:
    """Readers see the one version or the other, and never go back (promise J)."""
    connection = open_database(folder / "hanout.db")
    try:
        wrong = _damage(connection)
        version, rows = replica.seen(connection)
    finally:
        connection.close()
    if any("flipped" in mark for mark in marks) and version != 2:
        wrong.append(f"version {version} after the flip to 2")
    if rows != replica.expected(version):
        wrong.append(f"version {version} is not what the hub published")
    return wrong


def after_prune(folder: Path, marks: Marks) -> Sequence[str]:
    """What the hub has not acknowledged, or only lately, is all there (promises A, D)."""
    connection = open_database(folder / "hanout.db")
    try:
        wrong = [*_damage(connection), *_broken_chain(connection)]
        state = connection.execute("SELECT MIN(seq), MAX(seq) FROM journal").fetchone()
    finally:
        connection.close()
    head = facts.COUNT + any("appended" in mark for mark in marks)
    if state[0] > facts.OLD_ACKED or state[1] < head:
        wrong.append(f"facts {state} are left")
    return wrong


def _damage(connection: sqlite3.Connection) -> list[str]:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else [f"integrity: {line}" for line in found]


def _broken_chain(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT seq, epoch, hash, bytes FROM journal ORDER BY seq").fetchall()
    device = connection.execute("SELECT device_id, acked_seq FROM device").fetchone()
    if not rows:
        return []
    start = rows[0][0]
    before = genesis(UUID(device[0])) if start == 1 else rows.pop(0)[2]
    wrong = []
    for at, (seq, epoch, found, raw) in enumerate(rows, start if start == 1 else start + 1):
        if seq != at or link(before, epoch=epoch, seq=seq, raw=raw) != found:
            wrong.append(f"the chain breaks at {seq}")
        before = found
    return wrong


def _halves(connection: sqlite3.Connection) -> list[str]:
    checks = {
        "a ticket without its fact, or the other way": """
            SELECT COUNT(*) FROM
            (SELECT id FROM ticket UNION ALL
             SELECT fact_id FROM journal WHERE type IN ('sale.finalised', 'return.finalised'))
            GROUP BY id HAVING COUNT(*) <> 2""",
        "a ticket without tenders": """
            SELECT id FROM ticket WHERE id NOT IN (SELECT ticket_id FROM ticket_tender)""",
        "on-hand is not the sum of its deltas": """
            SELECT product_id FROM stock_on_hand WHERE quantity_micro <> (
                SELECT SUM(quantity_micro) FROM stock_delta
                WHERE stock_delta.product_id = stock_on_hand.product_id)""",
        "a receipt series with a gap": """
            SELECT register_id FROM ticket GROUP BY register_id, series_epoch
            HAVING MAX(receipt_number) <> COUNT(*) OR MIN(receipt_number) <> 1""",
        "acknowledged beyond the head": """
            SELECT 1 FROM device
            WHERE acked_seq > (SELECT COALESCE(MAX(seq), 0) FROM journal)""",
    }
    return [wrong for wrong, sql in checks.items() if connection.execute(sql).fetchall()]


def _between_versions(database: Path) -> list[str]:
    """Opened as it lies, before anyone migrates it on."""
    if not database.exists():
        return []
    connection = sqlite3.connect(database)
    try:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    numbers = [0, *(step.number for step in released_migrations())]
    if _schema(database) != _fresh_schemas()[numbers.index(number)]:
        return [f"half way after version {number}"]
    return []


@cache
def _fresh_schemas() -> list[list[str]]:
    """The schema after no migration, after the first, and so on."""
    connection = sqlite3.connect(":memory:")
    schemas = [_tables(connection)]
    for step in released_migrations():
        connection.executescript(step.sql)
        schemas.append(_tables(connection))
    connection.close()
    return schemas


def _schema(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return _tables(connection)
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return [repr(row) for row in rows]
