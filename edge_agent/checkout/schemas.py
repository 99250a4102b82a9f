"""Sales and returns over HTTP, one shape per door.

Law: the live shapes refuse every field they do not know and every amount out of bounds. The
handed-over shapes describe what a tablet should send; they check nothing but id and mode, because
the goods are gone: `rules.reading` makes of the rest what can be made of it.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SkipValidation,
    WithJsonSchema,
    model_validator,
)

from edge_agent.checkout.invoice_schemas import SaleInvoiceRequest
from edge_agent.checkout.rules.orders import (
    EARLIEST,
    LATEST,
    MAX_COUPONS,
    MAX_LINE_NO,
)
from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from edge_agent.sales.schemas import Currency
from edge_agent.stock.schemas import Quantity
from edge_agent.tills.schemas import Amount

_SALE: dict[str, Any] = {
    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05",
    "mode": "live",
    "shift_id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02",
    "currency": "DZD",
    "rung_at": "2026-11-23T09:14:07Z",
    "lines": [
        {
            "line_no": 1,
            "product_id": "019a7c10-0000-7000-8000-000000000001",
            "code": "6130093011426",
            "quantity": "2",
            "unit_price_minor": 12000,
        }
    ],
    "tenders": [{"kind": "cash", "amount_minor": 50000}],
    "totals": {"payable_minor": 24000, "change_minor": 26000},
}
_RETURN: dict[str, Any] = {
    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a06",
    "mode": "live",
    "shift_id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02",
    "currency": "DZD",
    "rung_at": "2026-11-23T09:20:00Z",
    "original_sale_id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05",
    "reason": "wrong size",
    "lines": [
        {
            "line_no": 1,
            "original_line_no": 1,
            "product_id": "019a7c10-0000-7000-8000-000000000001",
            "quantity": "1",
        }
    ],
    "tenders": [{"kind": "cash", "amount_minor": 12000}],
    "totals": {"payable_minor": 12000},
}

Word = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL), VISIBLE]
Note = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]
TenderKind = Annotated[str, Field(max_length=64, pattern="^[a-z][a-z0-9_]*$")]
LineNumber = Annotated[int, Field(strict=True, ge=1, le=MAX_LINE_NO)]
_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_INSTANT = re.compile(rf"{_DAY}[Tt ]{_TIME}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})")


def _read_instant(value: object) -> datetime | str:
    """In UTC; its own words where no ticket is rung then, as by a clock that fell back to 1970."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        with suppress(ValueError):
            time = datetime.fromisoformat(value.upper())
            return time.astimezone(UTC) if EARLIEST <= time < LATEST else value
    raise ValueError('write the time like "2026-11-23T09:14:07Z"')


LiveInstant = Annotated[
    datetime | str,
    PlainValidator(_read_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "By the tablet's clock. Outside of the years 2000 to 2099 the ticket "
            "gets the time at which it came in, and the flag `unknown-time`.",
        }
    ),
]
Exemption = Annotated[
    Word | None,
    Field(description="The number of the certificate under which the customer pays no tax."),
]
Coupons = Annotated[
    list[Word], Field(max_length=MAX_COUPONS, description="The codes that were presented.")
]
PaperKind = Annotated[
    Literal["ticket", "invoice"],
    Field(description="What the customer takes away; some stamp duty is on invoices alone."),
]
LiveQuantity = Annotated[Quantity, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class DiscountRequest(_Strict):
    """Off a line or the whole ticket; exactly one of the two forms."""

    percent_ppm: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    amount_minor: Amount | None = None
    reason: Note | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "DiscountRequest":
        if (self.percent_ppm is None) == (self.amount_minor is None):
            raise ValueError("give either percent_ppm or amount_minor")
        return self


class AnyDiscount(_Lenient):
    """A discount as a tablet took it off."""

    percent_ppm: int | None = None
    amount_minor: int | None = None
    reason: str | None = None


class TenderRequest(_Strict):
    """What is given (sale) or given back (return)."""

    kind: TenderKind = Field(
        description="`cash`, which alone is rounded and gives change, or another kind's word.",
        examples=["cash", "card", "voucher"],
    )
    amount_minor: Amount
    reference: Note | None = None


class AnyTender(_Lenient):
    """A tender as a tablet took it."""

    kind: str
    amount_minor: int
    reference: str | None = None


class TotalsRequest(_Strict):
    """What the tablet came to; the agent must come to the same."""

    payable_minor: Amount
    change_minor: Amount = 0


class AnyTotals(_Lenient):
    """What the tablet took, right or wrong."""

    payable_minor: int
    change_minor: int = 0


class _Line(_Strict):
    line_no: LineNumber
    product_id: UUID
    code: Word | None = Field(
        default=None,
        description="What was scanned, for the record; what is sold is `product_id`.",
    )
    quantity: LiveQuantity
    price_reason: Note | None = None
    discount: DiscountRequest | None = None
    name: Note | None = Field(default=None, description="The tablet's; the shop's is printed.")
    tax_id: Word | None = None
    tax_rate_ppm: Annotated[int, Field(strict=True, ge=0)] | None = None
    amount_minor: Amount | None = Field(default=None, description="Checked when it is given.")


class SaleLineRequest(_Line):
    """One line item. Another price than the list's needs a `price_reason`."""

    unit_price_minor: Amount


class QuoteLineRequest(_Line):
    """One line to be priced; without a price at the list's."""

    unit_price_minor: Amount | None = None


class ReturnLineRequest(_Line):
    """One line coming back. Without a price: the ticket's, or the list's if there is no ticket."""

    unit_price_minor: Amount | None = None
    original_line_no: LineNumber | None = Field(
        default=None, description="May be left out where the product is on one line only."
    )


class AnyLine(_Lenient):
    """A line as a tablet rang it, with its own words, tax and amount for the agent to book."""

    line_no: int
    product_id: UUID
    code: str | None = None
    quantity: Quantity
    unit_price_minor: int | None = None
    price_reason: str | None = None
    discount: AnyDiscount | None = None
    original_line_no: int | None = None
    name: str | None = None
    tax_id: str | None = None
    tax_rate_ppm: int | None = None
    amount_minor: int | None = None


class LiveSale(_Strict):
    """A sale at the register, now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SALE]})

    id: ClientId
    mode: Literal["live"]
    shift_id: UUID
    currency: Currency
    rung_at: LiveInstant
    lines: list[SaleLineRequest] = Field(min_length=1)
    discounts: list[DiscountRequest] = Field(default=[], max_length=100)
    tenders: list[TenderRequest] = Field(max_length=100)
    customer_id: UUID | None = None
    exemption: Exemption = None
    coupons: Coupons = []
    paper: PaperKind = "ticket"
    invoice: SaleInvoiceRequest | None = Field(
        default=None, description="To issue it with the sale; needs `paper` to be `invoice`."
    )
    totals: TotalsRequest

    @model_validator(mode="after")
    def _invoice_on_paper(self) -> "LiveSale":
        if self.invoice is not None and self.paper != "invoice":
            raise ValueError("an invoice needs paper: invoice")
        return self


class LiveReturn(_Strict):
    """Goods coming back now, with the ticket (`original_sale_id`) or without."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RETURN]})

    id: ClientId
    mode: Literal["live"]
    shift_id: UUID
    currency: Currency
    rung_at: LiveInstant
    original_sale_id: UUID | None = None
    reason: Note
    lines: list[ReturnLineRequest] = Field(min_length=1)
    tenders: list[TenderRequest] = Field(max_length=100)
    customer_id: UUID | None = None
    totals: TotalsRequest


class _HandedOver(_Lenient):
    id: UUID
    mode: Literal["handed_over"]
    shift_id: SkipValidation[UUID | None] = None
    currency: SkipValidation[str | None] = None
    rung_at: SkipValidation[datetime | None] = None
    lines: SkipValidation[list[AnyLine] | None] = None
    tenders: SkipValidation[list[AnyTender]] = []
    discounts: SkipValidation[list[AnyDiscount]] = []
    customer_id: SkipValidation[UUID | None] = None
    totals: SkipValidation[AnyTotals | None] = None

    def as_written(self) -> dict[str, Any]:
        """The body's own values, also those of fields that nobody knows."""
        return {**(self.model_extra or {}), **vars(self), "id": str(self.id)}


class HandedOverSale(_HandedOver):
    """A sale that a tablet made while the agent was away. Without a list of lines or the amount
    that was payable it is kept aside."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_SALE, "mode": "handed_over"}]})

    exemption: SkipValidation[str | None] = None
    coupons: SkipValidation[list[str]] = []
    paper: SkipValidation[Literal["ticket", "invoice"]] = "ticket"
    invoice: SkipValidation[SaleInvoiceRequest | None] = None


class HandedOverReturn(_HandedOver):
    """A return that a tablet took while the agent was away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_RETURN, "mode": "handed_over"}]})

    original_sale_id: SkipValidation[UUID | None] = None
    reason: SkipValidation[str] = ""


SaleRequest = Annotated[LiveSale | HandedOverSale, Field(discriminator="mode")]
ReturnRequest = Annotated[LiveReturn | HandedOverReturn, Field(discriminator="mode")]


class Quarantined(BaseModel):
    """The request cannot be booked; its bytes are kept for a person to settle."""

    id: UUID
    status: Literal["quarantined"]
    flags: list[str] = Field(description="Why.", examples=[["sale-id-reused"]])


class RetriedRequest(BaseModel):
    """What became of one quarantined request: in the books, or waiting on."""

    number: int = Field(examples=[17])
    status: Literal["booked", "repeated", "quarantined"]


class RetriedTicket(BaseModel):
    """What became of the requests that waited under one ticket id."""

    ticket_id: UUID
    requests: list[RetriedRequest]
