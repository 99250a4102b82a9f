"""A ticket's figures once more, from its own inputs, by its own rules version.

Law: nothing that is in force today is asked; step, tariff and promotions are the ticket's.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from edge_agent.checkout.rules.returns import original_of
from protocol.checkout import (
    BasketInput,
    Discount,
    Figures,
    LineInput,
    ReturnInput,
    ReturnLineInput,
    TaxFigures,
    TenderInput,
    rules,
)
from protocol.errors import HanoutError
from protocol.messages.ticket import (
    ReturnFinalised,
    SaleFinalised,
    TaxLine,
    TicketDiscount,
)
from protocol.vocabulary.currencies import cash_step_minor

Ticket = SaleFinalised | ReturnFinalised
_LINE = (
    "gross_minor",
    "promotion_minor",
    "line_discount_minor",
    "ticket_discount_minor",
    "amount_minor",
)
_TOTALS = (
    "lines_minor",
    "added_tax_minor",
    "duty_minor",
    "due_minor",
    "cash_rounding_minor",
    "payable_minor",
    "tendered_minor",
    "change_minor",
)
Difference = tuple[str, object, object]
"""Subject, expected, found."""


def differences(
    ticket: Ticket,
    *,
    on: date,
    original: SaleFinalised | None = None,
    returned: Mapping[int, Decimal] | None = None,
) -> list[Difference]:
    """Where the figures are not what the inputs make of them. `original`, `returned`: of a return
    with ticket, the sale and what came back of each line before."""
    try:
        figures = _figures(ticket, on=on, original=original, returned=returned or {})
    except HanoutError as error:
        return [("figures", "recomputable", error.code)]
    return list(_compared(ticket, figures))


def _figures(
    ticket: Ticket,
    *,
    on: date,
    original: SaleFinalised | None,
    returned: Mapping[int, Decimal],
) -> Figures:
    by = rules(ticket.rules_version)
    step = ticket.cash_step_minor
    if step is None:
        step = cash_step_minor(ticket.currency, on)
    if isinstance(ticket, SaleFinalised):
        tariffs = () if ticket.duty_tariff is None else (ticket.duty_tariff,)
        return by.price_basket(_basket(ticket, on), cash_step_minor=step, tariffs=tariffs)
    if original is None:
        return by.price_return_without_ticket(_basket(ticket, on), cash_step_minor=step)
    back = ReturnInput(
        original=original_of(original, returned),
        lines=tuple(
            ReturnLineInput(
                line_no=line.line_no,
                original_line_no=line.original_line_no or 0,
                quantity=line.quantity,
            )
            for line in ticket.lines
        ),
        tenders=_tenders(ticket),
        rounded_before_minor=ticket.rounded_before_minor,
    )
    return by.price_return(back, cash_step_minor=step)


def _compared(ticket: Ticket, figures: Figures) -> Iterator[Difference]:
    lines = {line.line_no: line for line in ticket.lines}
    for ours in figures.lines:
        line = lines[ours.line_no]
        for name in _LINE:
            if getattr(ours, name) != getattr(line, name):
                yield f"lines.{ours.line_no}.{name}", getattr(ours, name), getattr(line, name)
    expected = sorted(map(_tax, figures.tax_lines))
    found = sorted(map(_tax, ticket.tax_lines))
    if expected != found:
        yield "tax_lines", expected, found
    for name in _TOTALS:
        if getattr(figures, name) != getattr(ticket.totals, name):
            yield f"totals.{name}", getattr(figures, name), getattr(ticket.totals, name)


def _tax(tax: TaxLine | TaxFigures) -> tuple[str, int, str, int, int, int]:
    key = (tax.tax_id, tax.rate_ppm, tax.treatment)
    return (*key, tax.base_minor, tax.tax_minor, tax.gross_minor)


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
                discount=None if line.discount is None else _discount(line.discount),
                promotions=tuple(line.promotions),
                tax_treatment=line.tax_treatment,
            )
            for line in ticket.lines
        ),
        ticket_discounts=tuple(map(_discount, ticket.discounts)),
        tenders=_tenders(ticket),
        paper=ticket.paper,
    )


def _discount(discount: TicketDiscount) -> Discount:
    return Discount(percent_ppm=discount.percent_ppm, amount_minor=discount.amount_minor)


def _tenders(ticket: Ticket) -> tuple[TenderInput, ...]:
    return tuple(
        TenderInput(kind=tender.kind, amount_minor=tender.amount_minor) for tender in ticket.tenders
    )
