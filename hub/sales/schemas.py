"""Tickets as the API shows them. Amounts are positive; `kind` gives their direction."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from hub.kit.http import Answer, CurrencyCode, ListAnswer, ListParameters, example
from hub.kit.pages import Page

Kind = Literal["sale", "return"]
Treatment = Literal["taxed", "exempt", "outside"]

_RECEIPT = {
    "register_id": "0197a1b2-0000-7000-8000-000000000011",
    "series_epoch": 1,
    "number": 42,
    "text": "C1-1-000042",
}
_SUMMARY: dict[str, Any] = {
    "id": "0197a1b2-0000-7000-8000-000000000030",
    "kind": "sale",
    "business_date": "2026-11-23",
    "store_id": "0197a1b2-0000-7000-8000-000000000010",
    "shift_id": "0197a1b2-0000-7000-8000-000000000031",
    "staff_id": "0197a1b2-0000-7000-8000-000000000032",
    "customer_id": None,
    "device_id": "0197a1b2-0000-7000-8000-000000000012",
    "receipt": _RECEIPT,
    "mode": "live",
    "currency": "DZD",
    "rung_at": "2026-11-23T09:58:00Z",
    "occurred_at": "2026-11-23T09:58:01Z",
    "received_at": "2026-11-23T09:58:02Z",
    "line_count": 1,
    "payable_minor": 27_000,
    "tax_minor": 2_229,
    "flags": [],
    "original_sale_id": None,
}
_LINE = {
    "line_no": 1,
    "product_id": "0197a1b2-0000-7000-8000-000000000020",
    "code": "6130433000013",
    "name": "Lait UHT 1 L",
    "quantity": "2",
    "unit": "piece",
    "unit_price_minor": 13_500,
    "list_price_minor": 13_500,
    "price_reason": None,
    "tax_id": "TVA9",
    "tax_rate_ppm": 90_000,
    "gross_minor": 27_000,
    "line_discount_minor": 0,
    "ticket_discount_minor": 0,
    "amount_minor": 27_000,
    "net_minor": 24_771,
    "tax_minor": 2_229,
    "discount_percent_ppm": None,
    "discount_amount_minor": None,
    "discount_reason": None,
    "original_line_no": None,
    "promotion_minor": 0,
    "promotions": [],
    "tax_treatment": "taxed",
    "price_list_id": None,
}
_TOTALS = {
    "lines_minor": 27_000,
    "promotion_minor": 0,
    "discount_minor": 0,
    "added_tax_minor": 0,
    "tax_minor": 2_229,
    "duty_minor": 0,
    "due_minor": 27_000,
    "cash_rounding_minor": 0,
    "payable_minor": 27_000,
    "tendered_minor": 50_000,
    "change_minor": 23_000,
}
_WHOLE = {
    **_SUMMARY,
    "prices_include_tax": True,
    "rules_version": "2026.1",
    "price_version": 7,
    "reason": None,
    "addendum_to_z": None,
    "paper": "ticket",
    "coupons": [],
    "cash_step_minor": 500,
    "duty_tariff": None,
    "legal_entity_id": None,
    "regime": None,
    "exemption": None,
    "totals": _TOTALS,
    "lines": [_LINE],
    "tax_lines": [
        {
            "tax_id": "TVA9",
            "rate_ppm": 90_000,
            "base_minor": 24_771,
            "tax_minor": 2_229,
            "gross_minor": 27_000,
            "treatment": "taxed",
        }
    ],
    "tenders": [{"kind": "cash", "amount_minor": 50_000, "net_minor": 27_000, "reference": None}],
}


class SaleReceipt(Answer):
    """The number on the paper; the series is the register's epoch, gapless from 1."""

    register_id: UUID | None
    series_epoch: int
    number: int
    text: Annotated[str, Field(description="As printed.", examples=["C1-1-000042"])]


class SaleSummary(Answer, json_schema_extra=example(_SUMMARY)):
    """A ticket in a list."""

    id: UUID
    kind: Kind
    business_date: date
    store_id: UUID
    shift_id: UUID | None
    staff_id: UUID | None
    customer_id: UUID | None
    device_id: UUID
    receipt: SaleReceipt
    mode: Literal["live", "handed_over"]
    currency: CurrencyCode
    rung_at: Annotated[datetime, Field(description="By the tablet's clock.")]
    occurred_at: Annotated[datetime, Field(description="By the shop's clock.")]
    received_at: Annotated[datetime, Field(description="By the hub's clock.")]
    line_count: int
    payable_minor: int
    tax_minor: int
    flags: list[str]
    original_sale_id: UUID | None

    @classmethod
    def of_row(cls, row: RowMapping) -> Self:
        """The ticket of a row of the read model."""
        return cls.model_validate({**row, "receipt": receipt_of(row)})


class SaleList(ListAnswer[SaleSummary]):
    """A page of tickets."""

    @classmethod
    def of_rows(cls, page: Page[RowMapping]) -> Self:
        """The answer for a page of rows of the read model."""
        return cls(items=[SaleSummary.of_row(row) for row in page.items], next=page.next)


class SalePromotion(Answer):
    """What one promotion took off a line."""

    promotion_id: UUID
    amount_minor: int


class SaleLine(Answer):
    """A line item: inputs, then figures. `amount_minor` = gross − promotions − discounts."""

    line_no: int
    product_id: UUID
    code: str | None
    name: str
    quantity: Decimal
    unit: str
    unit_price_minor: int
    list_price_minor: int | None
    price_reason: str | None
    tax_id: str
    tax_rate_ppm: int
    gross_minor: int
    line_discount_minor: int
    ticket_discount_minor: int
    amount_minor: int
    net_minor: int
    tax_minor: int
    discount_percent_ppm: int | None
    discount_amount_minor: int | None
    discount_reason: str | None
    original_line_no: int | None
    promotion_minor: int
    promotions: list[SalePromotion]
    tax_treatment: Treatment
    price_list_id: UUID | None


class SaleTaxLine(Answer):
    """The tax of one rate over the ticket. Exempt, or outside of TVA, is no rate of 0 %."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    gross_minor: int
    treatment: Treatment


class SaleTender(Answer):
    """What was given or given back; `net_minor` is without the change, which is always cash.

    Change with no cash given, as cashback on a card, is a cash tender of 0 with a negative net.
    """

    kind: str
    amount_minor: int
    net_minor: int
    reference: str | None


class SaleTotals(Answer):
    """lines + added tax + duty + cash rounding = tendered − change = payable (promise M)."""

    lines_minor: int
    promotion_minor: int
    discount_minor: int
    added_tax_minor: int
    tax_minor: int
    duty_minor: int
    due_minor: int
    cash_rounding_minor: int
    payable_minor: int
    tendered_minor: int
    change_minor: int


class DutyBracket(Answer):
    """Of cash above `above_minor`: `duty_minor` for each started `tranche_minor`."""

    above_minor: int
    tranche_minor: int
    duty_minor: int


class DutyTariff(Answer):
    """The stamp duty on cash that was considered on the ticket."""

    currency: CurrencyCode
    valid_from: date
    brackets: list[DutyBracket]
    mode: Literal["whole", "marginal"] = "whole"
    scope: Literal["invoices", "tickets"] = "tickets"
    exempt_up_to_minor: int = 0
    minimum_minor: int = 0
    maximum_minor: int | None = None
    verify: bool = False


class Sale(SaleSummary, json_schema_extra=example(_WHOLE)):
    """A ticket whole."""

    prices_include_tax: bool
    rules_version: str
    price_version: int
    reason: str | None
    addendum_to_z: int | None
    paper: Literal["ticket", "invoice"]
    coupons: list[str]
    cash_step_minor: int | None
    duty_tariff: DutyTariff | None
    legal_entity_id: UUID | None
    regime: Literal["reel", "ifu"] | None
    exemption: Annotated[str | None, Field(description="Number of the customer's certificate.")]
    totals: SaleTotals
    lines: list[SaleLine]
    tax_lines: list[SaleTaxLine]
    tenders: list[SaleTender]

    @classmethod
    def of_ticket(cls, ticket: Mapping[Any, Any]) -> Self:
        """The ticket as the read model gives it."""
        parts = {
            name: [dict(row) for row in ticket[name]] for name in ("lines", "tax_lines", "tenders")
        }
        return cls.model_validate(
            {**ticket, **parts, "receipt": receipt_of(ticket), "totals": dict(ticket)}
        )


class SaleParameters(ListParameters):
    """Which tickets to list. Dates are business dates, both included."""

    store_id: UUID | None = None
    kind: Kind | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None


def receipt_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The receipt number of a ticket's row, as printed in the shop."""
    series, number = row["series_epoch"], row["receipt_number"]
    return {
        "register_id": row["register_id"],
        "series_epoch": series,
        "number": number,
        "text": f"{row['register_code'] or '?'}-{series}-{number:06d}",
    }
