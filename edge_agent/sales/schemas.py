"""Tickets over HTTP, as they are answered. Amounts are integer minor units of the currency."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kit.texts import NO_NUL, VISIBLE
from edge_agent.sales.rules import KeptBody, KeptRequest, QuarantinePage, Settlement

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["DZD"])]


class DiscountFigures(BaseModel):
    """A discount as it was asked for; one of the two forms."""

    percent_ppm: int | None = Field(default=None, description="Parts per million.")
    amount_minor: int | None = None
    reason: str | None = None


class PromotionFigures(BaseModel):
    """What one promotion took off a line."""

    promotion_id: UUID
    amount_minor: int


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
    amount_minor: int = Field(
        description="gross − promotions − line discount − share of ticket discounts"
    )
    code: str | None = None
    list_price_minor: int | None = None
    price_reason: str | None = None
    discount: DiscountFigures | None = None
    line_discount_minor: int = 0
    ticket_discount_minor: int = 0
    original_line_no: int | None = None
    promotions: list[PromotionFigures] = []
    promotion_minor: int = 0
    tax_treatment: Literal["taxed", "exempt", "outside"] = "taxed"
    price_list_id: UUID | None = Field(
        default=None, description="Whose price it is; null: the shop's own, or typed."
    )


class TaxFigures(BaseModel):
    """The tax of one rate over the whole ticket."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    gross_minor: int
    treatment: Literal["taxed", "exempt", "outside"] = "taxed"


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


class DutyBracketFigures(BaseModel):
    """Of cash above `above_minor`: `duty_minor` for each started tranche."""

    above_minor: int
    tranche_minor: int
    duty_minor: int


class DutyTariffFigures(BaseModel):
    """A tariff of the stamp duty on cash, as it was in force."""

    currency: Currency
    valid_from: date
    brackets: list[DutyBracketFigures]
    mode: Literal["whole", "marginal"] = "whole"
    scope: Literal["invoices", "tickets"] = "tickets"
    exempt_up_to_minor: int = 0
    minimum_minor: int = 0
    maximum_minor: int | None = None
    verify: bool = False


class InvoiceReference(BaseModel):
    """The invoice that was issued with the ticket."""

    id: UUID
    text: str = Field(description="Its number as printed.", examples=["F2026-C1-1-000045"])


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
    paper: Literal["ticket", "invoice"] = "ticket"
    coupons: list[str] = Field(default=[], description="The codes that were presented.")
    cash_step_minor: int | None = Field(
        default=None, description="Cash is paid in multiples of it."
    )
    duty_tariff: DutyTariffFigures | None = Field(
        default=None, description="By which the cash was looked at; null: none asked for duty."
    )
    legal_entity_id: UUID | None = None
    regime: Literal["reel", "ifu"] | None = None
    exemption: str | None = Field(
        default=None, description="The certificate under which the customer pays no tax."
    )
    invoice: InvoiceReference | None = None


class KeptRequestState(BaseModel):
    """A handed-over request that could not be booked and waits for a person."""

    number: int = Field(description="Tells requests of one ticket id apart.", examples=[17])
    ticket_id: UUID
    kind: Literal["sale", "return"] | None = Field(description="Null: an earlier release kept it.")
    reason: str = Field(examples=["sale-id-reused"])
    register_id: UUID
    staff_id: UUID
    received_at: datetime
    size_bytes: int = Field(examples=[412])

    @classmethod
    def of(cls, kept: KeptRequest) -> Self:
        """The same for HTTP."""
        return cls.model_validate(kept, from_attributes=True)


class QuarantineList(BaseModel):
    """`next`: pass it as `after` to go on; null at the end."""

    items: list[KeptRequestState]
    next: int | None = None

    @classmethod
    def of(cls, page: QuarantinePage) -> Self:
        """The same for HTTP."""
        return cls(items=[KeptRequestState.of(one) for one in page.items], next=page.next)


class KeptBodyState(KeptRequestState):
    """The same with what was sent."""

    body: str = Field(
        description="The request's bytes as they came, which are UTF-8.",
        examples=['{"id": "019a7c10-0000-7000-8000-0000000000aa", "mode": "handed_over"}'],
    )

    @classmethod
    def of_body(cls, kept: KeptBody) -> Self:
        """The same for HTTP."""
        request = KeptRequestState.of(kept.request)
        return cls(**dict(request), body=kept.body.decode("utf-8", "backslashreplace"))


class QuarantinedTicket(BaseModel):
    """What waits under one ticket id: the oldest ten requests."""

    ticket_id: UUID
    requests: list[KeptBodyState]


class SettlementRequest(BaseModel):
    """Why nobody needs to look at it any more; `number`: of one request, left out: of all."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"reason": "Rung up again by hand as R1-1-000042."}]},
    )

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL), VISIBLE]
    number: Annotated[int, Field(strict=True, ge=1, le=2**53)] | None = None

    def of(self, ticket_id: UUID, *, staff_id: UUID) -> Settlement:
        """The same in the slice's words."""
        return Settlement(
            ticket_id=ticket_id, staff_id=staff_id, why=self.reason, number=self.number
        )


class SettlementState(BaseModel):
    """How many requests were waiting under the id and wait no longer; 0 when said again."""

    ticket_id: UUID
    settled_count: int = Field(examples=[1])
