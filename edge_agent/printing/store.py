"""The counts in SQLite, inside the transaction that is handed in."""

import sqlite3
from collections.abc import Iterable

from edge_agent.kit.queries import load_queries
from edge_agent.printing.models import PaperKind

_QUERIES = load_queries(__package__)


def copies(connection: sqlite3.Connection, kind: PaperKind, paper_id: str) -> int:
    """How often the paper was made."""
    row = connection.execute(_QUERIES["copies"], {"kind": kind, "id": paper_id}).fetchone()
    return 0 if row is None else int(row[0])


def count_first(connection: sqlite3.Connection, kind: PaperKind, paper_id: str) -> None:
    """The original."""
    connection.execute(_QUERIES["count_first"], {"kind": kind, "id": paper_id})


def count_copy(
    connection: sqlite3.Connection, kind: PaperKind, paper_id: str, *, before: int
) -> None:
    """One more copy."""
    bound = {"kind": kind, "id": paper_id, "before": before}
    connection.execute(_QUERIES["count_copy"], bound)


def forget(connection: sqlite3.Connection, kind: PaperKind, paper_ids: Iterable[str]) -> None:
    """The papers are gone."""
    rows = [{"kind": kind, "id": paper_id} for paper_id in paper_ids]
    connection.executemany(_QUERIES["forget"], rows)
