"""The SQL of commands and resyncs, inside a function given to `Writer.submit`."""

import sqlite3
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from edge_agent.kit.queries import load_queries

_QUERIES = load_queries(__package__)
_COMMANDS_KEPT = 1_000


class KnownCommand(Struct, frozen=True):
    """A command that was begun; `result` None: it has not ended."""

    result: str | None
    detail: str


def begin_command(
    connection: sqlite3.Connection, command_id: UUID, *, kind: str, at_ms: int
) -> KnownCommand | None:
    """None: it is new and is begun now. Otherwise what is known of it."""
    found = connection.execute(_QUERIES["command"], {"id": str(command_id)}).fetchone()
    if found is not None:
        return KnownCommand(*found)
    row = {"id": str(command_id), "kind": kind, "at_ms": at_ms}
    connection.execute(_QUERIES["begin_command"], row)
    connection.execute(_QUERIES["forget_commands"], {"kept": _COMMANDS_KEPT})
    return None


def end_command(
    connection: sqlite3.Connection, command_id: UUID, *, result: str, detail: str
) -> None:
    """What became of it."""
    row = {"id": str(command_id), "result": result, "detail": detail}
    connection.execute(_QUERIES["end_command"], row)


def resyncs(connection: sqlite3.Connection) -> dict[str, bool]:
    """The collections to pull from the start → whether that has begun."""
    return {name: bool(begun) for name, begun in connection.execute(_QUERIES["resyncs"])}


def ask_resync(connection: sqlite3.Connection, collections: Iterable[str]) -> None:
    """Pull these from the start, also if that was under way."""
    for name in collections:
        connection.execute(_QUERIES["ask_resync"], {"collection": name})


def note_page(
    connection: sqlite3.Connection, collection: str, *, restart: bool, done: bool
) -> None:
    """A page of the collection was staged."""
    if restart:
        connection.execute(_QUERIES["begin_resync"], {"collection": collection})
    if done:
        connection.execute(_QUERIES["end_resync"], {"collection": collection})
