"""Whether a journal is whole, fact after fact: its chain, and what its facts say of each other.

The file's law: everything is reckoned anew from the bytes; what the books say is held against it,
never believed. Memory is bounded, however long the journal: open shifts, and a number per series.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from hub.events.models import Odd
from hub.ingest.shift_rules import LateTickets, OpenShift
from hub.sales.invoice_rules import NewInvoice, NumberHeld, number_differences
from hub.sales.rules import Ticket, differences
from hub.tills.perpetual_rules import Standings, added, addenda_differences, perpetual_differences
from hub.tills.rules import Difference as TillDifference
from hub.tills.rules import cash_differences, ticket_differences
from protocol.codec.chain import link
from protocol.messages.facts import Fact
from protocol.messages.invoice import InvoiceIssued
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import ShiftClosed
from protocol.session.hub import Epoch

HASH_BREAKS = "journal-hash-breaks"
GAP = "journal-gap"
END_DIFFERS = "journal-end-differs"
FORK_DIFFERS = "journal-fork-differs"
SET_ASIDE = "fact-set-aside"
NOT_BOOKED = "fact-not-booked"
OTHER_CONTENT = "fact-id-reused"
BOOKS_DIFFER = "books-differ"
RECEIPT_GAP = "receipt-number-gap"
CHAIN_DIFFERS = "z-chain-differs"
SHIFT_TWICE = "z-shift-not-open"

MOST_SHIFTS = 2_000
_MOST_SERIES = 20_000

Place = tuple[int, int]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Finding(Struct, frozen=True, kw_only=True):
    """Something that does not hold, at a place of a device's journal."""

    code: str
    epoch: int
    seq: int
    subject: str = ""
    expected: str | None = None
    found: str | None = None
    fact_id: UUID | None = None


class Effect(Struct, frozen=True, kw_only=True):
    """Where a fact took effect, and what it contained then."""

    content_hash: bytes
    device_id: UUID
    place: Place
    business_date: date


class ReadFact(Struct, frozen=True, kw_only=True):
    """A fact that took effect at this place. `before`: the hash before it; `only_line`: no other
    history of the device ever was."""

    place: Place
    fact: Fact
    business_date: date
    before: bytes
    only_line: bool


class ChainProof:
    """One epoch's rows, in order: each hash from the one before and the row's own bytes."""

    def __init__(self, line: Epoch) -> None:
        self._line = line
        self._hash = line.base_hash
        self._seq = line.base

    @property
    def hash(self) -> bytes:
        """Of the newest row, as it was kept."""
        return self._hash

    def row(self, seq: int, raw: bytes, kept: bytes) -> Iterator[Finding]:
        """The next row. What breaks is told once: the next is held against what was kept."""
        epoch = self._line.epoch
        if seq != self._seq + 1:
            yield Finding(code=GAP, epoch=epoch, seq=self._seq + 1, subject="seq", found=str(seq))
        else:
            expected = link(self._hash, epoch=epoch, seq=seq, raw=raw)
            if expected != kept:
                yield Finding(
                    code=HASH_BREAKS,
                    epoch=epoch,
                    seq=seq,
                    subject="hash",
                    expected=expected.hex(),
                    found=kept.hex(),
                )
        self._seq, self._hash = seq, kept

    def end(self) -> Iterator[Finding]:
        """No more rows came."""
        line = self._line
        if self._seq < line.hwm:
            yield Finding(
                code=GAP,
                epoch=line.epoch,
                seq=self._seq + 1,
                subject="seq",
                expected=str(line.hwm),
                found=str(self._seq),
            )
        elif self._hash != line.hash:
            yield Finding(
                code=END_DIFFERS,
                epoch=line.epoch,
                seq=line.hwm,
                subject="hash",
                expected=line.hash.hex(),
                found=self._hash.hex(),
            )


class FactsProof:
    """What the facts of a store's boxes say of each other, in journal order.

    `whole`: every box of the store is read, from the first; else a register's first Z and a series'
    first number are taken as they are, since what went before may be another box's.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self._whole = whole
        self._shifts: OrderedDict[tuple[UUID, str], OpenShift] = OrderedDict()
        self._closed: OrderedDict[UUID, None] = OrderedDict()
        self._forgot_shifts = False
        self._receipts: OrderedDict[tuple[UUID | None, int], int] = OrderedDict()
        self._invoices: OrderedDict[tuple[object, ...], int] = OrderedDict()
        self._standings = Standings()
        self._late: defaultdict[tuple[UUID | None, str], LateTickets] = defaultdict(LateTickets)
        self._told: defaultdict[tuple[UUID | None, str], LateTickets] = defaultdict(LateTickets)

    def fact(self, read: ReadFact) -> Iterator[Finding]:
        """The next fact that took effect."""
        body = read.fact.body
        if isinstance(body, SaleFinalised | ReturnFinalised):
            yield from self._ticket(read, body)
        elif isinstance(body, ShiftClosed):
            yield from self._z(read, body)
        elif isinstance(body, InvoiceIssued):
            yield from self._invoice(read, body)

    def _ticket(self, read: ReadFact, ticket: Ticket) -> Iterator[Finding]:
        envelope = read.fact.envelope
        for odd in differences(ticket, on=envelope.business_date or read.business_date):
            yield _odd(read, odd)
        series = (envelope.register_id, ticket.series_epoch)
        first = 0 if self._whole else ticket.receipt_number - 1
        expected = self._receipts.get(series, first) + 1
        if ticket.receipt_number != expected:
            subject = f"receipt.{ticket.series_epoch}"
            found = str(ticket.receipt_number)
            yield finding_of(
                read, RECEIPT_GAP, subject=subject, expected=str(expected), found=found
            )
        _remember(self._receipts, series, max(expected - 1, ticket.receipt_number))
        if ticket.addendum_to_z is not None:
            late = self._late[envelope.register_id, ticket.currency]
            late.add(ticket.addendum_to_z, LateTickets.sums_of(ticket))
        elif envelope.shift_id is not None:
            key = (envelope.shift_id, ticket.currency)
            self._shifts.setdefault(key, OpenShift()).add(ticket)
            self._shifts.move_to_end(key)
            if len(self._shifts) > MOST_SHIFTS:
                self._shifts.popitem(last=False)
                self._forgot_shifts = True

    def _z(self, read: ReadFact, z: ShiftClosed) -> Iterator[Finding]:
        envelope = read.fact.envelope
        odds = cash_differences(z.cash)
        shift_id, register_id = envelope.shift_id, envelope.register_id
        if shift_id in self._closed:
            yield finding_of(read, SHIFT_TWICE, subject="shift", expected="open", found="closed")
        elif shift_id is not None:
            shift = self._shifts.pop((shift_id, z.currency), None)
            _remember(self._closed, shift_id, None)
            if shift is not None or not self._forgot_shifts:
                odds += ticket_differences(z, (shift or OpenShift()).totals())
        if z.chain_hash and read.only_line and z.chain_hash != read.before:
            before, said = read.before.hex(), z.chain_hash.hex()
            yield finding_of(read, CHAIN_DIFFERS, subject="chain_hash", expected=before, found=said)
        if register_id is not None:
            known = self._whole or self._standings.knows(register_id)
            if z.perpetual is not None and known:
                odds += perpetual_differences(z, self._standings.before(register_id, z))
            self._standings.follow(register_id, z)
            odds += self._addenda(register_id, z)
        for odd in odds:
            yield _odd(read, odd)

    def _addenda(self, register_id: UUID, z: ShiftClosed) -> list[TillDifference]:
        own = (register_id, z.currency)
        for number, sums in added(z.addenda).items():
            self._told[own].add(number, sums)
        return addenda_differences(z, told=self._told[own].sums, held=self._late[own].sums)

    def _invoice(self, read: ReadFact, issued: InvoiceIssued) -> Iterator[Finding]:
        envelope = read.fact.envelope
        invoice = NewInvoice(
            store_id=envelope.store_id, register_id=envelope.register_id, issued=issued
        )
        last = self._invoices.get(invoice.series)
        if last is None and not self._whole:
            last = issued.number - 1
        twice = last is not None and issued.number <= last
        (odds,) = number_differences([invoice], [NumberHeld(last, twice)])
        for odd in odds:
            yield _odd(read, odd)
        _remember(self._invoices, invoice.series, max(last or 0, issued.number))


def read_aside(place: Place, *, reason: str | None) -> Finding:
    """A row that has its place in the journal and no effect."""
    return Finding(code=SET_ASIDE, epoch=place[0], seq=place[1], subject=reason or "")


def _odd(read: ReadFact, odd: Odd) -> Finding:
    return finding_of(read, odd.code, subject=odd.subject, expected=odd.expected, found=odd.found)


def finding_of(
    read: ReadFact, code: str, *, subject: str, expected: str | None, found: str | None
) -> Finding:
    """It, of this fact."""
    epoch, seq = read.place
    return Finding(
        code=code,
        epoch=epoch,
        seq=seq,
        subject=subject,
        expected=expected,
        found=found,
        fact_id=read.fact.envelope.id,
    )


def _remember(held: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    held[key] = value
    held.move_to_end(key)
    if len(held) > _MOST_SERIES:
        held.popitem(last=False)
