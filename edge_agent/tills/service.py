"""Opening and closing shifts, moving cash, reading X and Z.

Laws: whatever changes a shift is one commit with its fact. Repeating a request changes nothing and
is answered the same. A cashier may open, close and move cash; every fact says who did.
"""

import sqlite3
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import replace

from edge_agent.journal.models import NewFact
from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.clock import Clock, from_unix_ms, unix_ms
from edge_agent.sales.service import SalesService
from edge_agent.shop.service import ShopService
from edge_agent.storage.writer import Writer
from edge_agent.tills import store
from edge_agent.tills.ports import ZSigner
from edge_agent.tills.report_rules import Closing, TillReport, report, shift_closed
from edge_agent.tills.rules import (
    CashMovement,
    RegisterShifts,
    Shift,
    refuse_second_shift,
    require_open,
)
from protocol.codec.facts import encode_fact
from protocol.errors import NotFound, Refused
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import CashMoved, ShiftOpened
from protocol.vocabulary.business_date import business_date, next_business_date
from protocol.vocabulary.numbering import MAX_Z_NUMBER

_DAY = timedelta(days=1)
_log = structlog.get_logger(__name__)
_reports = msgspec.json.Decoder(TillReport)


class TillParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the tills are built on."""

    writer: Writer
    journal: Journal
    tickets: SalesService
    shop: ShopService
    clock: Clock
    new_id: Callable[[], UUID]
    broadcast: Broadcast
    signer: ZSigner


class TillService:
    """The shop's shifts. Methods that take a connection run inside the writer's transaction."""

    def __init__(self, parts: TillParts) -> None:
        self._parts = parts

    async def open_shift(
        self, shift_id: UUID, *, float_minor: int, register_id: UUID, staff_id: UUID
    ) -> tuple[Shift, bool]:
        """The shift, and whether this call opened it.

        Raises Refused `shift-open` (the register has another open shift), `shift-id-reused`.
        """
        now = self._now()

        def work(connection: sqlite3.Connection) -> tuple[Shift, bool]:
            known = store.shift(connection, shift_id)
            if known is not None:
                if (known.register_id, known.float_minor) != (register_id, float_minor):
                    raise Refused("shift-id-reused", "This id is another shift's: make a new one.")
                return known, False
            refuse_second_shift(store.open_shift(connection, register_id))
            settings = self._parts.shop.settings_in(connection)
            computed = business_date(
                now, timezone=settings.timezone, cutoff_minute=settings.cutoff_minute
            )
            last = store.last_business_date(connection, register_id, until=self._latest_day())
            shift = Shift(
                id=shift_id,
                register_id=register_id,
                currency=settings.currency,
                float_minor=float_minor,
                business_date=next_business_date(last, computed),
                opened_at=now,
                opened_by=staff_id,
            )
            store.insert_shift(connection, shift)
            self._append_opened(connection, shift)
            return shift, True

        shift, opened = await self._parts.writer.submit(work)
        if opened:
            self._announce(shift)
        return shift, opened

    async def close_shift(
        self, shift_id: UUID, *, counted_cash_minor: int, register_id: UUID, staff_id: UUID
    ) -> bytes:
        """The Z report's bytes, written now or when this was asked before.

        Raises NotFound `unknown-shift`, Refused `shift-closed` (with another count).
        """
        fact_id, now = self._parts.new_id(), self._now()

        def work(connection: sqlite3.Connection) -> tuple[bytes, Shift | None]:
            shift = store.shift(connection, shift_id)
            if shift is None or shift.register_id != register_id:
                raise NotFound("unknown-shift", "This register has no such shift.")
            if not shift.is_open:
                return _repeated_z(connection, shift, counted_cash_minor=counted_cash_minor), None
            closing = Closing(
                z_number=store.next_z_number(connection, register_id),
                closed_at=now,
                counted_cash_minor=counted_cash_minor,
                chain_hash=self._parts.journal.state(connection).head_hash,
            )
            z = self._report(connection, shift, closing=closing)
            document = self._write_z(connection, z, fact_id=fact_id, staff_id=staff_id)
            return document, store.shift(connection, shift_id)

        document, closed = await self._parts.writer.submit(work)
        if closed is not None:
            self._announce(closed)
        return document

    async def move_cash(
        self, movement: CashMovement, *, register_id: UUID, staff_id: UUID
    ) -> tuple[bytes, bool]:
        """The movement as answered, and whether this call booked it.

        Raises Refused `unknown-shift`, `shift-closed`, `cash-movement-id-reused`.
        """
        answer = msgspec.json.encode(movement)
        content_hash = sha256(answer).digest()
        now = self._parts.clock.now()

        def work(connection: sqlite3.Connection) -> tuple[bytes, bool]:
            known = store.cash_movement(connection, movement.id)
            if known is not None:
                if known[0] != content_hash:
                    raise Refused(
                        "cash-movement-id-reused", "This id is another movement's: make a new one."
                    )
                return known[1], False
            named = store.shift(connection, movement.shift_id)
            shift = require_open(named, register_id=register_id)
            store.insert_cash_movement(
                connection, movement, content_hash=content_hash, answer=answer
            )
            self._append_cash_moved(connection, movement, shift=shift, at=now, staff_id=staff_id)
            return answer, True

        return await self._parts.writer.submit(work)

    async def current_shift(self, register_id: UUID) -> Shift:
        """The register's open shift; raises NotFound `no-open-shift`."""
        return await self._parts.writer.submit(
            lambda connection: _current_shift(connection, register_id)
        )

    async def x_report(self, register_id: UUID) -> TillReport:
        """The open shift as it stands, read in one moment; raises NotFound `no-open-shift`."""
        return await self._parts.writer.submit(
            lambda connection: self._report(connection, _current_shift(connection, register_id))
        )

    async def z_report(self, register_id: UUID, z_number: int) -> bytes:
        """The bytes that were written at the close; raises NotFound `unknown-z-report`."""
        document = await self._parts.writer.submit(
            lambda connection: store.z_report(
                connection, register_id=register_id, z_number=z_number
            )
        )
        if document is None:
            raise NotFound("unknown-z-report", "This register has no Z of that number.")
        return document

    def shifts_for(
        self, connection: sqlite3.Connection, *, register_id: UUID, shift_id: UUID
    ) -> RegisterShifts:
        """The named shift and the register's own, for a ticket that looks for its place."""
        return RegisterShifts(
            named=store.shift(connection, shift_id),
            current=store.open_shift(connection, register_id),
            last_closed=store.last_closed_shift(connection, register_id),
        )

    async def raise_floors(self, floors: Sequence[RegisterFloor]) -> None:
        """Zs that the hub holds and this box may have lost: the next ones come after them.

        One that is no Z's number is passed over: after it there would be no next one.
        """
        odd = [each for each in floors if not 0 < each.z_number < MAX_Z_NUMBER]
        if odd:
            _log.warning("floors_passed_over", registers=[str(each.register_id) for each in odd])

        def work(connection: sqlite3.Connection) -> None:
            for floor in floors:
                if floor not in odd:
                    store.raise_z_floor(connection, floor)

        await self._parts.writer.submit(work)

    def open_shift_named(
        self, connection: sqlite3.Connection, *, register_id: UUID, shift_id: UUID
    ) -> Shift:
        """The register's open shift of that id; raises Refused `unknown-shift`, `shift-closed`."""
        return require_open(store.shift(connection, shift_id), register_id=register_id)

    def _now(self) -> datetime:
        """In whole milliseconds, as it is stored: a shift read back is the shift answered."""
        return from_unix_ms(unix_ms(self._parts.clock.now()))

    def _latest_day(self) -> date:
        """No business date later than this is right anywhere, by the hub's clock (ADR 16)."""
        hub_now = self._parts.journal.hub_now()
        return date.max if hub_now is None else hub_now.date() + _DAY

    def _report(
        self, connection: sqlite3.Connection, shift: Shift, *, closing: Closing | None = None
    ) -> TillReport:
        tickets = self._parts.tickets.shift_tickets(
            connection,
            shift_id=shift.id,
            register_id=shift.register_id,
            currency=shift.currency,
        )
        before = store.standing(
            connection,
            shift.register_id,
            currency=shift.currency,
            year=shift.business_date.year,
        )
        cash = store.cash_sums(connection, shift.id)
        return report(shift, tickets, cash=cash, before=before, closing=closing)

    def _write_z(
        self, connection: sqlite3.Connection, z: TillReport, *, fact_id: UUID, staff_id: UUID
    ) -> bytes:
        """The shift's close, its Z and its fact, signed where the box has a key."""
        z_number, closed_at = z.z_number, z.closed_at
        assert z_number is not None
        assert closed_at is not None
        encode = partial(
            encode_fact,
            id=fact_id,
            at=closed_at,
            store_id=self._parts.shop.store_id,
            register_id=z.register_id,
            shift_id=z.shift_id,
            staff_id=staff_id,
            business_date=z.business_date,
        )
        body = shift_closed(z)
        raw = encode(body=body)
        signature = self._parts.signer.sign(raw)
        if signature is not None:
            z = replace(z, signature=b64encode(signature).decode())
            raw = encode(body=replace(body, signature=signature))
        document = msgspec.json.encode(z)
        store.close_shift(connection, z.shift_id, closed_at=closed_at)
        store.insert_z_report(connection, z, document=document)
        self._parts.tickets.tell_addenda(
            connection,
            [each.z_number for each in z.addenda],
            register_id=z.register_id,
            currency=z.currency,
            z_number=z_number,
        )
        self._parts.journal.append(connection, NewFact(raw=raw))
        return document

    def _append_opened(self, connection: sqlite3.Connection, shift: Shift) -> None:
        raw = encode_fact(
            id=shift.id,
            at=shift.opened_at,
            store_id=self._parts.shop.store_id,
            body=ShiftOpened(currency=shift.currency, float_minor=shift.float_minor),
            register_id=shift.register_id,
            shift_id=shift.id,
            staff_id=shift.opened_by,
            business_date=shift.business_date,
        )
        self._parts.journal.append(connection, NewFact(raw=raw))

    def _append_cash_moved(
        self,
        connection: sqlite3.Connection,
        movement: CashMovement,
        *,
        shift: Shift,
        at: datetime,
        staff_id: UUID,
    ) -> None:
        raw = encode_fact(
            id=movement.id,
            at=at,
            store_id=self._parts.shop.store_id,
            body=CashMoved(
                kind=movement.kind,
                currency=shift.currency,
                amount_minor=movement.amount_minor,
                reason=movement.reason,
            ),
            register_id=shift.register_id,
            shift_id=shift.id,
            staff_id=staff_id,
            business_date=shift.business_date,
        )
        self._parts.journal.append(connection, NewFact(raw=raw))

    def _announce(self, shift: Shift) -> None:
        self._parts.broadcast.publish(
            "shift",
            {
                "shift_id": str(shift.id),
                "register_id": str(shift.register_id),
                "status": "open" if shift.is_open else "closed",
                "z_number": shift.z_number,
            },
        )


def _current_shift(connection: sqlite3.Connection, register_id: UUID) -> Shift:
    shift = store.open_shift(connection, register_id)
    if shift is None:
        raise NotFound("no-open-shift", "Open a shift on this register first.")
    return shift


def _repeated_z(connection: sqlite3.Connection, shift: Shift, *, counted_cash_minor: int) -> bytes:
    document = store.z_report_of_shift(connection, shift.id)
    assert document is not None, f"closed shift {shift.id} has no Z"
    if _reports.decode(document).cash.counted_minor != counted_cash_minor:
        raise Refused("shift-closed", f"Shift {shift.id} was closed with another count.")
    return document
