"""The live door: a ticket is taken as it should be, or refused with the reason.

Law: what passes here has no flags; its figures are the shared arithmetic's, and the tablet's agree.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from edge_agent.checkout.rules.orders import Offer, Priced, Terms, TicketOrder
from edge_agent.checkout.rules.promoting import promoted_lines
from edge_agent.checkout.rules.tickets import RungLine, basket_of, priced, rung
from protocol.checkout import (
    CASH,
    BasketInput,
    Figures,
    price_basket,
    price_return_without_ticket,
    quote,
)
from protocol.errors import Forbidden, Malformed, Refused


def price_live(order: TicketOrder, offers: Mapping[UUID, Offer], *, terms: Terms) -> Priced:
    """A sale, or a return without ticket, at the shop's terms.

    Malformed: `wrong-currency`, `unknown-product`, `unknown-tax`, `no-tax-rate-on-day`,
    `price-differs`, `wrong-totals`, `short-tender`, `overpaid`, and what the arithmetic refuses
    (`malformed-basket`, …). Refused `product-withdrawn`. Forbidden `needs-manager`.
    """
    lines = live_lines(order, offers, terms=terms)
    if order.kind == "sale":
        _require_permission(order, lines, terms=terms)
    lines = promoted_lines(order, lines, terms=terms)
    basket = basket_of(order, lines, terms=terms)
    try:
        figures = _figures(order, basket, terms=terms)
    except Refused as refusal:
        _blame_totals(order, basket, terms=terms)
        raise Malformed(refusal.code, refusal.message, fields=refusal.fields) from refusal
    return agreed(order, priced(lines, figures))


def live_lines(
    order: TicketOrder, offers: Mapping[UUID, Offer], *, terms: Terms
) -> Sequence[RungLine]:
    """The lines at the shop's words, taxes and prices, before promotions; raises as `price_live`
    for what is wrong with them."""
    require_currency(order, terms)
    return _rung_lines(order, offers, on=terms.business_date)


def overridden_or_discounted(order: TicketOrder, lines: Sequence[RungLine]) -> dict[str, str]:
    """Path → what of MANAGERS_MAY the line or ticket asks for."""
    asked = {
        f"lines.{index}.unit_price_minor": "override_price"
        for index, line in enumerate(lines)
        if line.is_overridden
    }
    asked |= {
        f"lines.{index}.discount": "discount"
        for index, line in enumerate(lines)
        if line.order.discount is not None
    }
    asked |= {f"discounts.{index}": "discount" for index, _ in enumerate(order.discounts)}
    return asked


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


def _figures(order: TicketOrder, basket: BasketInput, *, terms: Terms) -> Figures:
    if order.kind == "return":
        return price_return_without_ticket(basket, cash_step_minor=terms.cash_step_minor)
    return price_basket(basket, cash_step_minor=terms.cash_step_minor, tariffs=terms.tariffs)


def _require_permission(order: TicketOrder, lines: Sequence[RungLine], *, terms: Terms) -> None:
    asked = overridden_or_discounted(order, lines)
    missing = {path: what for path, what in asked.items() if what not in terms.may}
    if missing:
        raise Forbidden(
            "needs-manager",
            "Have a manager sign in for this price or discount.",
            fields=missing,
        )


def _rung_lines(
    order: TicketOrder, offers: Mapping[UUID, Offer], *, on: date
) -> Sequence[RungLine]:
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
    _require_rates(order, offers, on=on)
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


def _require_rates(order: TicketOrder, offers: Mapping[UUID, Offer], *, on: date) -> None:
    undated = {
        f"lines.{index}.product_id": f"its tax has no rate on {on}"
        for index, line in enumerate(order.lines)
        if offers[line.product_id].tax_id and offers[line.product_id].tax_rate_ppm is None
    }
    if undated:
        raise Malformed(
            "no-tax-rate-on-day",
            "Have the office state this tax's rate of that day.",
            fields=undated,
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


def _blame_totals(order: TicketOrder, basket: BasketInput, *, terms: Terms) -> None:
    """When the tenders do not fit a payable that is wrong itself, the payable is the fault."""
    step_minor = terms.cash_step_minor
    expected = quote(basket, cash_step_minor=step_minor, tariffs=terms.tariffs)
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
