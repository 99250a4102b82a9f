"""Shifts, cash movements and Z reports in SQLite, inside the transaction that is handed in."""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from edge_agent.kit.clock import from_unix_ms, unix_ms
from edge_agent.kit.queries import load_queries
from edge_agent.tills.report_rules import Standing, TillReport
from edge_agent.tills.rules import CashMovement, CashSums, Shift, sum_cash
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import Perpetual

_QUERIES = load_queries("edge_agent.tills")
_perpetuals = msgspec.json.Decoder(Perpetual)


def shift(connection: sqlite3.Connection, shift_id: UUID) -> Shift | None:
    """The shift of this id, on whatever register."""
    return _one_shift(connection, "shift_by_id", {"id": str(shift_id)})


def open_shift(connection: sqlite3.Connection, register_id: UUID) -> Shift | None:
    """The register's open shift; there is at most one."""
    return _one_shift(connection, "open_shift_of_register", {"register_id": str(register_id)})


def last_closed_shift(connection: sqlite3.Connection, register_id: UUID) -> Shift | None:
    """The shift of the register's newest Z."""
    return _one_shift(
        connection, "last_closed_shift_of_register", {"register_id": str(register_id)}
    )


def last_business_date(
    connection: sqlite3.Connection, register_id: UUID, *, until: date
) -> date | None:
    """The latest business date up to `until` that any shift of the register had."""
    parameters = {"register_id": str(register_id), "until": until.isoformat()}
    (latest,) = connection.execute(_QUERIES["last_business_date"], parameters).fetchone()
    return None if latest is None else date.fromisoformat(latest)


def insert_shift(connection: sqlite3.Connection, opened: Shift) -> None:
    """Open it; the schema refuses a second open shift of the register."""
    connection.execute(
        _QUERIES["insert_shift"],
        {
            "id": str(opened.id),
            "register_id": str(opened.register_id),
            "currency": opened.currency,
            "float_minor": opened.float_minor,
            "business_date": opened.business_date.isoformat(),
            "opened_at_ms": unix_ms(opened.opened_at),
            "opened_by": str(opened.opened_by),
        },
    )


def close_shift(connection: sqlite3.Connection, shift_id: UUID, *, closed_at: datetime) -> None:
    """Close an open shift."""
    parameters = {"id": str(shift_id), "closed_at_ms": unix_ms(closed_at)}
    closed = connection.execute(_QUERIES["close_shift"], parameters).rowcount
    assert closed == 1


def next_z_number(connection: sqlite3.Connection, register_id: UUID) -> int:
    """The number that the register's next Z takes, from 1."""
    parameters = {"register_id": str(register_id)}
    (number,) = connection.execute(_QUERIES["next_z_number"], parameters).fetchone()
    return int(number)


def raise_z_floor(connection: sqlite3.Connection, floor: RegisterFloor) -> None:
    """The next Z of the register, and its business date, come after these."""
    row = {
        "register_id": str(floor.register_id),
        "z_number": floor.z_number,
        "business_date": floor.business_date.isoformat(),
        "perpetual": None if floor.perpetual is None else msgspec.json.encode(floor.perpetual),
    }
    connection.execute(_QUERIES["raise_z_floor"], row)


def standing(
    connection: sqlite3.Connection, register_id: UUID, *, currency: str, year: int
) -> Standing:
    """What the register had sold up to its newest Z, this box's own or one that only the hub
    holds (promise N: never set back)."""
    parameters = {"register_id": str(register_id), "currency": currency}
    own = connection.execute(_QUERIES["newest_perpetual"], {**parameters, "year": None}).fetchone()
    hubs = connection.execute(_QUERIES["floor_perpetual"], parameters).fetchone()
    newest = max((row for row in (own, hubs) if row is not None), key=_z_number, default=None)
    last = None if newest is None else _perpetuals.decode(newest[1])
    if last is None or last.year == year:
        return Standing(last=last, of_year=last)
    of_year = connection.execute(
        _QUERIES["newest_perpetual"], {**parameters, "year": year}
    ).fetchone()
    return Standing(last=last, of_year=None if of_year is None else _perpetuals.decode(of_year[1]))


def _z_number(row: Sequence[Any]) -> int:
    return int(row[0])


def insert_z_report(connection: sqlite3.Connection, z: TillReport, *, document: bytes) -> None:
    """Keep the Z as it was answered, for ever."""
    connection.execute(
        _QUERIES["insert_z_report"],
        {
            "register_id": str(z.register_id),
            "z_number": z.z_number,
            "shift_id": str(z.shift_id),
            "document": document,
        },
    )


def z_report(connection: sqlite3.Connection, *, register_id: UUID, z_number: int) -> bytes | None:
    """The register's Z of this number."""
    parameters = {"register_id": str(register_id), "z_number": z_number}
    row = connection.execute(_QUERIES["z_report_by_number"], parameters).fetchone()
    return None if row is None else bytes(row[0])


def z_report_of_shift(connection: sqlite3.Connection, shift_id: UUID) -> bytes | None:
    """The Z that closed the shift."""
    parameters = {"shift_id": str(shift_id)}
    row = connection.execute(_QUERIES["z_report_by_shift"], parameters).fetchone()
    return None if row is None else bytes(row[0])


def cash_movement(connection: sqlite3.Connection, movement_id: UUID) -> tuple[bytes, bytes] | None:
    """Content hash and answer of a booked movement."""
    parameters = {"id": str(movement_id)}
    row = connection.execute(_QUERIES["cash_movement_by_id"], parameters).fetchone()
    return None if row is None else (bytes(row[0]), bytes(row[1]))


def insert_cash_movement(
    connection: sqlite3.Connection,
    movement: CashMovement,
    *,
    content_hash: bytes,
    answer: bytes,
) -> None:
    """Book the movement with its answer."""
    connection.execute(
        _QUERIES["insert_cash_movement"],
        {
            "id": str(movement.id),
            "shift_id": str(movement.shift_id),
            "kind": movement.kind,
            "amount_minor": movement.amount_minor,
            "content_hash": content_hash,
            "answer": answer,
        },
    )


def cash_sums(connection: sqlite3.Connection, shift_id: UUID) -> CashSums:
    """Cash moved beside tickets during the shift."""
    parameters = {"shift_id": str(shift_id)}
    return sum_cash(connection.execute(_QUERIES["shift_cash_movements"], parameters))


def _one_shift(
    connection: sqlite3.Connection, query: str, parameters: dict[str, str]
) -> Shift | None:
    row = connection.execute(_QUERIES[query], parameters).fetchone()
    if row is None:
        return None
    return Shift(
        id=UUID(row[0]),
        register_id=UUID(row[1]),
        currency=row[2],
        float_minor=row[3],
        business_date=date.fromisoformat(row[4]),
        opened_at=from_unix_ms(row[5]),
        opened_by=UUID(row[6]),
        closed_at=None if row[7] is None else from_unix_ms(row[7]),
        z_number=row[8],
    )
