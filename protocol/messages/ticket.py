"""What a finished sale or return says: an agent wrote these bytes once, the hub reads them forever.

Amounts are integer minor units and never negative (the fact's type gives the direction); the one
exception is `cash_rounding_minor`. Quantities are exact decimals, strings on the wire. Rates are
parts per million (19 % = 190_000). Every line carries its inputs, so that anyone can recompute the
ticket (DESIGN §2, Facts).
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import Paper, PromotionShare, TaxTreatment
from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.tax import RegimeKind

Door = Literal["live", "handed_over"]


class TicketDiscount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A discount as it was asked for; exactly one of the two forms is set."""

    percent_ppm: int | None = None
    amount_minor: int | None = None
    reason: str | None = None


class TicketLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line item: inputs first, then the figures that were charged or refunded.

    `amount_minor` = gross − promotions − line discount − share of the ticket discounts.
    `promotions` are inputs too: what each took off, found when the ticket was made.
    """

    line_no: int
    product_id: UUID
    name: str
    quantity: Decimal
    unit: str
    unit_price_minor: int
    tax_id: str
    tax_rate_ppm: int
    gross_minor: int
    amount_minor: int
    code: str | None = None
    list_price_minor: int | None = None
    price_reason: str | None = None
    discount: TicketDiscount | None = None
    line_discount_minor: int = 0
    ticket_discount_minor: int = 0
    original_line_no: int | None = None
    promotions: list[PromotionShare] = []
    promotion_minor: int = 0
    tax_treatment: TaxTreatment = "taxed"
    price_list_id: UUID | None = None


class TaxLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The tax of one rate over the whole ticket: base without tax, tax, base with tax."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    gross_minor: int
    treatment: TaxTreatment = "taxed"


class Tender(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was given (sale) or given back (return). `kind`: cash, card, voucher, credit, …"""

    kind: str
    amount_minor: int
    reference: str | None = None


class TicketTotals(Struct, frozen=True, kw_only=True):
    """Promise M: lines + added tax + duty + cash rounding = tendered − change = payable."""

    lines_minor: int
    added_tax_minor: int
    duty_minor: int
    due_minor: int
    cash_rounding_minor: int
    payable_minor: int
    tendered_minor: int
    change_minor: int


class Ticket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What sales and returns have in common.

    `series_epoch` and `receipt_number` are what the paper shows; the series is (register,
    series_epoch) and gapless. `flags` name what the handed-over door let pass although it differs;
    `told` keeps the tablet's own words, by their path, where it had to read them otherwise.

    What else the settlement followed from: `cash_step_minor` (without one: the table's of that
    day), `duty_tariff` (without one: no duty), `paper`. `exemption`: the number of the certificate
    under which the customer pays no tax. `coupons`: the codes that were presented.
    """

    mode: Door
    currency: str
    prices_include_tax: bool
    rules_version: str
    price_version: int
    series_epoch: int
    receipt_number: int
    rung_at: datetime
    lines: list[TicketLine]
    tax_lines: list[TaxLine]
    tenders: list[Tender]
    totals: TicketTotals
    discounts: list[TicketDiscount] = []
    customer_id: UUID | None = None
    flags: list[str] = []
    addendum_to_z: int | None = None
    told: dict[str, str] = {}
    paper: Paper = "ticket"
    coupons: list[str] = []
    cash_step_minor: int | None = None
    duty_tariff: CashDutyTariff | None = None
    legal_entity_id: UUID | None = None
    regime: RegimeKind | None = None
    exemption: str | None = None


class SaleFinalised(Ticket, frozen=True, kw_only=True, omit_defaults=True):
    """Goods left, money came. The fact's id is the tablet's sale id."""


class ReturnFinalised(Ticket, frozen=True, kw_only=True, omit_defaults=True):
    """Goods came back, money left. Without `original_sale_id` it is a return without ticket.

    `rounded_before_minor`: the cash rounding of the sale's earlier returns, an input of its own.
    """

    reason: str
    original_sale_id: UUID | None = None
    rounded_before_minor: int = 0
