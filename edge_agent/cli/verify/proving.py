"""Fact by fact in their order: chain, numbers, figures, Zs.

Law: a fact is judged by what came before it alone; after a fault the walk goes on from what is
written, so that one fault is told once.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from edge_agent.cli.verify.recomputing import differences
from edge_agent.cli.verify.shifts import ShiftBook, Ticket, kind_of
from edge_agent.cli.verify.verdict import Fault, Verdict
from edge_agent.journal.reading import HeldFact
from edge_agent.sales.rules import AddendaTotal
from edge_agent.tills.report_rules import Standing
from protocol.codec.chain import link
from protocol.codec.facts import decode_fact
from protocol.codec.signatures import split_signature, z_is_signed_by
from protocol.errors import RemoteProtocolError
from protocol.messages.facts import Envelope
from protocol.messages.invoice import InvoiceIssued
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import CashMoved, Perpetual, ShiftClosed, ShiftOpened

# Sales that are kept in memory for their returns; a return of an older one is unproved.
_MOST_SALES = 200_000
# These bear a register and a business date.
_OF_REGISTERS = (SaleFinalised, ReturnFinalised, InvoiceIssued, ShiftOpened, CashMoved, ShiftClosed)


class Prover:
    """Walks a journal. `previous`: the hash before its first fact, None where that was pruned;
    `keys`: public keys (DER) that may have signed."""

    def __init__(
        self, verdict: Verdict, *, first_seq: int, previous: bytes | None, keys: list[bytes]
    ) -> None:
        self.verdict = verdict
        self._from_the_start = first_seq == 1
        self._next_seq = first_seq
        self._previous = previous
        self._keys = keys
        self._epoch = 0
        self._own_epoch = 0
        self._ids: set[UUID] = set()
        self._receipts: dict[tuple[UUID | None, int], int] = {}
        self._invoices: dict[tuple[object, ...], int] = {}
        self._sales: dict[UUID, tuple[bytes, dict[int, Decimal]]] = {}
        self._shifts: dict[UUID, ShiftBook] = {}
        self._zs: dict[UUID, ShiftClosed] = {}
        self._years: dict[tuple[UUID, int], Perpetual] = {}
        self._addenda: dict[UUID, dict[tuple[int, str, int, str], AddendaTotal]] = {}

    def take(self, row: HeldFact) -> None:
        """The next fact."""
        verdict = self.verdict
        verdict.fact_count += 1
        verdict.last_seq = row.seq
        before = self._chain(row)
        try:
            fact = decode_fact(row.raw)
        except RemoteProtocolError as error:
            verdict.add(Fault(row.seq, error.code, "fact"))
            return
        if fact.envelope.id in self._ids:
            verdict.add(Fault(row.seq, "id-reused", str(fact.envelope.id)))
        self._ids.add(fact.envelope.id)
        body, envelope = fact.body, fact.envelope
        if envelope.register_id is None and isinstance(body, _OF_REGISTERS):
            verdict.add(Fault(row.seq, "incomplete", "register_id"))
            return
        if envelope.business_date is None and isinstance(body, _OF_REGISTERS):
            verdict.add(Fault(row.seq, "incomplete", "business_date"))
            return
        if isinstance(body, SaleFinalised | ReturnFinalised):
            self._ticket(row, envelope, body)
        elif isinstance(body, InvoiceIssued):
            self._invoice(row.seq, envelope, body)
        elif isinstance(body, ShiftOpened):
            self._open(envelope, body)
        elif isinstance(body, CashMoved) and envelope.shift_id in self._shifts:
            self._shifts[envelope.shift_id].move(body)
        elif isinstance(body, ShiftClosed):
            self._close(row, envelope, body, before=before)

    def _chain(self, row: HeldFact) -> bytes | None:
        """The hash before the fact, as it is written."""
        before = self._previous
        if row.seq != self._next_seq:
            self.verdict.compare(row.seq, "gap", "seq", expected=self._next_seq, found=row.seq)
        elif before is not None:
            expected = link(before, epoch=row.epoch, seq=row.seq, raw=row.raw)
            self.verdict.compare(
                row.seq, "chain", "hash", expected=expected.hex(), found=row.hash.hex()
            )
        if row.epoch < self._epoch:
            self.verdict.compare(
                row.seq, "epoch-falls", "epoch", expected=self._epoch, found=row.epoch
            )
        self._epoch, self._next_seq, self._previous = row.epoch, row.seq + 1, row.hash
        return before

    def _ticket(self, row: HeldFact, envelope: Envelope, ticket: Ticket) -> None:
        self.verdict.ticket_count += 1
        self._own_epoch = max(self._own_epoch, ticket.series_epoch)
        series = (envelope.register_id, ticket.series_epoch)
        expected = self._expected(self._receipts, series, number=ticket.receipt_number)
        self.verdict.compare(
            row.seq,
            "receipt-number",
            str(series),
            expected=expected,
            found=ticket.receipt_number,
        )
        self._figures(row, envelope, ticket)
        if ticket.addendum_to_z is not None:
            self._remember_addendum(envelope, ticket)
        elif envelope.shift_id in self._shifts:
            self._shifts[envelope.shift_id].add(ticket)

    def _expected(self, known: dict[Any, int], series: Any, *, number: int) -> int:
        """The series' next number: from 1, or from the first that is held where older facts were
        pruned."""
        last = known.get(series)
        known[series] = max(number, last or 0)
        return number if last is None and not self._from_the_start else (last or 0) + 1

    def _figures(self, row: HeldFact, envelope: Envelope, ticket: Ticket) -> None:
        sale: SaleFinalised | None = None
        returned: dict[int, Decimal] = {}
        if isinstance(ticket, ReturnFinalised) and ticket.original_sale_id is not None:
            known = self._sales.get(ticket.original_sale_id)
            if known is None:
                self.verdict.unproved_tickets += 1
                return
            raw, returned = known
            original = decode_fact(raw).body
            assert isinstance(original, SaleFinalised)
            sale = original
        elif isinstance(ticket, SaleFinalised) and len(self._sales) < _MOST_SALES:
            self._sales[envelope.id] = (row.raw, {})
        assert envelope.business_date is not None
        found = differences(ticket, on=envelope.business_date, original=sale, returned=returned)
        for line in ticket.lines if sale is not None else ():
            if line.original_line_no is not None and line.quantity.is_finite():
                before = returned.get(line.original_line_no, Decimal(0))
                returned[line.original_line_no] = before + max(line.quantity, Decimal(0))
        if found and ticket.flags:
            self.verdict.flagged_count += 1
            return
        for subject, expected, told in found:
            self.verdict.compare(row.seq, "figure", subject, expected=expected, found=told)

    def _invoice(self, seq: int, envelope: Envelope, issued: InvoiceIssued) -> None:
        self.verdict.invoice_count += 1
        series = (
            str(issued.legal_entity_id),
            str(envelope.register_id),
            issued.series_epoch,
            issued.year,
            issued.kind,
        )
        expected = self._expected(self._invoices, series, number=issued.number)
        self.verdict.compare(
            seq, "invoice-number", str(series), expected=expected, found=issued.number
        )

    def _open(self, envelope: Envelope, opened: ShiftOpened) -> None:
        assert envelope.register_id is not None
        assert envelope.business_date is not None
        self._shifts[envelope.id] = ShiftBook(
            envelope.id,
            envelope.register_id,
            opened,
            at=envelope.at,
            on=envelope.business_date,
        )

    def _remember_addendum(self, envelope: Envelope, ticket: Ticket) -> None:
        assert envelope.register_id is not None
        assert envelope.business_date is not None
        assert ticket.addendum_to_z is not None
        year, kind = envelope.business_date.year, kind_of(ticket)
        key = (ticket.addendum_to_z, kind, year, ticket.currency)
        of_register = self._addenda.setdefault(envelope.register_id, {})
        before = of_register.get(key) or AddendaTotal(
            z_number=ticket.addendum_to_z,
            ticket_kind=kind,
            year=year,
            count=0,
            payable_minor=0,
            duty_minor=0,
        )
        of_register[key] = replace(
            before,
            count=before.count + 1,
            payable_minor=before.payable_minor + ticket.totals.payable_minor,
            duty_minor=before.duty_minor + ticket.totals.duty_minor,
        )

    def _close(
        self, row: HeldFact, envelope: Envelope, found: ShiftClosed, *, before: bytes | None
    ) -> None:
        self.verdict.z_count += 1
        self._signature(row, found)
        self._head(row, found, before=before)
        register_id = envelope.register_id
        book = None if envelope.shift_id is None else self._shifts.pop(envelope.shift_id, None)
        if book is None or register_id is None:
            self.verdict.unproved_zs += 1
        else:
            self._sums(row.seq, register_id, book, found=found)
        if register_id is not None:
            self._zs[register_id] = found
            if found.perpetual is not None:
                self._years[register_id, found.perpetual.year] = found.perpetual
            told = {each.z_number for each in found.addenda}
            waiting = self._addenda.get(register_id, {})
            self._addenda[register_id] = {
                key: total for key, total in waiting.items() if total.z_number not in told
            }

    def _sums(self, seq: int, register_id: UUID, book: ShiftBook, *, found: ShiftClosed) -> None:
        last = self._zs.get(register_id)
        last_number = 0 if last is None else last.z_number
        if found.z_number <= last_number:
            self.verdict.add(
                Fault(seq, "z-number", str(register_id), str(last_number + 1), str(found.z_number))
            )
        # What lies before a first Z, or between two that are not neighbours, only the hub knows.
        follows = found.z_number == last_number + 1 and (last or self._from_the_start)
        before = Standing(
            last=None if last is None else last.perpetual,
            of_year=self._years.get((register_id, book.year)),
        )
        waiting = self._addenda.get(register_id, {})
        addenda = [
            total for (*_, currency), total in sorted(waiting.items()) if currency == book.currency
        ]
        expected = book.z(found, before=before, addenda=addenda)
        skipped = {"signature", "chain_hash"}
        if not follows or found.perpetual is None:
            skipped |= {"perpetual", "addenda"}
        if not follows:
            self.verdict.unproved_zs += 1
        for name in found.__struct_fields__:
            if name not in skipped:
                self.verdict.compare(
                    seq,
                    "z-sum",
                    f"z {found.z_number}: {name}",
                    expected=getattr(expected, name),
                    found=getattr(found, name),
                )

    def _head(self, row: HeldFact, found: ShiftClosed, *, before: bytes | None) -> None:
        """The Z names the head that it closed; not any more where its facts were chained anew
        under another epoch, which tickets of that epoch show not to have been."""
        if not found.chain_hash or before is None or found.chain_hash == before:
            return
        if self._own_epoch < row.epoch:
            self.verdict.rechained_zs += 1
            return
        self.verdict.compare(
            row.seq,
            "z-head",
            f"z {found.z_number}",
            expected=before.hex(),
            found=found.chain_hash.hex(),
        )

    def _signature(self, row: HeldFact, found: ShiftClosed) -> None:
        try:
            _, signature = split_signature(row.raw)
        except RemoteProtocolError as error:
            self.verdict.add(Fault(row.seq, error.code, f"z {found.z_number}: signature"))
            return
        if signature is None:
            self.verdict.unsigned_zs += 1
        elif any(z_is_signed_by(row.raw, public_key=key) for key in self._keys):
            self.verdict.signed_zs += 1
        else:
            self.verdict.unproved_signatures += 1
