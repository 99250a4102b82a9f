"""All SQL that tickets are written with: one statement per table, however many tickets."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from hub.events.models import ReceivedFact
from hub.kit.bulk import BulkInsert
from hub.kit.db import TenantSession
from hub.kit.queries import load_queries
from hub.sales.models import ShiftPlace, ShiftTotals, TaxHeld
from hub.sales.rules import Ticket, local_hour, settled_tenders, share_tax
from protocol.messages.ticket import ReturnFinalised

_QUERIES = load_queries(__package__ or "")

_SALES = BulkInsert(
    "sale",
    {
        "business_date": "date",
        "id": "uuid",
        "kind": "text",
        "store_id": "uuid",
        "register_id": "uuid",
        "shift_id": "uuid",
        "staff_id": "uuid",
        "customer_id": "uuid",
        "device_id": "uuid",
        "epoch": "bigint",
        "seq": "bigint",
        "series_epoch": "bigint",
        "receipt_number": "bigint",
        "mode": "text",
        "currency": "text",
        "prices_include_tax": "boolean",
        "rules_version": "text",
        "price_version": "bigint",
        "rung_at": "timestamptz",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
        "local_hour": "smallint",
        "line_count": "integer",
        "lines_minor": "bigint",
        "discount_minor": "bigint",
        "tax_minor": "bigint",
        "added_tax_minor": "bigint",
        "duty_minor": "bigint",
        "due_minor": "bigint",
        "cash_rounding_minor": "bigint",
        "payable_minor": "bigint",
        "tendered_minor": "bigint",
        "change_minor": "bigint",
        "flags": "text[]",
        "addendum_to_z": "bigint",
        "reason": "text",
        "original_sale_id": "uuid",
        "promotion_minor": "bigint",
        "paper": "text",
        "coupons": "text[]",
        "cash_step_minor": "bigint",
        "duty_tariff": "json",
        "legal_entity_id": "uuid",
        "regime": "text",
        "exemption": "text",
    },
)
_LINES = BulkInsert(
    "sale_line",
    {
        "business_date": "date",
        "sale_id": "uuid",
        "line_no": "integer",
        "sale_kind": "text",
        "store_id": "uuid",
        "currency": "text",
        "product_id": "uuid",
        "code": "text",
        "name": "text",
        "quantity": "numeric",
        "unit": "text",
        "unit_price_minor": "bigint",
        "list_price_minor": "bigint",
        "price_reason": "text",
        "tax_id": "text",
        "tax_rate_ppm": "integer",
        "gross_minor": "bigint",
        "line_discount_minor": "bigint",
        "ticket_discount_minor": "bigint",
        "amount_minor": "bigint",
        "net_minor": "bigint",
        "tax_minor": "bigint",
        "discount_percent_ppm": "integer",
        "discount_amount_minor": "bigint",
        "discount_reason": "text",
        "original_line_no": "integer",
        "promotion_minor": "bigint",
        "promotions": "json",
        "tax_treatment": "text",
        "price_list_id": "uuid",
    },
)
_PART = {
    "business_date": "date",
    "sale_id": "uuid",
    "line_no": "integer",
    "sale_kind": "text",
    "store_id": "uuid",
    "currency": "text",
}
_TAX_LINES = BulkInsert(
    "sale_tax_line",
    {
        **_PART,
        "tax_id": "text",
        "rate_ppm": "integer",
        "base_minor": "bigint",
        "tax_minor": "bigint",
        "gross_minor": "bigint",
        "treatment": "text",
    },
)
_TENDERS = BulkInsert(
    "sale_tender",
    {
        **_PART,
        "kind": "text",
        "amount_minor": "bigint",
        "net_minor": "bigint",
        "reference": "text",
    },
)

Placed = tuple[ReceivedFact, Ticket]
Row = tuple[Any, ...]


async def insert_tickets(session: TenantSession, tickets: Sequence[Placed]) -> None:
    """Insert tickets that are not there yet, with all their parts."""
    parts: tuple[tuple[BulkInsert, list[Row]], ...] = (
        (_SALES, [_sale(fact, ticket) for fact, ticket in tickets]),
        (_LINES, [row for fact, ticket in tickets for row in _lines(fact, ticket)]),
        (_TAX_LINES, [row for fact, ticket in tickets for row in _tax_lines(fact, ticket)]),
        (_TENDERS, [row for fact, ticket in tickets for row in _tenders(fact, ticket)]),
    )
    for insert, rows in parts:
        if rows:
            await session.execute(insert.sql, insert.parameters(rows))


async def shift_totals(session: TenantSession, shift: ShiftPlace) -> ShiftTotals:
    """What the tickets of a shift come to, as the Z counts them."""
    place = {name: getattr(shift, name) for name in ShiftPlace.__struct_fields__}
    counts = {row["kind"]: row for row in await session.rows(_QUERIES["shift_counts"], place)}
    tenders = await session.rows(_QUERIES["shift_tenders"], place)
    taxes = await session.rows(_QUERIES["shift_taxes"], place)
    none = {"tickets": 0, "payable_minor": 0, "duty_minor": 0, "duty_count": 0}
    return ShiftTotals(
        sales_count=counts.get("sale", none)["tickets"],
        returns_count=counts.get("return", none)["tickets"],
        gross_minor=counts.get("sale", none)["payable_minor"],
        returns_minor=counts.get("return", none)["payable_minor"],
        tenders={row["kind"]: (row["times"], row["net_minor"]) for row in tenders},
        taxes={
            (row["tax_id"], row["rate_ppm"], row["treatment"]): TaxHeld(
                base_minor=row["base_minor"], tax_minor=row["tax_minor"], count=row["tickets"]
            )
            for row in taxes
        },
        duty_minor=counts.get("sale", none)["duty_minor"],
        duty_count=counts.get("sale", none)["duty_count"],
    )


async def addenda_held(
    session: TenantSession, fact: ReceivedFact, *, currency: str, numbers: Sequence[int]
) -> dict[int, tuple[int, int, int, int]]:
    """Late tickets by the number of their Z: (sales, their payable, returns, their payable)."""
    place = {
        "store_id": fact.envelope.store_id,
        "register_id": fact.envelope.register_id,
        "currency": currency,
        "numbers": list(numbers),
        "device_id": fact.device_id,
        "epoch": fact.epoch,
        "seq": fact.seq,
    }
    return {
        row["z_number"]: (
            row["sales_count"],
            row["sales_minor"],
            row["returns_count"],
            row["returns_minor"],
        )
        for row in await session.rows(_QUERIES["addenda_held"], place)
    }


async def payable_of(
    session: TenantSession, places: Sequence[tuple[date, UUID]]
) -> dict[UUID, int]:
    """Ticket or invoice → payable, of those that are in the books. `places`: where each landed."""
    wanted = {"dates": [on for on, _ in places], "ids": [one for _, one in places]}
    rows = await session.rows(_QUERIES["payable_of"], wanted)
    return {row["id"]: row["payable_minor"] for row in rows}


def kind_of(ticket: Ticket) -> str:
    """Which way goods and money went."""
    return "return" if isinstance(ticket, ReturnFinalised) else "sale"


def _sale(fact: ReceivedFact, ticket: Ticket) -> Row:
    envelope, totals = fact.envelope, ticket.totals
    back = ticket if isinstance(ticket, ReturnFinalised) else None
    return (
        fact.business_date,
        fact.id,
        kind_of(ticket),
        envelope.store_id,
        envelope.register_id,
        envelope.shift_id,
        envelope.staff_id,
        ticket.customer_id,
        fact.device_id,
        fact.epoch,
        fact.seq,
        ticket.series_epoch,
        ticket.receipt_number,
        ticket.mode,
        ticket.currency,
        ticket.prices_include_tax,
        ticket.rules_version,
        ticket.price_version,
        ticket.rung_at,
        envelope.at,
        fact.received_at,
        local_hour(ticket, fact.zone),
        len(ticket.lines),
        totals.lines_minor,
        sum(line.line_discount_minor + line.ticket_discount_minor for line in ticket.lines),
        sum(tax.tax_minor for tax in ticket.tax_lines),
        totals.added_tax_minor,
        totals.duty_minor,
        totals.due_minor,
        totals.cash_rounding_minor,
        totals.payable_minor,
        totals.tendered_minor,
        totals.change_minor,
        [*ticket.flags, fact.moved] if fact.moved else ticket.flags,
        ticket.addendum_to_z,
        back.reason if back else None,
        back.original_sale_id if back else None,
        sum(line.promotion_minor for line in ticket.lines),
        ticket.paper,
        ticket.coupons,
        ticket.cash_step_minor,
        ticket.duty_tariff,
        ticket.legal_entity_id,
        ticket.regime,
        ticket.exemption,
    )


def _lines(fact: ReceivedFact, ticket: Ticket) -> Iterator[Row]:
    store_id, kind = fact.envelope.store_id, kind_of(ticket)
    for line, (net_minor, tax_minor) in zip(ticket.lines, share_tax(ticket), strict=True):
        discount = line.discount
        yield (
            fact.business_date,
            fact.id,
            line.line_no,
            kind,
            store_id,
            ticket.currency,
            line.product_id,
            line.code,
            line.name,
            line.quantity,
            line.unit,
            line.unit_price_minor,
            line.list_price_minor,
            line.price_reason,
            line.tax_id,
            line.tax_rate_ppm,
            line.gross_minor,
            line.line_discount_minor,
            line.ticket_discount_minor,
            line.amount_minor,
            net_minor,
            tax_minor,
            discount.percent_ppm if discount else None,
            discount.amount_minor if discount else None,
            discount.reason if discount else None,
            line.original_line_no,
            line.promotion_minor,
            line.promotions,
            line.tax_treatment,
            line.price_list_id,
        )


def _tax_lines(fact: ReceivedFact, ticket: Ticket) -> Iterator[Row]:
    for number, tax in enumerate(ticket.tax_lines, start=1):
        yield (
            *_part(fact, ticket, number),
            tax.tax_id,
            tax.rate_ppm,
            tax.base_minor,
            tax.tax_minor,
            tax.gross_minor,
            tax.treatment,
        )


def _tenders(fact: ReceivedFact, ticket: Ticket) -> Iterator[Row]:
    for tender in settled_tenders(ticket):
        yield (
            *_part(fact, ticket, tender.line_no),
            tender.kind,
            tender.amount_minor,
            tender.net_minor,
            tender.reference,
        )


def _part(fact: ReceivedFact, ticket: Ticket, number: int) -> Row:
    return (
        fact.business_date,
        fact.id,
        number,
        kind_of(ticket),
        fact.envelope.store_id,
        ticket.currency,
    )
