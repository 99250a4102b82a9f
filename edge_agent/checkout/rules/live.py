"""The live door: a ticket is taken as it should be, or refused with the reason.

Law: what passes here has no flags; its figures are the shared arithmetic's, and the tablet's agree.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from edge_agent.checkout.rules.orders import Offer, Priced, Terms, TicketOrder
from edge_agent.checkout.rules.tickets import RungLine, basket_of, priced, rung
from protocol.checkout import CASH, price_basket, price_return_without_ticket, quote
from protocol.checkout.basket import BasketInput
from protocol.errors import Malformed, Refused
from protocol.vocabulary.currencies import cash_step_minor


def price_live(order: TicketOrder, offers: Mapping[UUID, Offer], *, terms: Terms) -> Priced:
    """A sale, or a return without ticket, at the shop's terms.

    Malformed: `wrong-currency`, `unknown-product`, `unknown-tax`, `price-differs`, `wrong-totals`,
    `short-tender`, `overpaid`, and what the arithmetic refuses (`malformed-basket`, …). Refused
    `product-withdrawn`.
    """
    require_currency(order, terms)
    lines = _rung_lines(order, offers)
    basket = basket_of(order, lines, terms=terms)
    step_minor = cash_step_minor(order.currency, terms.business_date)
    price = price_basket if order.kind == "sale" else price_return_without_ticket
    try:
        figures = price(basket, cash_step_minor=step_minor)
    except Refused as refusal:
        _blame_totals(order, basket, step_minor=step_minor)
        raise Malformed(refusal.code, refusal.message, fields=refusal.fields) from refusal
    return agreed(order, priced(lines, figures))


def require_currency(order: TicketOrder, terms: Terms) -> None:
    """Malformed `wrong-currency`: sums of different currencies do not exist."""
    if order.currency != terms.currency:
        raise Malformed(
            "wrong-currency",
            f"This shop sells in {terms.currency}.",
            fields={"currency": f"not {terms.currency}"},
        )


def agreed(order: TicketOrder, ours: Priced) -> Priced:
    """The ticket, if the tablet came to the same figures; else Malformed `wrong-totals`."""
    totals = ours.totals
    faults = {}
    if order.payable_minor != totals.payable_minor:
        faults["totals.payable_minor"] = f"expected {totals.payable_minor}"
    if order.change_minor != totals.change_minor:
        faults["totals.change_minor"] = f"expected {totals.change_minor}"
    amounts = {line.line_no: line.amount_minor for line in ours.lines}
    for index, line in enumerate(order.lines):
        if line.amount_minor not in (None, amounts[line.line_no]):
            faults[f"lines.{index}.amount_minor"] = f"expected {amounts[line.line_no]}"
    if faults:
        raise Malformed("wrong-totals", "The figures do not add up; see `fields`.", fields=faults)
    return ours


def _rung_lines(order: TicketOrder, offers: Mapping[UUID, Offer]) -> Sequence[RungLine]:
    """Every line with its offer, or one refusal that names every line without."""
    unknown = {
        f"lines.{index}.product_id": "is not sold here"
        for index, line in enumerate(order.lines)
        if line.product_id not in offers
    }
    if unknown:
        raise Malformed(
            "unknown-product", "Propose the product first, or scan another.", fields=unknown
        )
    _require_on_sale(order, offers)
    lines = [rung(line, offers[line.product_id]) for line in order.lines]
    _require_taxes(lines)
    _require_prices(order, lines)
    return lines


def _require_on_sale(order: TicketOrder, offers: Mapping[UUID, Offer]) -> None:
    """What the office withdrew is not sold, but comes back like anything else (ADR 11)."""
    if order.kind == "return":
        return
    withdrawn = {
        f"lines.{index}.product_id": "is withdrawn from sale"
        for index, line in enumerate(order.lines)
        if offers[line.product_id].withdrawn
    }
    if withdrawn:
        raise Refused(
            "product-withdrawn",
            "The office has withdrawn this product: take it off the ticket and ask the manager.",
            fields=withdrawn,
        )


def _require_taxes(lines: Sequence[RungLine]) -> None:
    faults = {}
    for index, line in enumerate(lines):
        if not line.tax_id:
            faults[f"lines.{index}.product_id"] = "has no tax in this shop"
        if line.order.tax_id not in (None, line.tax_id):
            faults[f"lines.{index}.tax_id"] = f"expected {line.tax_id}"
        if line.order.tax_rate_ppm not in (None, line.tax_rate_ppm):
            faults[f"lines.{index}.tax_rate_ppm"] = f"expected {line.tax_rate_ppm}"
    if faults:
        raise Malformed("unknown-tax", "A line's tax is not the shop's.", fields=faults)


def _require_prices(order: TicketOrder, lines: Sequence[RungLine]) -> None:
    """Another price than the list's, or where the list has none, needs a reason; a return as a
    whole has one already."""
    if order.kind == "return":
        return
    faults = {
        f"lines.{index}.unit_price_minor": f"the list says {_said(line.list_price_minor)}"
        for index, line in enumerate(lines)
        if line.list_price_minor != line.unit_price_minor and not line.order.price_reason
    }
    if faults:
        raise Malformed(
            "price-differs", "Give a price_reason for another price than the list's.", fields=faults
        )


def _said(list_price_minor: int | None) -> str:
    return "nothing" if list_price_minor is None else str(list_price_minor)


def _blame_totals(order: TicketOrder, basket: BasketInput, *, step_minor: int) -> None:
    """When the tenders do not fit a payable that is wrong itself, the payable is the fault."""
    expected = quote(basket, cash_step_minor=step_minor)
    tolerance = 0
    due_minor = expected.due_minor
    if any(tender.kind == CASH for tender in order.tenders):
        due_minor += expected.cash_duty_minor if order.kind == "sale" else 0
        tolerance = step_minor // 2
    if abs(order.payable_minor - due_minor) > tolerance:
        raise Malformed(
            "wrong-totals",
            "The figures do not add up; see `fields`.",
            fields={"totals.payable_minor": f"{due_minor} is due"},
        )
