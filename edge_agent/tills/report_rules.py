"""X and Z: what a report sums up.

Laws: a Z is written once, with its shift's close. Tickets booked after the close are addenda: in no
Z's sums, but told by the register's next one and in its perpetual totals, each once.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from edge_agent.sales.rules import AddendaTotal, ShiftTickets, TaxTotal
from edge_agent.tills.rules import CashSums, Shift
from protocol.messages.till import (
    MOST_SUMS,
    OTHERS,
    Addenda,
    CashCount,
    Perpetual,
    ShiftClosed,
    TaxSum,
    TenderSum,
)

CASH = "cash"
_TaxKey = tuple[str, int, str]
_Key = TypeVar("_Key", str, _TaxKey)


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
    """An X (reads, no number) or a Z (closes, numbered). Amounts are minor units of `currency`.

    `chain_hash` in hex, `signature` in base64: a Z's alone, as its fact bears them.
    """

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
    duty_minor: int = 0
    duty_count: int = 0
    perpetual: Perpetual | None = None
    addenda: list[Addenda] = []
    chain_hash: str | None = None
    signature: str | None = None


class Closing(Struct, frozen=True, kw_only=True):
    """What the close adds to an X to make it a Z."""

    z_number: int
    closed_at: datetime
    counted_cash_minor: int
    chain_hash: bytes


class Standing(Struct, frozen=True, kw_only=True):
    """The perpetual totals before a report: of the register's newest Z, and of its newest one in
    the shift's business year; None where no Z tells of them."""

    last: Perpetual | None = None
    of_year: Perpetual | None = None


def report(
    shift: Shift,
    tickets: ShiftTickets,
    *,
    cash: CashSums,
    before: Standing,
    closing: Closing | None = None,
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
        duty_minor=tickets.duty_minor,
        duty_count=tickets.duty_count,
        perpetual=_perpetual(shift, tickets, before=before),
        addenda=_addenda(tickets.addenda),
        chain_hash=None if closing is None else closing.chain_hash.hex(),
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
        duty_minor=z.duty_minor,
        duty_count=z.duty_count,
        perpetual=z.perpetual,
        addenda=z.addenda,
        chain_hash=bytes.fromhex(z.chain_hash or ""),
    )


def _perpetual(shift: Shift, tickets: ShiftTickets, *, before: Standing) -> Perpetual:
    """What was before, and this shift, and the addenda that nobody told of yet."""
    year = shift.business_date.year
    last, of_year = before.last or _nothing(year), before.of_year or _nothing(year)
    sales, returns = _of_kind(tickets.addenda, "sale"), _of_kind(tickets.addenda, "return")
    return Perpetual(
        sales_minor=last.sales_minor + tickets.gross_minor + _payable(sales),
        returns_minor=last.returns_minor + tickets.returns_minor + _payable(returns),
        sales_count=last.sales_count + tickets.sales_count + sum(each.count for each in sales),
        returns_count=(
            last.returns_count + tickets.returns_count + sum(each.count for each in returns)
        ),
        duty_minor=(
            last.duty_minor + tickets.duty_minor + sum(each.duty_minor for each in tickets.addenda)
        ),
        year=year,
        year_sales_minor=of_year.year_sales_minor + tickets.gross_minor + _payable(sales, year),
        year_returns_minor=(
            of_year.year_returns_minor + tickets.returns_minor + _payable(returns, year)
        ),
    )


def _nothing(year: int) -> Perpetual:
    return Perpetual(
        sales_minor=0,
        returns_minor=0,
        sales_count=0,
        returns_count=0,
        duty_minor=0,
        year=year,
        year_sales_minor=0,
        year_returns_minor=0,
    )


def _of_kind(addenda: Iterable[AddendaTotal], kind: str) -> list[AddendaTotal]:
    return [each for each in addenda if each.ticket_kind == kind]


def _payable(addenda: Iterable[AddendaTotal], year: int | None = None) -> int:
    return sum(each.payable_minor for each in addenda if year in (None, each.year))


def _addenda(totals: Iterable[AddendaTotal]) -> list[Addenda]:
    """Per older Z, in their order."""
    by_z: dict[int, list[AddendaTotal]] = {}
    for total in totals:
        by_z.setdefault(total.z_number, []).append(total)
    return [
        Addenda(
            z_number=z_number,
            sales_count=sum(each.count for each in _of_kind(found, "sale")),
            sales_minor=_payable(_of_kind(found, "sale")),
            returns_count=sum(each.count for each in _of_kind(found, "return")),
            returns_minor=_payable(_of_kind(found, "return")),
        )
        for z_number, found in sorted(by_z.items())
    ]


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
    """Per tax, rate and treatment, as the tickets' totals come."""
    totals = {(tax.tax_id, tax.rate_ppm, tax.treatment): tax for tax in tickets.taxes}
    others = (OTHERS, 0, "taxed")
    named = set(_named(totals, others=others))
    sums = [_tax_sum(tax) for key, tax in totals.items() if key in named]
    beyond = [tax for key, tax in totals.items() if key not in named]
    if beyond:
        sums.append(
            TaxSum(
                tax_id=OTHERS,
                rate_ppm=0,
                base_minor=sum(tax.base_minor for tax in beyond),
                tax_minor=sum(tax.tax_minor for tax in beyond),
                count=sum(tax.count for tax in beyond),
            )
        )
    return sums


def _tax_sum(tax: TaxTotal) -> TaxSum:
    return TaxSum(
        tax_id=tax.tax_id,
        rate_ppm=tax.rate_ppm,
        base_minor=tax.base_minor,
        tax_minor=tax.tax_minor,
        count=tax.count,
        treatment=tax.treatment,
    )


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
