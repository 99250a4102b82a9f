"""The SQL of staff and sign-ins."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import aiosqlite
import msgspec

from edge_agent.kit.queries import load_queries
from edge_agent.staff.models import Caller
from protocol.messages.collections import StaffMember

_QUERIES = load_queries(__package__)
_members = msgspec.json.Decoder(StaffMember)


async def members(reader: aiosqlite.Connection) -> list[StaffMember]:
    """Everyone whom the office published for this shop."""
    rows = await reader.execute_fetchall(_QUERIES["members"])
    return [_members.decode(payload) for (payload,) in rows]


def member_in(connection: sqlite3.Connection, staff_id: UUID) -> StaffMember | None:
    """Someone whom the office publishes still."""
    row = connection.execute(_QUERIES["member"], {"staff_id": str(staff_id)}).fetchone()
    return None if row is None else _members.decode(row[0])


async def caller(reader: aiosqlite.Connection, token_hash: bytes, *, now_ms: int) -> Caller | None:
    """Who signed in with the token and may still work here."""
    found = {"token_hash": token_hash, "now_ms": now_ms}
    return _caller(await reader.execute_fetchall(_QUERIES["caller"], found))


def caller_in(connection: sqlite3.Connection, token_hash: bytes, *, now_ms: int) -> Caller | None:
    """As `caller`, inside the writer's transaction."""
    found = {"token_hash": token_hash, "now_ms": now_ms}
    return _caller(connection.execute(_QUERIES["caller"], found))


def caller_of(member: StaffMember, *, tablet_id: UUID, register_id: UUID) -> Caller:
    """A member of staff at a tablet."""
    return Caller(
        staff_id=member.staff_id,
        name=member.name,
        roles=tuple(member.roles),
        tablet_id=tablet_id,
        register_id=register_id,
    )


def _caller(rows: Iterable[Sequence[Any]]) -> Caller | None:
    for tablet_id, register_id, payload in rows:
        member = _members.decode(payload)
        if member.active:
            return caller_of(member, tablet_id=UUID(tablet_id), register_id=UUID(register_id))
    return None


def insert_sign_in(
    connection: sqlite3.Connection, caller: Caller, *, token_hash: bytes, expires_at_ms: int
) -> None:
    """Remember a sign-in by its token's hash."""
    row = {
        "token_hash": token_hash,
        "staff_id": str(caller.staff_id),
        "tablet_id": str(caller.tablet_id),
        "register_id": str(caller.register_id),
        "expires_at_ms": expires_at_ms,
    }
    connection.execute(_QUERIES["insert_sign_in"], row)


def end_oldest(connection: sqlite3.Connection, tablet_id: UUID, *, most: int) -> None:
    """Keep so many sign-ins of a tablet, the newest."""
    connection.execute(_QUERIES["end_oldest"], {"tablet_id": str(tablet_id), "most": most})


def end_sign_in(connection: sqlite3.Connection, token_hash: bytes) -> None:
    """Forget a sign-in; without one, nothing happens."""
    connection.execute(_QUERIES["end_sign_in"], {"token_hash": token_hash})


def end_expired(connection: sqlite3.Connection, *, now_ms: int, most: int) -> int:
    """Delete some that have expired; returns how many."""
    found = {"now_ms": now_ms, "most": most}
    return connection.execute(_QUERIES["end_expired"], found).rowcount
