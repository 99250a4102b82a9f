"""Requests of both doors → orders in the slice's words."""

from datetime import datetime

from msgspec.structs import replace

from edge_agent.checkout.quote_schemas import QuoteRequest
from edge_agent.checkout.rules.orders import OrderLine, TicketOrder
from edge_agent.checkout.rules.reading import NOBODY, UNKNOWN_TIME, read_ticket
from edge_agent.checkout.rules.words import as_told
from edge_agent.checkout.schemas import (
    DiscountRequest,
    HandedOverReturn,
    HandedOverSale,
    LiveReturn,
    LiveSale,
    QuoteLineRequest,
    ReturnLineRequest,
    SaleLineRequest,
)
from edge_agent.sales.rules import TicketKind
from protocol.messages.ticket import Tender, TicketDiscount


def kind_of(request: LiveSale | HandedOverSale | LiveReturn | HandedOverReturn) -> TicketKind:
    """Which of the two it is."""
    return "return" if isinstance(request, LiveReturn | HandedOverReturn) else "sale"


def order_of(
    request: LiveSale | HandedOverSale | LiveReturn | HandedOverReturn,
) -> tuple[TicketOrder, tuple[str, ...]]:
    """The request in the slice's words, and the flags that reading it raised.

    Malformed `unreadable-ticket` where a handed-over body has an id and is no ticket.
    """
    kind = kind_of(request)
    if isinstance(request, HandedOverSale | HandedOverReturn):
        return read_ticket(request.as_written(), kind)
    rung_at, told, flags = _rung_at(request.rung_at)
    order = TicketOrder(
        kind=kind,
        id=request.id,
        shift_id=request.shift_id,
        currency=request.currency,
        rung_at=rung_at,
        lines=[_order_line(line) for line in request.lines],
        tenders=[
            Tender(kind=tender.kind, amount_minor=tender.amount_minor, reference=tender.reference)
            for tender in request.tenders
        ],
        payable_minor=request.totals.payable_minor,
        change_minor=request.totals.change_minor,
        customer_id=request.customer_id,
        told=told,
    )
    return _with_own_fields(order, request), flags


def quoted_order_of(request: QuoteRequest) -> TicketOrder:
    """A sale without money; UNKNOWN_TIME where the tablet did not say when."""
    rung_at = UNKNOWN_TIME if request.rung_at is None else _rung_at(request.rung_at)[0]
    return TicketOrder(
        kind="sale",
        id=request.id or NOBODY,
        shift_id=request.shift_id or NOBODY,
        currency=request.currency,
        rung_at=rung_at,
        lines=[_order_line(line) for line in request.lines],
        tenders=[],
        payable_minor=0,
        discounts=[_discount(each) for each in request.discounts],
        customer_id=request.customer_id,
        exemption=request.exemption,
        coupons=request.coupons,
        paper=request.paper,
    )


def _with_own_fields(order: TicketOrder, request: LiveSale | LiveReturn) -> TicketOrder:
    """What only a sale has, or only a return."""
    if isinstance(request, LiveReturn):
        return replace(order, original_sale_id=request.original_sale_id, reason=request.reason)
    return replace(
        order,
        discounts=[_discount(each) for each in request.discounts],
        exemption=request.exemption,
        coupons=request.coupons,
        paper=request.paper,
        invoice=None if request.invoice is None else request.invoice.to_invoice(),
    )


def _rung_at(at: datetime | str) -> tuple[datetime, dict[str, str], tuple[str, ...]]:
    """The time, `told` and flags, as the handed-over door has them: one ticket at both."""
    if isinstance(at, str):
        return UNKNOWN_TIME, {"rung_at": as_told(at)}, ("unknown-time",)
    return at, {}, ()


def _order_line(line: SaleLineRequest | ReturnLineRequest | QuoteLineRequest) -> OrderLine:
    return OrderLine(
        line_no=line.line_no,
        product_id=line.product_id,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        code=line.code,
        price_reason=line.price_reason,
        discount=None if line.discount is None else _discount(line.discount),
        original_line_no=line.original_line_no if isinstance(line, ReturnLineRequest) else None,
        name=line.name,
        tax_id=line.tax_id,
        tax_rate_ppm=line.tax_rate_ppm,
        amount_minor=line.amount_minor,
    )


def _discount(discount: DiscountRequest) -> TicketDiscount:
    return TicketDiscount(
        percent_ppm=discount.percent_ppm,
        amount_minor=discount.amount_minor,
        reason=discount.reason,
    )
