"""Orders and offers for the tests of both doors."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from edge_agent.checkout.rules.orders import Offer, OrderLine, Terms, TicketOrder
from protocol.messages.ticket import Tender

MILK = UUID("019a0000-0000-7000-8000-000000000001")
CHEESE = UUID("019a0000-0000-7000-8000-000000000002")
STRANGER = UUID("019a0000-0000-7000-8000-0000000000ff")
SHIFT = UUID("019a0000-0000-7000-8000-00000000005f")
TICKET = UUID("019a0000-0000-7000-8000-0000000000a1")
RUNG_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TERMS = Terms(
    currency="DZD",
    prices_include_tax=True,
    business_date=date(2026, 3, 2),
    at=RUNG_AT,
    cash_step_minor=500,
)
OFFERS = {
    MILK: Offer(
        product_id=MILK,
        name="Lait",
        unit="piece",
        unit_price_minor=12000,
        tax_id="tva9",
        tax_rate_ppm=90_000,
    ),
    CHEESE: Offer(
        product_id=CHEESE,
        name="Fromage",
        unit="kg",
        unit_price_minor=95000,
        tax_id="tva19",
        tax_rate_ppm=190_000,
    ),
}


def line(line_no: int = 1, product_id: UUID = MILK, quantity: str = "1", **more: Any) -> OrderLine:
    known: dict[str, Any] = {"unit_price_minor": 12000 if product_id == MILK else 95000, **more}
    return OrderLine(line_no=line_no, product_id=product_id, quantity=Decimal(quantity), **known)


def sale(
    lines: Iterable[OrderLine] | None = None,
    *,
    payable: int = 12000,
    cash: int | None = None,
    change: int = 0,
    **more: Any,
) -> TicketOrder:
    known: dict[str, Any] = {
        "kind": "sale",
        "tenders": [Tender(kind="cash", amount_minor=payable if cash is None else cash)],
        **more,
    }
    return TicketOrder(
        id=TICKET,
        shift_id=SHIFT,
        currency=str(known.pop("currency", "DZD")),
        rung_at=RUNG_AT,
        lines=[line()] if lines is None else list(lines),
        payable_minor=payable,
        change_minor=change,
        **known,
    )
