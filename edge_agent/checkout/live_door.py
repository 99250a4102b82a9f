"""The short way in for a live sale that is as it should be: from its bytes straight to the order.

Law: `schemas.LiveSale` is the documentation and the rule. Whatever these shapes take, it takes, to
the same order; what they do not take goes its way and is refused there, so that a refusal has one
source. Hence everything rare is left out here, and pydantic's time with it (docs/performance.md).
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from edge_agent.checkout.rules.orders import EARLIEST, LATEST, MAX_LINE_NO, OrderLine, TicketOrder
from edge_agent.checkout.service import CheckoutService, Delivery
from edge_agent.stock.schemas import read_quantity
from protocol.messages.ticket import Tender, TicketDiscount
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

_Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT_MINOR)]
_Rate = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Percent = Annotated[int, Meta(ge=0, le=1_000_000)]
_LineNumber = Annotated[int, Meta(ge=1, le=MAX_LINE_NO)]
# What somebody sees; signs of other scripts go the long way.
_SEEN = "[!-~\u0620-\u064a]"
_Word = Annotated[str, Meta(max_length=64, pattern=_SEEN)]
_Note = Annotated[str, Meta(max_length=200, pattern=_SEEN)]
_Kind = Annotated[str, Meta(max_length=64, pattern=r"^[a-z][a-z0-9_]*\Z")]
_Currency = Annotated[str, Meta(max_length=3, pattern="^[A-Z]{3}$")]
_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
# In UTC, as JavaScript and Python write it.
_Instant = Annotated[
    str, Meta(pattern=rf"^{_DAY}T{_TIME}(\.[0-9]{{3}}|\.[0-9]{{6}})?(Z|\+00:00)\Z")
]
_NUL = b"\\u0000"
_VERSION = 7
_STATUS = {"booked": 201, "repeated": 200}


class _Discount(Struct, frozen=True, forbid_unknown_fields=True):
    percent_ppm: _Percent | None = None
    amount_minor: _Amount | None = None
    reason: _Note | None = None


class _Tender(Struct, frozen=True, forbid_unknown_fields=True):
    kind: _Kind
    amount_minor: _Amount
    reference: _Note | None = None


class _Totals(Struct, frozen=True, forbid_unknown_fields=True):
    payable_minor: _Amount
    change_minor: _Amount = 0


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    line_no: _LineNumber
    product_id: UUID
    quantity: str
    unit_price_minor: _Amount
    code: _Word | None = None
    price_reason: _Note | None = None
    discount: _Discount | None = None
    name: _Note | None = None
    tax_id: _Word | None = None
    tax_rate_ppm: _Rate | None = None
    amount_minor: _Amount | None = None


class _Sale(Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID
    mode: Literal["live"]
    shift_id: UUID
    currency: _Currency
    rung_at: _Instant
    lines: Annotated[list[_Line], Meta(min_length=1)]
    tenders: Annotated[list[_Tender], Meta(max_length=100)]
    totals: _Totals
    discounts: Annotated[list[_Discount], Meta(max_length=100)] = []
    customer_id: UUID | None = None


_sales = msgspec.json.Decoder(_Sale)


class LiveDoor:
    """`POST /v1/sales`, for what it can read."""

    def __init__(self, service: CheckoutService) -> None:
        self._service = service

    async def answer(self, token: str, body: bytes) -> tuple[int, bytes] | None:
        """Status and JSON of the answer; None, and nothing was done, for what it leaves to the
        route. Raises as `CheckoutService.finalise`."""
        order = read_live_sale(body)
        if order is None:
            return None
        outcome = await self._service.finalise(order, Delivery(mode="live", token=token, body=body))
        return _STATUS[outcome.status], outcome.answer


def read_live_sale(body: bytes) -> TicketOrder | None:
    """The order, if these are the bytes of a live sale in its plainest form."""
    if _NUL in body:
        return None
    try:
        sale = _sales.decode(body)
        rung_at = datetime.fromisoformat(sale.rung_at)
        if sale.id.version != _VERSION or not EARLIEST <= rung_at < LATEST:
            return None
        return _order(sale, rung_at)
    except (msgspec.DecodeError, ValueError):
        return None


def _order(sale: _Sale, rung_at: datetime) -> TicketOrder:
    """Raises ValueError where a field needs more than its own shape."""
    return TicketOrder(
        kind="sale",
        id=sale.id,
        shift_id=sale.shift_id,
        currency=sale.currency,
        rung_at=rung_at,
        lines=[_order_line(line) for line in sale.lines],
        tenders=[
            Tender(kind=tender.kind, amount_minor=tender.amount_minor, reference=tender.reference)
            for tender in sale.tenders
        ],
        payable_minor=sale.totals.payable_minor,
        change_minor=sale.totals.change_minor,
        discounts=[_discount(each) for each in sale.discounts],
        customer_id=sale.customer_id,
    )


def _order_line(line: _Line) -> OrderLine:
    quantity = read_quantity(line.quantity)
    if quantity <= 0:
        raise ValueError("nothing is sold")
    return OrderLine(
        line_no=line.line_no,
        product_id=line.product_id,
        quantity=quantity,
        unit_price_minor=line.unit_price_minor,
        code=line.code,
        price_reason=line.price_reason,
        discount=None if line.discount is None else _discount(line.discount),
        name=line.name,
        tax_id=line.tax_id,
        tax_rate_ppm=line.tax_rate_ppm,
        amount_minor=line.amount_minor,
    )


def _discount(discount: _Discount) -> TicketDiscount:
    if (discount.percent_ppm is None) == (discount.amount_minor is None):
        raise ValueError("one of the two forms")
    return TicketDiscount(
        percent_ppm=discount.percent_ppm,
        amount_minor=discount.amount_minor,
        reason=discount.reason,
    )
