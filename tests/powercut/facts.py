"""A journal without a shop around it: numbered facts in the real store, some acknowledged."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from edge_agent.journal.models import NewFact
from edge_agent.journal.service import RETENTION, Journal
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import open_database
from protocol.codec.facts import encode_fact
from protocol.messages.stock import StockLine, StockMoved
from tests.integration.edge_agent.shop_seed import DEVICE, STORE
from tests.unit.edge_agent.clock import START, ManualClock

COUNT = 1_300
ACKED = 1_250
OLD_ACKED = 1_150
_NEW_ACK = timedelta(days=1)


def fact_id(number: int) -> UUID:
    """The id of the fact of this number."""
    return UUID(int=(7 << 76) | (2 << 62) | (0xFAC7 << 16) | number)


def fact(number: int, reason: str = "broken") -> NewFact:
    """A loss of one piece."""
    line = StockLine(line_no=1, product_id=STORE, quantity=Decimal(-1), unit="piece")
    body = StockMoved(kind="waste", reason=reason, lines=[line])
    return NewFact(raw=encode_fact(id=fact_id(number), at=START, store_id=STORE, body=body))


def noted(reason: str) -> Callable[[sqlite3.Connection], None]:
    """For `Writer.submit`: one more fact, whose number nobody asks for."""

    def work(connection: sqlite3.Connection) -> None:
        (head,) = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()
        _journal().append(connection, fact(head, reason))

    return work


def install(connection: sqlite3.Connection) -> None:
    """The device's first start."""
    connection.execute("BEGIN IMMEDIATE")
    _journal().install(connection, device_id=DEVICE, epoch=1)
    connection.execute("COMMIT")


def append(connection: sqlite3.Connection, number: int) -> None:
    """One fact, committed."""
    connection.execute("BEGIN IMMEDIATE")
    _journal().append(connection, fact(number))
    connection.execute("COMMIT")


def fill(database: Path) -> None:
    """COUNT facts; most were acknowledged long ago, some yesterday, the rest never."""
    connection = open_database(database)
    install(connection)
    for upto, age in ((OLD_ACKED, RETENTION + timedelta(days=1)), (ACKED, _NEW_ACK)):
        journal = _journal(age=age)
        connection.execute("BEGIN IMMEDIATE")
        (head,) = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()
        for number in range(head + 1, upto + 1):
            journal.append(connection, fact(number))
        journal.mark_acked(connection, upto)
        connection.execute("COMMIT")
    for number in range(ACKED + 1, COUNT + 1):
        append(connection, number)
    connection.close()


def prune_some(connection: sqlite3.Connection) -> int:
    """One commit's worth; returns how many facts went."""
    return _journal().prune(connection)


def _journal(*, age: timedelta = timedelta()) -> Journal:
    journal = Journal(Readers(Path("unused")), ManualClock(START - age))
    journal.heard_hub(START - age)
    return journal
