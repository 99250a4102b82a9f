"""All SQL that shifts, cash movements and Z reports are written with."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from hub.events.models import ReceivedFact
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from hub.tills.perpetual_rules import ZBefore
from hub.tills.rules import ShiftHeld
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import (
    Addenda,
    CashMoved,
    Perpetual,
    ShiftClosed,
    ShiftOpened,
)
from protocol.vocabulary.numbering import MAX_Z_NUMBER

_QUERIES = load_queries(__package__ or "")

_SHIFT = {
    "id": "uuid",
    "store_id": "uuid",
    "register_id": "uuid",
    "device_id": "uuid",
    "status": "text",
    "business_date": "date",
    "currency": "text",
    "float_minor": "bigint",
}
# A shift is its store's: whoever else names its id changes nothing of it (promise K).
_OWN = ("store_id",)
# A shift may be known closed before its parked opening is read: then only the opening is added.
_OPENED = BulkInsert(
    "shift",
    {**_SHIFT, "opened_at": "timestamptz", "opened_by": "uuid"},
    key=("id",),
    replaced=("opened_at", "opened_by"),
    same=_OWN,
)
# A shift whose opening is parked or dead is first met here.
_CLOSED = BulkInsert(
    "shift",
    {**_SHIFT, "closed_at": "timestamptz", "closed_by": "uuid"},
    key=("id",),
    replaced=("status", "closed_at", "closed_by"),
    same=_OWN,
)
_CASH = BulkInsert(
    "cash_movement",
    {
        "id": "uuid",
        "store_id": "uuid",
        "register_id": "uuid",
        "shift_id": "uuid",
        "staff_id": "uuid",
        "device_id": "uuid",
        "business_date": "date",
        "kind": "text",
        "currency": "text",
        "amount_minor": "bigint",
        "reason": "text",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
    },
)
_Z_REPORTS = BulkInsert(
    "z_report",
    {
        "id": "uuid",
        "store_id": "uuid",
        "register_id": "uuid",
        "shift_id": "uuid",
        "staff_id": "uuid",
        "device_id": "uuid",
        "z_number": "bigint",
        "business_date": "date",
        "currency": "text",
        "closed_at": "timestamptz",
        "received_at": "timestamptz",
        "sales_count": "bigint",
        "returns_count": "bigint",
        "handed_over_count": "bigint",
        "gross_minor": "bigint",
        "returns_minor": "bigint",
        "net_minor": "bigint",
        "tenders": "json",
        "taxes": "json",
        "float_minor": "bigint",
        "cash_sales_minor": "bigint",
        "cash_returns_minor": "bigint",
        "paid_in_minor": "bigint",
        "paid_out_minor": "bigint",
        "pickup_minor": "bigint",
        "loan_minor": "bigint",
        "expected_minor": "bigint",
        "counted_minor": "bigint",
        "over_short_minor": "bigint",
        "series_epoch": "bigint",
        "first_receipt": "bigint",
        "last_receipt": "bigint",
        "duty_minor": "bigint",
        "duty_count": "bigint",
        "perpetual": "json",
        "addenda": "json",
        "chain_hash": "bytea",
        "signature": "bytea",
        "certificate_serial": "text",
    },
)


async def open_shifts(
    session: TenantSession, opened: Sequence[tuple[ReceivedFact, ShiftOpened]]
) -> None:
    """Insert at least one opened shift."""
    rows = [
        _shift_row(fact, status="open", currency=body.currency, float_minor=body.float_minor)
        for fact, body in opened
    ]
    await session.execute(_OPENED.sql, _OPENED.parameters(rows))


async def insert_cash_movements(
    session: TenantSession, moved: Sequence[tuple[ReceivedFact, CashMoved]]
) -> None:
    """Insert at least one cash movement."""
    rows = [
        (
            fact.id,
            fact.envelope.store_id,
            fact.envelope.register_id,
            fact.envelope.shift_id,
            fact.envelope.staff_id,
            fact.device_id,
            fact.business_date,
            body.kind,
            body.currency,
            body.amount_minor,
            body.reason,
            fact.envelope.at,
            fact.received_at,
        )
        for fact, body in moved
    ]
    await session.execute(_CASH.sql, _CASH.parameters(rows))


async def shifts_held(
    session: TenantSession, facts: Sequence[ReceivedFact]
) -> dict[UUID, ShiftHeld]:
    """The shifts that these facts belong to, as far as they are known."""
    ids = sorted({fact.envelope.shift_id for fact in facts if fact.envelope.shift_id is not None})
    rows = await session.rows(_QUERIES["shifts_held"], {"ids": ids})
    return {row["id"]: ShiftHeld(store_id=row["store_id"], status=row["status"]) for row in rows}


async def close_shifts(
    session: TenantSession,
    closed: Sequence[tuple[ReceivedFact, ShiftClosed]],
    *,
    serials: Mapping[UUID, str | None],
) -> None:
    """Write at least one Z and close its shift. `serials`: fact → whose key signed it."""
    rows = [_z_row(fact, z, serials.get(fact.id)) for fact, z in closed]
    await session.execute(_Z_REPORTS.sql, _Z_REPORTS.parameters(rows))
    shifts = [
        _shift_row(fact, status="closed", currency=z.currency, float_minor=z.cash.float_minor)
        for fact, z in closed
    ]
    await session.execute(_CLOSED.sql, _CLOSED.parameters(shifts))


async def highest_z_reports(session: TenantSession, store_id: UUID) -> list[RegisterFloor]:
    """The last of the store's own Zs of each of its registers that has one.

    Dated no later than the day after it came: a clock that was wrong once keeps no till in its
    year.
    """
    place = {"store_id": store_id, "beyond": MAX_Z_NUMBER}
    rows = await session.rows(_QUERIES["highest_z_reports"], place)
    return [
        RegisterFloor(
            register_id=row["register_id"],
            z_number=row["z_number"],
            business_date=row["business_date"],
            perpetual=_perpetual(row["perpetual"]),
        )
        for row in rows
    ]


async def before(session: TenantSession, fact: ReceivedFact, z: ShiftClosed) -> ZBefore:
    """What the register's Zs with lower numbers say; they are in the books."""
    parameters = {**_register(fact, z), "year": z.perpetual.year if z.perpetual else None}
    row = await session.row(_QUERIES["z_before"], parameters)
    assert row is not None
    return ZBefore(
        z_number=row["z_number"],
        last=_perpetual(row["last"]),
        of_year=_perpetual(row["of_year"]),
    )


async def addenda_told(session: TenantSession, fact: ReceivedFact, z: ShiftClosed) -> list[Addenda]:
    """What this Z, which is in the books, and those before told of the late tickets it names."""
    numbers = sorted({each.z_number for each in z.addenda})
    parameters = {**_register(fact, z), "numbers": numbers}
    return [Addenda(**row) for row in await session.rows(_QUERIES["addenda_told"], parameters)]


async def net_of(session: TenantSession, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Z → its net amount, of those that are in the books."""
    rows = await session.rows(_QUERIES["net_of"], {"ids": list(ids)})
    return {row["id"]: row["net_minor"] for row in rows}


def _register(fact: ReceivedFact, z: ShiftClosed) -> dict[str, object]:
    return {
        "register_id": fact.envelope.register_id,
        "store_id": fact.envelope.store_id,
        "currency": z.currency,
        "z_number": z.z_number,
    }


def _perpetual(stored: object) -> Perpetual | None:
    return None if stored is None else msgspec.convert(stored, Perpetual)


def _shift_row(
    fact: ReceivedFact, *, status: str, currency: str, float_minor: int
) -> tuple[object, ...]:
    """The shift as its opening or its Z tells of it, then when and by whom."""
    return (
        fact.envelope.shift_id,
        fact.envelope.store_id,
        fact.envelope.register_id,
        fact.device_id,
        status,
        fact.business_date,
        currency,
        float_minor,
        fact.envelope.at,
        fact.envelope.staff_id,
    )


def _z_row(fact: ReceivedFact, z: ShiftClosed, serial: str | None) -> tuple[object, ...]:
    cash = z.cash
    return (
        fact.id,
        fact.envelope.store_id,
        fact.envelope.register_id,
        fact.envelope.shift_id,
        fact.envelope.staff_id,
        fact.device_id,
        z.z_number,
        fact.business_date,
        z.currency,
        fact.envelope.at,
        fact.received_at,
        z.sales_count,
        z.returns_count,
        z.handed_over_count,
        z.gross_minor,
        z.returns_minor,
        z.net_minor,
        z.tenders,
        z.taxes,
        cash.float_minor,
        cash.sales_minor,
        cash.returns_minor,
        cash.paid_in_minor,
        cash.paid_out_minor,
        cash.pickup_minor,
        cash.loan_minor,
        cash.expected_minor,
        cash.counted_minor,
        cash.over_short_minor,
        z.series_epoch,
        z.first_receipt,
        z.last_receipt,
        z.duty_minor,
        z.duty_count,
        z.perpetual,
        z.addenda,
        z.chain_hash or None,
        z.signature or None,
        serial,
    )
