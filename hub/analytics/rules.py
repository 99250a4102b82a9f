"""What tickets add to each rollup. Returns subtract in every sum and are counted besides.

The file's law: what is added here, summed over all tickets, equals what `recompute` reads from the
booked tickets (queries.sql); a test holds the two together.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct, field

from hub.events.models import ReceivedFact
from hub.sales.rules import Ticket, local_hour, settled_tenders, share_tax, tax_key
from protocol.messages.ticket import ReturnFinalised, SaleFinalised

DayKey = tuple[UUID, date, str]
"""(store, business date, currency)."""
SkuKey = tuple[UUID, date, int, UUID, str]
"""(store, business date, hour at the store, product, currency)."""
TaxKey = tuple[UUID, date, str, str, int, str]
"""(store, business date, currency, tax id, rate, treatment)."""
TenderKey = tuple[UUID, date, str, str]
"""(store, business date, currency, kind of tender)."""


class SkuSum(Struct):
    """Of one product in one hour."""

    quantity: Decimal = Decimal(0)
    gross_minor: int = 0
    discount_minor: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    tickets: int = 0
    returns: int = 0
    promotion_minor: int = 0


class DaySum(Struct):
    """Of one store and business date."""

    sales_count: int = 0
    returns_count: int = 0
    line_count: int = 0
    sales_minor: int = 0
    returns_minor: int = 0
    payable_minor: int = 0
    discount_minor: int = 0
    tax_minor: int = 0
    duty_minor: int = 0
    cash_rounding_minor: int = 0
    promotion_minor: int = 0


class TaxSum(Struct):
    """Of one tax rate in one store and business date."""

    base_minor: int = 0
    tax_minor: int = 0
    gross_minor: int = 0


class TenderSum(Struct):
    """Of one kind of tender: how often, on sales and returns alike, and net of change."""

    tender_count: int = 0
    net_minor: int = 0


class Deltas(Struct):
    """What a group of tickets adds, by key."""

    skus: dict[SkuKey, SkuSum] = field(default_factory=dict)
    days: dict[DayKey, DaySum] = field(default_factory=dict)
    taxes: dict[TaxKey, TaxSum] = field(default_factory=dict)
    tenders: dict[TenderKey, TenderSum] = field(default_factory=dict)


def deltas(facts: Iterable[ReceivedFact]) -> Deltas:
    """Sum up facts whose bodies are tickets."""
    sums = Deltas()
    for fact in facts:
        ticket = fact.body
        assert isinstance(ticket, SaleFinalised | ReturnFinalised)
        day: DayKey = (fact.envelope.store_id, fact.business_date, ticket.currency)
        sign = -1 if isinstance(ticket, ReturnFinalised) else 1
        _add_day(sums.days.setdefault(day, DaySum()), ticket, sign)
        _add_skus(sums.skus, day, ticket, sign=sign, hour=local_hour(ticket, fact.zone))
        _add_taxes(sums.taxes, day, ticket, sign=sign)
        _add_tenders(sums.tenders, day, ticket, sign=sign)
    return sums


def _add_day(into: DaySum, ticket: Ticket, sign: int) -> None:
    totals = ticket.totals
    if sign > 0:
        into.sales_count += 1
        into.sales_minor += totals.payable_minor
    else:
        into.returns_count += 1
        into.returns_minor += totals.payable_minor
    into.line_count += len(ticket.lines)
    into.payable_minor += sign * totals.payable_minor
    into.discount_minor += sign * sum(
        line.line_discount_minor + line.ticket_discount_minor for line in ticket.lines
    )
    into.promotion_minor += sign * sum(line.promotion_minor for line in ticket.lines)
    into.tax_minor += sign * sum(tax.tax_minor for tax in ticket.tax_lines)
    into.duty_minor += sign * totals.duty_minor
    into.cash_rounding_minor += sign * totals.cash_rounding_minor


def _add_skus(
    skus: dict[SkuKey, SkuSum], day: DayKey, ticket: Ticket, *, sign: int, hour: int
) -> None:
    seen: set[UUID] = set()
    store_id, on, currency = day
    for line, (net_minor, tax_minor) in zip(ticket.lines, share_tax(ticket), strict=True):
        into = skus.setdefault((store_id, on, hour, line.product_id, currency), SkuSum())
        into.quantity += sign * line.quantity
        into.gross_minor += sign * line.gross_minor
        into.discount_minor += sign * (line.line_discount_minor + line.ticket_discount_minor)
        into.promotion_minor += sign * line.promotion_minor
        into.net_minor += sign * net_minor
        into.tax_minor += sign * tax_minor
        if line.product_id not in seen:
            seen.add(line.product_id)
            into.tickets += sign > 0
            into.returns += sign < 0


def _add_taxes(taxes: dict[TaxKey, TaxSum], day: DayKey, ticket: Ticket, *, sign: int) -> None:
    for tax in ticket.tax_lines:
        into = taxes.setdefault((*day, *tax_key(tax)), TaxSum())
        into.base_minor += sign * tax.base_minor
        into.tax_minor += sign * tax.tax_minor
        into.gross_minor += sign * tax.gross_minor


def _add_tenders(
    tenders: dict[TenderKey, TenderSum], day: DayKey, ticket: Ticket, *, sign: int
) -> None:
    for tender in settled_tenders(ticket):
        into = tenders.setdefault((*day, tender.kind), TenderSum())
        into.tender_count += tender.line_no > 0
        into.net_minor += sign * tender.net_minor
