"""Tickets over HTTP, as they are answered. Amounts are integer minor units of the currency."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["DZD"])]


class DiscountFigures(BaseModel):
    """A discount as it was asked for; one of the two forms."""

    percent_ppm: int | None = Field(default=None, description="Parts per million.")
    amount_minor: int | None = None
    reason: str | None = None


class LineFigures(BaseModel):
    """One line item: what was asked, and the figures that were charged or refunded."""

    line_no: int
    product_id: UUID
    name: str
    quantity: str
    unit: str
    unit_price_minor: int
    tax_id: str
    tax_rate_ppm: int
    gross_minor: int
    amount_minor: int = Field(description="gross − line discount − share of ticket discounts")
    code: str | None = None
    list_price_minor: int | None = None
    price_reason: str | None = None
    discount: DiscountFigures | None = None
    line_discount_minor: int = 0
    ticket_discount_minor: int = 0
    original_line_no: int | None = None


class TaxFigures(BaseModel):
    """The tax of one rate over the whole ticket."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    gross_minor: int


class TotalsFigures(BaseModel):
    """lines + added tax + duty + cash rounding = tendered − change = payable."""

    lines_minor: int
    added_tax_minor: int
    duty_minor: int
    due_minor: int
    cash_rounding_minor: int
    payable_minor: int
    tendered_minor: int
    change_minor: int


class TenderFigures(BaseModel):
    """What was given, or given back."""

    kind: str = Field(examples=["cash", "card"])
    amount_minor: int
    reference: str | None = None


class ReceiptNumber(BaseModel):
    """The number on the paper: gapless within register and series_epoch."""

    number: int
    series_epoch: int
    register_id: UUID
    text: str = Field(examples=["R1-1-000042"])


class Ticket(BaseModel):
    """A booked sale or return."""

    model_config = ConfigDict(title="Ticket")

    id: UUID
    kind: Literal["sale", "return"]
    mode: Literal["live", "handed_over"]
    receipt: ReceiptNumber
    seq: int = Field(description="Its place in the device's journal.")
    hash: str = Field(description="The journal's hash at that place, in hex.")
    shift_id: UUID | None
    staff_id: UUID
    business_date: date
    rung_at: datetime
    finalised_at: datetime
    currency: Currency
    prices_include_tax: bool
    lines: list[LineFigures]
    tax_lines: list[TaxFigures]
    totals: TotalsFigures
    tenders: list[TenderFigures]
    flags: list[str] = Field(
        description="In what a handed-over ticket differs; empty at the live door.",
        examples=[[], ["price-differs", "shift-closed"]],
    )
    discounts: list[DiscountFigures] = []
    customer_id: UUID | None = None
    original_sale_id: UUID | None = None
    reason: str | None = None
    addendum_to_z: int | None = Field(
        default=None, description="The Z that was closed before this ticket came in."
    )
