"""What a received ticket means: tax and change shared out, and where its figures differ.

The file's law: the fact's own figures stand (DESIGN §2, two doors); what is derived here adds up to
them exactly, and a difference is named, never corrected.
"""

from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from zoneinfo import ZoneInfo

from msgspec import Struct

from protocol.checkout import (
    CASH,
    BasketInput,
    Discount,
    Figures,
    LineInput,
    TenderInput,
    rules,
)
from protocol.checkout.basket import Settlement, TaxFigures
from protocol.checkout.settlement import settle_refund
from protocol.errors import HanoutError, Malformed
from protocol.messages.ticket import ReturnFinalised, SaleFinalised, TaxLine, TicketDiscount
from protocol.vocabulary.currencies import cash_step_minor
from protocol.vocabulary.money import allocate

Ticket = SaleFinalised | ReturnFinalised

_SETTLED = (
    "duty_minor",
    "due_minor",
    "cash_rounding_minor",
    "payable_minor",
    "tendered_minor",
    "change_minor",
)
_LINE = (
    "gross_minor",
    "promotion_minor",
    "line_discount_minor",
    "ticket_discount_minor",
    "amount_minor",
)
_LINE_FIGURES = attrgetter(*_LINE)
_TAX = ("base_minor", "tax_minor", "gross_minor")


TaxKey = tuple[str, int, str]
"""(tax id, rate, treatment)."""


class Difference(Struct, frozen=True):
    """`subject`: dotted path of the figure."""

    code: str
    subject: str
    expected: str | None
    found: str | None


def local_hour(ticket: Ticket, zone: ZoneInfo) -> int:
    """The hour on the shop's clock at which the ticket was rung; Malformed `time-without-zone`.

    At either end of time no zone can be reckoned: then the hour as it was written.
    """
    if ticket.rung_at.tzinfo is None:
        raise Malformed("time-without-zone", "Say in which zone a time is.")
    try:
        return ticket.rung_at.astimezone(zone).hour
    except OverflowError:
        return ticket.rung_at.hour


def share_tax(ticket: Ticket) -> list[tuple[int, int]]:
    """(net, tax) of each line in order: each tax line over its lines by largest remainder.

    Sums over lines equal the tax lines; a tax line without lines has nobody to take it.
    """
    members: dict[TaxKey, list[int]] = {}
    for index, line in enumerate(ticket.lines):
        key = (line.tax_id, line.tax_rate_ppm, line.tax_treatment)
        members.setdefault(key, []).append(index)
    shares = [0] * len(ticket.lines)
    for tax in ticket.tax_lines:
        mine = members.get(tax_key(tax), [])
        if tax.tax_minor and mine:
            weights = [abs(ticket.lines[index].amount_minor) for index in mine]
            for index, part in zip(mine, allocate(tax.tax_minor, weights), strict=True):
                shares[index] += part
    included = ticket.prices_include_tax
    return [
        (line.amount_minor - tax if included else line.amount_minor, tax)
        for line, tax in zip(ticket.lines, shares, strict=True)
    ]


def tax_key(tax: TaxLine | TaxFigures) -> TaxKey:
    """By what taxes are summed: exempt is no rate of 0 %."""
    return tax.tax_id, tax.rate_ppm, tax.treatment


class SettledTender(Struct, frozen=True, kw_only=True):
    """A tender and what stayed of it. `line_no` counts from 1; 0 is change with no cash given."""

    line_no: int
    kind: str
    amount_minor: int
    net_minor: int
    reference: str | None


def settled_tenders(ticket: Ticket) -> list[SettledTender]:
    """The tenders without the change: cash always, as in the shop's Z, the last cash given first.

    Change on a card alone (cashback) left the drawer all the same: it is a line of its own.
    """
    nets = [tender.amount_minor for tender in ticket.tenders]
    change = ticket.totals.change_minor
    cash = [index for index, tender in enumerate(ticket.tenders) if tender.kind == CASH]
    for index in reversed(cash[1:]):
        off = max(0, min(nets[index], change))
        nets[index] -= off
        change -= off
    if cash:
        nets[cash[0]] -= change
    settled = [
        SettledTender(
            line_no=line_no,
            kind=tender.kind,
            amount_minor=tender.amount_minor,
            net_minor=net_minor,
            reference=tender.reference,
        )
        for line_no, (tender, net_minor) in enumerate(
            zip(ticket.tenders, nets, strict=True), start=1
        )
    ]
    if cash or not change:
        return settled
    given = SettledTender(line_no=0, kind=CASH, amount_minor=0, net_minor=-change, reference=None)
    return [*settled, given]


def differences(ticket: Ticket, *, on: date) -> list[Difference]:
    """Where the ticket's figures are not what its inputs make of them on that business date.

    By the ticket's own rules version, cash step, tariff and promotions, whatever is in force today.
    A return with ticket is priced from its sale, which only its shop held for certain: there the
    sums and the settlement are looked at, not the lines' amounts. What the shop had to read
    otherwise than it was written is a difference too, with the tablet's own words.
    """
    told = [Difference("read-otherwise", path, None, own) for path, own in ticket.told.items()]
    return [*told, *_reckoned_differences(ticket, on)]


def _reckoned_differences(ticket: Ticket, on: date) -> list[Difference]:
    try:
        if isinstance(ticket, ReturnFinalised) and ticket.original_sale_id is not None:
            return list(_linked_return_differences(ticket, on))
        by, basket, step = rules(ticket.rules_version), _basket(ticket, on), _cash_step(ticket, on)
        if isinstance(ticket, SaleFinalised):
            tariffs = () if ticket.duty_tariff is None else (ticket.duty_tariff,)
            figures = by.price_basket(basket, cash_step_minor=step, tariffs=tariffs)
        else:
            figures = by.price_return_without_ticket(basket, cash_step_minor=step)
    except HanoutError as error:
        return [Difference("not-recomputable", error.code, None, None)]
    return [*_figure_differences(ticket, figures), *_settled_differences(ticket, figures)]


def _linked_return_differences(ticket: ReturnFinalised, on: date) -> Iterator[Difference]:
    totals = ticket.totals
    for index, line in enumerate(ticket.lines):
        amount = line.gross_minor - line.promotion_minor
        amount -= line.line_discount_minor + line.ticket_discount_minor
        yield from _compare(f"lines.{index}.amount_minor", amount, line.amount_minor)
    lines_minor = sum(line.amount_minor for line in ticket.lines)
    yield from _compare("totals.lines_minor", lines_minor, totals.lines_minor)
    yield from _tax_line_differences(ticket)
    tax_minor = sum(tax.tax_minor for tax in ticket.tax_lines)
    added_minor = 0 if ticket.prices_include_tax else tax_minor
    yield from _compare("totals.added_tax_minor", added_minor, totals.added_tax_minor)
    settlement = settle_refund(
        totals.lines_minor + totals.added_tax_minor,
        _tenders(ticket),
        cash_step_minor=_cash_step(ticket, on),
        rounded_before_minor=ticket.rounded_before_minor,
    )
    yield from _settled_differences(ticket, settlement)


def _tax_line_differences(ticket: Ticket) -> Iterator[Difference]:
    """Where the tax lines do not cover their lines, or do not add up themselves."""
    sums: dict[TaxKey, int] = {}
    for line in ticket.lines:
        of = line.tax_id, line.tax_rate_ppm, line.tax_treatment
        sums[of] = sums.get(of, 0) + line.amount_minor
    found = {tax_key(tax): tax for tax in ticket.tax_lines}
    covering = "gross_minor" if ticket.prices_include_tax else "base_minor"
    for key in sorted(found.keys() | sums.keys()):
        tax = found.get(key)
        path = f"tax_lines.{tax_path(key)}"
        covered = None if tax is None else getattr(tax, covering)
        yield from _compare(f"{path}.{covering}", sums.get(key), covered)
        if tax is not None:
            tax_minor = tax.gross_minor - tax.base_minor
            yield from _compare(f"{path}.tax_minor", tax_minor, tax.tax_minor)


def _figure_differences(ticket: Ticket, figures: Figures) -> Iterator[Difference]:
    priced = {line.line_no: line for line in figures.lines}
    for index, line in enumerate(ticket.lines):
        expected = priced[line.line_no]
        # Nearly every line agrees, and the projector looks at thousands a second.
        if _LINE_FIGURES(line) != _LINE_FIGURES(expected):
            yield from _compare_all(f"lines.{index}", _LINE, expected=expected, found=line)
    found = {tax_key(tax): tax for tax in ticket.tax_lines}
    taxes = {tax_key(tax): tax for tax in figures.tax_lines}
    for key in sorted(found.keys() | taxes.keys()):
        path = f"tax_lines.{tax_path(key)}"
        yield from _compare_all(path, _TAX, expected=taxes.get(key), found=found.get(key))
    totals = ticket.totals
    yield from _compare("totals.lines_minor", figures.lines_minor, totals.lines_minor)
    yield from _compare("totals.added_tax_minor", figures.added_tax_minor, totals.added_tax_minor)


def _settled_differences(ticket: Ticket, settled: Figures | Settlement) -> Iterator[Difference]:
    return _compare_all("totals", _SETTLED, expected=settled, found=ticket.totals)


def _compare_all(
    path: str, names: tuple[str, ...], *, expected: object, found: object
) -> Iterator[Difference]:
    """Either side may be missing as a whole."""
    for name in names:
        yield from _compare(
            f"{path}.{name}", getattr(expected, name, None), getattr(found, name, None)
        )


def _compare(subject: str, expected: int | None, found: int | None) -> Iterator[Difference]:
    if expected != found:
        yield Difference("figure-differs", subject, _text(expected), _text(found))


def tax_path(key: TaxKey) -> str:
    """How a sum of taxes is called in a difference."""
    tax_id, rate_ppm, treatment = key
    return f"{tax_id}@{rate_ppm}" + ("" if treatment == "taxed" else f".{treatment}")


def _cash_step(ticket: Ticket, on: date) -> int:
    if ticket.cash_step_minor is None:
        return cash_step_minor(ticket.currency, on)
    return ticket.cash_step_minor


def _text(figure: int | None) -> str | None:
    return None if figure is None else str(figure)


def _basket(ticket: Ticket, on: date) -> BasketInput:
    return BasketInput(
        currency=ticket.currency,
        prices_include_tax=ticket.prices_include_tax,
        business_date=on,
        lines=tuple(
            LineInput(
                line_no=line.line_no,
                quantity=line.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                tax_id=line.tax_id,
                tax_rate_ppm=line.tax_rate_ppm,
                discount=_discount(line.discount) if line.discount else None,
                promotions=tuple(line.promotions),
                tax_treatment=line.tax_treatment,
            )
            for line in ticket.lines
        ),
        ticket_discounts=tuple(map(_discount, ticket.discounts)),
        tenders=_tenders(ticket),
        paper=ticket.paper,
    )


def _discount(asked: TicketDiscount) -> Discount:
    return Discount(percent_ppm=asked.percent_ppm, amount_minor=asked.amount_minor)


def _tenders(ticket: Ticket) -> tuple[TenderInput, ...]:
    return tuple(
        TenderInput(kind=tender.kind, amount_minor=tender.amount_minor) for tender in ticket.tenders
    )
