"""Figures → the lines, taxes and totals of a ticket, and the two forms in which it is kept:
the body that goes into the journal and the document that is answered."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from edge_agent.checkout.rules.orders import Arrival, Offer, OrderLine, Priced, Terms, TicketOrder
from edge_agent.checkout.rules.placing import Placing
from edge_agent.checkout.rules.terms import considered_tariff
from edge_agent.sales.rules import Receipt, TicketDocument
from protocol.checkout import (
    RULES_VERSION,
    BasketInput,
    Discount,
    Figures,
    LineFigures,
    LineInput,
    TaxFigures,
    TenderInput,
)
from protocol.checkout.basket import PromotionShare, TaxTreatment
from protocol.checkout.tax import RegimeKind
from protocol.messages.collections import LegalEntity
from protocol.messages.ticket import (
    ReturnFinalised,
    SaleFinalised,
    TaxLine,
    TicketDiscount,
    TicketLine,
    TicketTotals,
)


class RungLine(Struct, frozen=True, kw_only=True):
    """An order's line with what it sells settled: words, unit, tax and price are known."""

    order: OrderLine
    name: str
    unit: str
    unit_price_minor: int
    tax_id: str
    tax_rate_ppm: int
    list_price_minor: int | None = None
    tax_treatment: TaxTreatment = "taxed"
    price_list_id: UUID | None = None
    promotions: tuple[PromotionShare, ...] = ()
    category: str | None = None

    @property
    def is_overridden(self) -> bool:
        """Sold at another price than the list's."""
        return self.unit_price_minor != self.list_price_minor


class Booking(Struct, frozen=True, kw_only=True):
    """All that a booked ticket is made of, but for its place in the journal. `seller`: whose
    invoice goes with it, None without one."""

    order: TicketOrder
    arrival: Arrival
    terms: Terms
    placing: Placing
    priced: Priced
    receipt: Receipt
    price_version: int
    seller: LegalEntity | None = None

    @property
    def regime(self) -> RegimeKind | None:
        """What the office said; None where it has named no legal entity."""
        return None if self.terms.legal_entity_id is None else self.terms.regime

    @property
    def flags(self) -> list[str]:
        """Everything that was noticed, each once, in a fixed order."""
        return sorted({*self.arrival.flags, *self.placing.flags, *self.priced.flags})


def rung(line: OrderLine, offer: Offer) -> RungLine:
    """A line at the shop's words and tax; without a price of its own, at the list price."""
    price_minor = offer.unit_price_minor if line.unit_price_minor is None else line.unit_price_minor
    is_listed = price_minor == offer.unit_price_minor
    return RungLine(
        order=line,
        name=offer.name,
        unit=offer.unit,
        unit_price_minor=price_minor or 0,
        tax_id=offer.tax_id or "",
        tax_rate_ppm=offer.tax_rate_ppm or 0,
        list_price_minor=offer.unit_price_minor,
        tax_treatment=offer.tax_treatment,
        price_list_id=offer.price_list_id if is_listed else None,
        category=offer.category,
    )


def basket_of(order: TicketOrder, lines: Iterable[RungLine], *, terms: Terms) -> BasketInput:
    """The order as the shared arithmetic takes it."""
    return BasketInput(
        currency=order.currency,
        prices_include_tax=terms.prices_include_tax,
        business_date=terms.business_date,
        lines=tuple(
            LineInput(
                line_no=line.order.line_no,
                quantity=line.order.quantity,
                unit=line.unit,
                unit_price_minor=line.unit_price_minor,
                tax_id=line.tax_id,
                tax_rate_ppm=line.tax_rate_ppm,
                discount=_discount(line.order.discount),
                promotions=line.promotions,
                tax_treatment=line.tax_treatment,
            )
            for line in lines
        ),
        ticket_discounts=tuple(
            Discount(percent_ppm=discount.percent_ppm, amount_minor=discount.amount_minor)
            for discount in order.discounts
        ),
        tenders=tenders_of(order),
        paper=order.paper,
    )


def tenders_of(order: TicketOrder) -> tuple[TenderInput, ...]:
    """The tenders as the shared arithmetic takes them."""
    return tuple(
        TenderInput(kind=tender.kind, amount_minor=tender.amount_minor) for tender in order.tenders
    )


def priced(lines: Iterable[RungLine], figures: Figures) -> Priced:
    """A ticket whose figures are the arithmetic's own."""
    return Priced(
        lines=ticket_lines(lines, figures.lines),
        tax_lines=tax_lines(figures.tax_lines),
        totals=TicketTotals(
            lines_minor=figures.lines_minor,
            added_tax_minor=figures.added_tax_minor,
            duty_minor=figures.duty_minor,
            due_minor=figures.due_minor,
            cash_rounding_minor=figures.cash_rounding_minor,
            payable_minor=figures.payable_minor,
            tendered_minor=figures.tendered_minor,
            change_minor=figures.change_minor,
        ),
    )


def ticket_lines(lines: Iterable[RungLine], figures: Iterable[LineFigures]) -> list[TicketLine]:
    """Inputs and figures of each line, in the figures' order."""
    by_number = {line.order.line_no: line for line in lines}
    return [_ticket_line(by_number[figure.line_no], figure) for figure in figures]


def tax_lines(figures: Iterable[TaxFigures]) -> list[TaxLine]:
    """The taxes as a ticket shows them."""
    return [
        TaxLine(
            tax_id=tax.tax_id,
            rate_ppm=tax.rate_ppm,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
            gross_minor=tax.gross_minor,
            treatment=tax.treatment,
        )
        for tax in figures
    ]


def body_of(booking: Booking) -> SaleFinalised | ReturnFinalised:
    """What the journal keeps of it, for ever."""
    order = booking.order
    body = SaleFinalised(
        mode=booking.arrival.mode,
        currency=order.currency,
        prices_include_tax=booking.terms.prices_include_tax,
        rules_version=RULES_VERSION,
        price_version=booking.price_version,
        series_epoch=booking.receipt.series_epoch,
        receipt_number=booking.receipt.number,
        rung_at=order.rung_at,
        lines=booking.priced.lines,
        tax_lines=booking.priced.tax_lines,
        tenders=order.tenders,
        totals=booking.priced.totals,
        discounts=order.discounts,
        customer_id=order.customer_id,
        flags=booking.flags,
        addendum_to_z=booking.placing.addendum_to_z,
        told=order.told,
        paper=order.paper,
        coupons=order.coupons,
        cash_step_minor=booking.terms.cash_step_minor,
        duty_tariff=considered_tariff(order, booking.terms),
        legal_entity_id=booking.terms.legal_entity_id,
        regime=booking.regime,
        exemption=order.exemption,
    )
    if order.kind == "sale":
        return body
    shared = {name: getattr(body, name) for name in body.__struct_fields__}
    return ReturnFinalised(
        **shared,
        reason=order.reason or "",
        original_sale_id=order.original_sale_id,
        rounded_before_minor=booking.priced.rounded_before_minor,
    )


def document_of(
    booking: Booking, *, seq: int, chain_hash: bytes, finalised_at: datetime
) -> TicketDocument:
    """What the tablet is answered."""
    order = booking.order
    return TicketDocument(
        id=order.id,
        kind=order.kind,
        mode=booking.arrival.mode,
        receipt=booking.receipt,
        seq=seq,
        hash=chain_hash.hex(),
        shift_id=booking.placing.shift_id,
        staff_id=booking.arrival.staff_id,
        business_date=booking.placing.business_date,
        rung_at=order.rung_at,
        finalised_at=finalised_at,
        currency=order.currency,
        prices_include_tax=booking.terms.prices_include_tax,
        lines=booking.priced.lines,
        tax_lines=booking.priced.tax_lines,
        totals=booking.priced.totals,
        tenders=order.tenders,
        flags=booking.flags,
        discounts=order.discounts,
        customer_id=order.customer_id,
        original_sale_id=order.original_sale_id,
        reason=order.reason,
        addendum_to_z=booking.placing.addendum_to_z,
        paper=order.paper,
        coupons=order.coupons,
        cash_step_minor=booking.terms.cash_step_minor,
        duty_tariff=considered_tariff(order, booking.terms),
        legal_entity_id=booking.terms.legal_entity_id,
        regime=booking.regime,
        exemption=order.exemption,
    )


def _ticket_line(line: RungLine, figure: LineFigures) -> TicketLine:
    order = line.order
    return TicketLine(
        line_no=figure.line_no,
        product_id=order.product_id,
        name=line.name,
        quantity=order.quantity,
        unit=line.unit,
        unit_price_minor=line.unit_price_minor,
        tax_id=line.tax_id,
        tax_rate_ppm=line.tax_rate_ppm,
        gross_minor=figure.gross_minor,
        amount_minor=figure.amount_minor,
        code=order.code,
        list_price_minor=line.list_price_minor,
        price_reason=order.price_reason,
        discount=order.discount,
        line_discount_minor=figure.line_discount_minor,
        ticket_discount_minor=figure.ticket_discount_minor,
        original_line_no=order.original_line_no,
        promotions=list(line.promotions),
        promotion_minor=figure.promotion_minor,
        tax_treatment=line.tax_treatment,
        price_list_id=line.price_list_id,
    )


def _discount(discount: TicketDiscount | None) -> Discount | None:
    if discount is None:
        return None
    return Discount(percent_ppm=discount.percent_ppm, amount_minor=discount.amount_minor)
