"""Shifts and reports: what may be opened and closed, and what a report sums up.

Laws: one open shift per register. A Z is written once, with its shift's close, and its business
date never precedes the one before. Tickets booked after the close are addenda and in no Z.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from edge_agent.sales.rules import ShiftTickets
from protocol.errors import Refused
from protocol.messages.till import (
    MOST_SUMS,
    OTHERS,
    CashCount,
    CashMovementKind,
    ShiftClosed,
    TaxSum,
    TenderSum,
)

CASH = "cash"
_Key = TypeVar("_Key", str, tuple[str, int])


class Shift(Struct, frozen=True, kw_only=True):
    """One register's shift; closed once `closed_at` is set, and then it has its Z."""

    id: UUID
    register_id: UUID
    currency: str
    float_minor: int
    business_date: date
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None = None
    z_number: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether live tickets may still enter."""
        return self.closed_at is None


class RegisterShifts(Struct, frozen=True, kw_only=True):
    """What the register knows: the shift that was named, its open one, its last closed one."""

    named: Shift | None
    current: Shift | None
    last_closed: Shift | None


class CashMovement(Struct, frozen=True, kw_only=True):
    """Cash put in or taken out beside tickets; the amount is unsigned, the kind gives the way."""

    id: UUID
    shift_id: UUID
    kind: CashMovementKind
    amount_minor: int
    reason: str


class CashSums(Struct, frozen=True, kw_only=True):
    """Cash put in or taken out beside tickets, over one shift."""

    paid_in_minor: int = 0
    paid_out_minor: int = 0
    pickup_minor: int = 0
    loan_minor: int = 0


class DrawerReport(Struct, frozen=True, kw_only=True):
    """What should be in the drawer; counted and over/short are known to a Z only."""

    float_minor: int
    sales_minor: int
    returns_minor: int
    paid_in_minor: int
    paid_out_minor: int
    pickup_minor: int
    loan_minor: int
    expected_minor: int
    counted_minor: int | None = None
    over_short_minor: int | None = None


class TillReport(Struct, frozen=True, kw_only=True):
    """An X (reads, no number) or a Z (closes, numbered). Amounts are minor units of `currency`."""

    kind: Literal["x", "z"]
    register_id: UUID
    shift_id: UUID
    z_number: int | None
    business_date: date
    opened_at: datetime
    closed_at: datetime | None
    currency: str
    sales_count: int
    returns_count: int
    gross_minor: int
    returns_minor: int
    net_minor: int
    tenders: list[TenderSum]
    taxes: list[TaxSum]
    cash: DrawerReport
    series_epoch: int | None
    first_receipt: int | None
    last_receipt: int | None
    handed_over_count: int


class Closing(Struct, frozen=True, kw_only=True):
    """What the close adds to an X to make it a Z."""

    z_number: int
    closed_at: datetime
    counted_cash_minor: int


def refuse_second_shift(current: Shift | None) -> None:
    """Raises Refused `shift-open` when the register already has an open shift."""
    if current is not None:
        raise Refused("shift-open", f"Close shift {current.id} of this register first.")


def require_open(shift: Shift | None, *, register_id: UUID) -> Shift:
    """The shift, if this register has it open; else Refused `unknown-shift`, `shift-closed`."""
    if shift is None or shift.register_id != register_id:
        raise Refused("unknown-shift", "This register has no such shift.")
    if not shift.is_open:
        raise Refused("shift-closed", f"Shift {shift.id} is closed; open a new one.")
    return shift


def sum_cash(movements: Iterable[tuple[CashMovementKind, int]]) -> CashSums:
    """Sums per kind of cash movement; the amounts come unsigned."""
    sums = dict.fromkeys(("paid_in", "paid_out", "pickup", "loan"), 0)
    for kind, amount_minor in movements:
        sums[kind] += amount_minor
    return CashSums(**{f"{kind}_minor": amount for kind, amount in sums.items()})


def report(
    shift: Shift, tickets: ShiftTickets, *, cash: CashSums, closing: Closing | None = None
) -> TillReport:
    """The X of a shift as it stands or, with `closing`, its Z."""
    return TillReport(
        kind="x" if closing is None else "z",
        register_id=shift.register_id,
        shift_id=shift.id,
        z_number=None if closing is None else closing.z_number,
        business_date=shift.business_date,
        opened_at=shift.opened_at,
        closed_at=None if closing is None else closing.closed_at,
        currency=shift.currency,
        sales_count=tickets.sales_count,
        returns_count=tickets.returns_count,
        gross_minor=tickets.gross_minor,
        returns_minor=tickets.returns_minor,
        net_minor=tickets.gross_minor - tickets.returns_minor,
        tenders=_tender_sums(tickets),
        taxes=_tax_sums(tickets),
        cash=_drawer(shift, tickets, cash=cash, closing=closing),
        series_epoch=tickets.series_epoch,
        first_receipt=tickets.first_receipt,
        last_receipt=tickets.last_receipt,
        handed_over_count=tickets.handed_over_count,
    )


def shift_closed(z: TillReport) -> ShiftClosed:
    """The Z as the fact that travels to the hub."""
    assert z.z_number is not None
    drawer = z.cash
    assert drawer.counted_minor is not None
    assert drawer.over_short_minor is not None
    return ShiftClosed(
        z_number=z.z_number,
        currency=z.currency,
        sales_count=z.sales_count,
        returns_count=z.returns_count,
        gross_minor=z.gross_minor,
        returns_minor=z.returns_minor,
        net_minor=z.net_minor,
        tenders=z.tenders,
        taxes=z.taxes,
        cash=CashCount(
            float_minor=drawer.float_minor,
            sales_minor=drawer.sales_minor,
            returns_minor=drawer.returns_minor,
            paid_in_minor=drawer.paid_in_minor,
            paid_out_minor=drawer.paid_out_minor,
            pickup_minor=drawer.pickup_minor,
            loan_minor=drawer.loan_minor,
            expected_minor=drawer.expected_minor,
            counted_minor=drawer.counted_minor,
            over_short_minor=drawer.over_short_minor,
        ),
        handed_over_count=z.handed_over_count,
        series_epoch=z.series_epoch,
        first_receipt=z.first_receipt,
        last_receipt=z.last_receipt,
    )


def _tender_sums(tickets: ShiftTickets) -> list[TenderSum]:
    """Per kind: how many tenders of it there were, and what stayed; change is cash, both ways."""
    counts: dict[str, int] = {}
    amounts: dict[str, int] = {}
    for total in tickets.tenders:
        sign = 1 if total.ticket_kind == "sale" else -1
        counts[total.tender_kind] = counts.get(total.tender_kind, 0) + total.count
        amounts[total.tender_kind] = amounts.get(total.tender_kind, 0) + sign * total.amount_minor
    if tickets.change_minor or tickets.returns_change_minor:
        counts.setdefault(CASH, 0)
        change_minor = tickets.change_minor - tickets.returns_change_minor
        amounts[CASH] = amounts.get(CASH, 0) - change_minor
    named = _named(counts, others=OTHERS, first=CASH)
    beyond = counts.keys() - set(named)
    if beyond:
        counts[OTHERS] = sum(counts[kind] for kind in beyond)
        amounts[OTHERS] = sum(amounts[kind] for kind in beyond)
        named.append(OTHERS)
    return [
        TenderSum(kind=kind, count=counts[kind], amount_minor=amounts[kind])
        for kind in sorted(named)
    ]


def _tax_sums(tickets: ShiftTickets) -> list[TaxSum]:
    """Per tax and rate, as the tickets' totals come."""
    totals = {(tax.tax_id, tax.rate_ppm): tax for tax in tickets.taxes}
    others = (OTHERS, 0)
    named = set(_named(totals, others=others))
    beyond = [tax for key, tax in totals.items() if key not in named]
    sums = [
        TaxSum(
            tax_id=tax.tax_id,
            rate_ppm=tax.rate_ppm,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
        )
        for key, tax in totals.items()
        if key in named
    ]
    if beyond:
        base_minor, tax_minor = (
            sum(getattr(tax, name) for tax in beyond) for name in ("base_minor", "tax_minor")
        )
        sums.append(TaxSum(tax_id=OTHERS, rate_ppm=0, base_minor=base_minor, tax_minor=tax_minor))
    return sums


def _named(keys: Collection[_Key], *, others: _Key, first: _Key | None = None) -> list[_Key]:
    """All of them where they fit into a Z, else as many as leave room for the others' sum."""
    if len(keys) <= MOST_SUMS:
        return list(keys)
    in_order = sorted(keys, key=lambda key: (key != first, key))
    return [key for key in in_order if key != others][: MOST_SUMS - 1]


def _drawer(
    shift: Shift, tickets: ShiftTickets, *, cash: CashSums, closing: Closing | None
) -> DrawerReport:
    by_kind = {
        total.ticket_kind: total.amount_minor
        for total in tickets.tenders
        if total.tender_kind == CASH
    }
    sales_minor = by_kind.get("sale", 0) - tickets.change_minor
    returns_minor = by_kind.get("return", 0) - tickets.returns_change_minor
    expected_minor = (
        shift.float_minor
        + sales_minor
        - returns_minor
        + cash.paid_in_minor
        + cash.loan_minor
        - cash.paid_out_minor
        - cash.pickup_minor
    )
    counted_minor = None if closing is None else closing.counted_cash_minor
    return DrawerReport(
        float_minor=shift.float_minor,
        sales_minor=sales_minor,
        returns_minor=returns_minor,
        paid_in_minor=cash.paid_in_minor,
        paid_out_minor=cash.paid_out_minor,
        pickup_minor=cash.pickup_minor,
        loan_minor=cash.loan_minor,
        expected_minor=expected_minor,
        counted_minor=counted_minor,
        over_short_minor=None if counted_minor is None else counted_minor - expected_minor,
    )
