"""Returns against a ticket: what is left of it, and what it gives back.

Law: over all returns a sale gives back at most what it took, by quantity and by amount.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from edge_agent.checkout.rules.handed_over import numbered, price_as_told
from edge_agent.checkout.rules.live import agreed, require_currency
from edge_agent.checkout.rules.orders import Offer, OrderLine, Priced, Terms, TicketOrder
from edge_agent.checkout.rules.tickets import RungLine, priced, tenders_of
from edge_agent.sales.rules import TicketDocument
from protocol.checkout import (
    OriginalLine,
    OriginalTicket,
    ReturnInput,
    ReturnLineInput,
    TaxFigures,
    price_return,
)
from protocol.errors import Malformed, Refused
from protocol.messages.ticket import SaleFinalised, TicketLine


class ReturnedSale(Struct, frozen=True, kw_only=True):
    """The sale a return names, and what came back of it before: line number → quantity.

    `rounded_minor`: the cash rounding of those earlier returns.
    """

    sale: TicketDocument
    returned: Mapping[int, Decimal]
    rounded_minor: int = 0


def returned_sale(sale: TicketDocument, returns: Iterable[TicketDocument]) -> ReturnedSale:
    """Sum up the earlier returns; a handed-over line that takes back nothing counts for nothing."""
    returned: dict[int, Decimal] = {}
    returns = list(returns)
    for line in (line for earlier in returns for line in earlier.lines):
        if line.original_line_no is not None and line.quantity > 0:
            before = returned.get(line.original_line_no, Decimal(0))
            returned[line.original_line_no] = before + line.quantity
    rounded_minor = sum(earlier.totals.cash_rounding_minor for earlier in returns)
    return ReturnedSale(sale=sale, returned=returned, rounded_minor=rounded_minor)


def price_against_ticket(order: TicketOrder, of: ReturnedSale, *, terms: Terms) -> Priced:
    """The refund, in proportion to what was charged, if the tablet came to the same.

    Refused `already-returned`. Malformed: `wrong-currency`, `malformed-return`, `wrong-totals`,
    `short-tender`, `overpaid`, and those of quantities.
    """
    require_currency(order, terms)
    if of.sale.currency != order.currency:
        raise Malformed("wrong-currency", f"That sale was in {of.sale.currency}.")
    lines = _assigned(order.lines, of)
    sold = {line.line_no: line for line in of.sale.lines}
    try:
        figures = price_return(
            ReturnInput(
                original=original_of(of.sale, of.returned),
                lines=tuple(
                    ReturnLineInput(
                        line_no=line.line_no,
                        original_line_no=line.original_line_no or 0,
                        quantity=line.quantity,
                    )
                    for line in lines
                ),
                tenders=tenders_of(order),
                rounded_before_minor=of.rounded_minor,
            ),
            cash_step_minor=terms.cash_step_minor,
        )
    except Refused as refusal:
        if refusal.code == "already-returned":
            raise
        raise Malformed(refusal.code, refusal.message, fields=refusal.fields) from refusal
    rung = [_rung(line, sold[line.original_line_no or 0]) for line in lines]
    ours = replace(priced(rung, figures), rounded_before_minor=of.rounded_minor)
    return agreed(order, ours)


def price_return_as_told(
    order: TicketOrder, of: ReturnedSale | None, *, offers: Mapping[UUID, Offer], terms: Terms
) -> Priced:
    """A return at the handed-over door: as it should be where it is, else as told and flagged."""
    order, flags = numbered(order)
    if of is not None:
        try:
            agreed_to = price_against_ticket(order, of, terms=terms)
            return replace(agreed_to, flags=flags)
        except (Malformed, Refused) as refusal:
            flags = (*flags, refusal.code)
        offers = {**offers, **{line.product_id: _offer(line) for line in of.sale.lines}}
    elif order.original_sale_id is not None:
        flags = (*flags, "unknown-sale")
    told = price_as_told(order, offers, terms=terms)
    return replace(told, flags=(*told.flags, *flags))


def _assigned(lines: Sequence[OrderLine], of: ReturnedSale) -> Sequence[OrderLine]:
    """Every line with the line it takes back; a product on one line of the ticket names it."""
    numbers: dict[UUID, list[int]] = {}
    for sold in of.sale.lines:
        numbers.setdefault(sold.product_id, []).append(sold.line_no)
    faults = {}
    assigned = []
    for index, line in enumerate(lines):
        known = numbers.get(line.product_id, [])
        number = line.original_line_no
        if number is None and len(known) == 1:
            number = known[0]
        if number is None or number not in known:
            faults[f"lines.{index}.original_line_no"] = f"the product is on lines {known}"
        assigned.append(replace(line, original_line_no=number))
    if faults:
        raise Malformed("malformed-return", "Name the line that comes back.", fields=faults)
    return assigned


def original_of(
    sale: TicketDocument | SaleFinalised, returned: Mapping[int, Decimal]
) -> OriginalTicket:
    """The sale as the arithmetic of returns takes it; `returned`: line number → what came back."""
    return OriginalTicket(
        prices_include_tax=sale.prices_include_tax,
        lines=tuple(
            OriginalLine(
                line_no=line.line_no,
                quantity=line.quantity,
                unit=line.unit,
                tax_id=line.tax_id,
                tax_rate_ppm=line.tax_rate_ppm,
                line_discount_minor=line.line_discount_minor,
                ticket_discount_minor=line.ticket_discount_minor,
                amount_minor=line.amount_minor,
                returned_quantity=returned.get(line.line_no, Decimal(0)),
                promotion_minor=line.promotion_minor,
                tax_treatment=line.tax_treatment,
            )
            for line in sale.lines
        ),
        tax_lines=tuple(
            TaxFigures(
                tax_id=tax.tax_id,
                rate_ppm=tax.rate_ppm,
                base_minor=tax.base_minor,
                tax_minor=tax.tax_minor,
                gross_minor=tax.gross_minor,
                treatment=tax.treatment,
            )
            for tax in sale.tax_lines
        ),
    )


def _rung(line: OrderLine, sold: TicketLine) -> RungLine:
    return RungLine(
        order=line,
        name=sold.name,
        unit=sold.unit,
        unit_price_minor=sold.unit_price_minor,
        tax_id=sold.tax_id,
        tax_rate_ppm=sold.tax_rate_ppm,
        list_price_minor=sold.list_price_minor,
        tax_treatment=sold.tax_treatment,
        price_list_id=sold.price_list_id,
    )


def _offer(sold: TicketLine) -> Offer:
    return Offer(
        product_id=sold.product_id,
        name=sold.name,
        unit=sold.unit,
        unit_price_minor=sold.unit_price_minor,
        tax_id=sold.tax_id,
        tax_rate_ppm=sold.tax_rate_ppm,
        tax_treatment=sold.tax_treatment,
        price_list_id=sold.price_list_id,
    )
