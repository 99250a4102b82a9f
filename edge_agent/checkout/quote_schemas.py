"""Quotes over HTTP. Amounts are integer minor units of the currency."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.checkout.schemas import (
    Coupons,
    DiscountRequest,
    Exemption,
    LiveInstant,
    PaperKind,
    QuoteLineRequest,
)
from edge_agent.kit.client_ids import ClientId
from edge_agent.sales.schemas import Currency, LineFigures, TaxFigures

_QUOTE: dict[str, Any] = {
    "currency": "DZD",
    "lines": [
        {
            "line_no": 1,
            "product_id": "019a7c10-0000-7000-8000-000000000001",
            "quantity": "2",
        }
    ],
    "coupons": ["AID10"],
}


class QuoteRequest(BaseModel):
    """A sale before money is given. A line without a price gets the list's."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_QUOTE]})

    id: ClientId | None = None
    mode: Literal["live"] = "live"
    shift_id: UUID | None = None
    currency: Currency
    rung_at: LiveInstant | None = None
    lines: list[QuoteLineRequest] = Field(min_length=1)
    discounts: list[DiscountRequest] = Field(default=[], max_length=100)
    customer_id: UUID | None = None
    exemption: Exemption = None
    coupons: Coupons = []
    paper: PaperKind = "ticket"


class QuotedPromotionState(BaseModel):
    """What became of one promotion of the office's."""

    promotion_id: UUID
    names: dict[str, str] = Field(examples=[{"fr": "3 pour 2"}])
    state: Literal[
        "applied",
        "not-today",
        "not-now",
        "no-coupon",
        "not-for-this-customer",
        "no-goods",
        "below-minimum",
        "another-saves-more",
        "malformed",
    ]
    amount_minor: int


class QuotedCouponState(BaseModel):
    """What became of one presented code."""

    code: str
    state: Literal["used", "twice", "unknown", "nothing-to-take-off"]


class CashQuoteState(BaseModel):
    """What is to pay if all of it is cash."""

    duty_minor: int
    rounding_minor: int
    payable_minor: int
    step_minor: int = Field(description="Cash is a multiple of it.")
    denominations_minor: list[int] = Field(description="Coins and notes, rising.")


class QuoteState(BaseModel):
    """Every figure of the ticket, each line with what was taken off and why the rest was not."""

    business_date: date
    currency: Currency
    prices_include_tax: bool
    rules_version: str
    price_version: int
    lines: list[LineFigures]
    tax_lines: list[TaxFigures]
    ticket_discounts_minor: list[int]
    lines_minor: int
    added_tax_minor: int
    due_minor: int = Field(description="To pay without cash.")
    cash: CashQuoteState
    promotions: list[QuotedPromotionState]
    coupons: list[QuotedCouponState]
    cut: bool = Field(description="The search ended early: something better may exist.")
    needs_manager: dict[str, str] = Field(
        description="What the caller may not do without one: field → override_price or discount.",
        examples=[{}],
    )
