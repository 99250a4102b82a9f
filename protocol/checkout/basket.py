"""What goes into the arithmetic and what comes out, every intermediate figure included.

The file's law: values only, frozen; whether they make sense is `validation`'s question. Amounts are
minor units of the basket's currency; rates are parts per million (19 % = 190_000).
"""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

CASH = "cash"
PPM = 1_000_000

# "exempt" is no rate of 0 %: it needs a legal ground. "outside": of a regime that charges no tax.
TaxTreatment = Literal["taxed", "exempt", "outside"]
Paper = Literal["ticket", "invoice"]


class Discount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Off a line or off the whole ticket; exactly one of the two forms is set."""

    percent_ppm: int | None = None
    amount_minor: int | None = None


class PromotionShare(Struct, frozen=True, kw_only=True):
    """What one promotion takes off a line; `promotions` finds it, the arithmetic takes it as is."""

    promotion_id: UUID
    amount_minor: int


class LineInput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line item. `line_no` is unique in the basket and decides ties, not the list's order."""

    line_no: int
    quantity: Decimal
    unit: str
    unit_price_minor: int
    tax_id: str
    tax_rate_ppm: int
    discount: Discount | None = None
    promotions: tuple[PromotionShare, ...] = ()
    tax_treatment: TaxTreatment = "taxed"


class TenderInput(Struct, frozen=True, kw_only=True):
    """Money given. Every `kind` but "cash" is exact: no rounding, no change.

    A cash tender of zero settles an amount that rounds to nothing.
    """

    kind: str
    amount_minor: int


class BasketInput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket before arithmetic. `ticket_discounts` apply in their order."""

    currency: str
    prices_include_tax: bool
    business_date: date
    lines: tuple[LineInput, ...]
    ticket_discounts: tuple[Discount, ...] = ()
    tenders: tuple[TenderInput, ...] = ()
    paper: Paper = "ticket"


class LineFigures(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`amount_minor` = gross − promotions − line discount − share of the ticket discounts."""

    line_no: int
    gross_minor: int
    line_discount_minor: int
    ticket_discount_minor: int
    amount_minor: int
    promotion_minor: int = 0


class TaxFigures(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The tax of one (tax_id, rate, treatment) on the sum of its lines: base + tax = gross."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    gross_minor: int
    treatment: TaxTreatment = "taxed"


class Goods(Struct, frozen=True, kw_only=True):
    """The ticket up to the question of how it is paid; lines by line_no, taxes by id and rate.

    `ticket_discounts_minor`: what each ticket discount took off, in order. `added_tax_minor` is
    zero where prices include tax. `goods_minor` = lines + added tax.
    """

    lines: tuple[LineFigures, ...]
    ticket_discounts_minor: tuple[int, ...]
    tax_lines: tuple[TaxFigures, ...]
    lines_minor: int
    added_tax_minor: int
    goods_minor: int


class Settlement(Struct, frozen=True, kw_only=True):
    """How it is paid. payable = due + cash rounding = tendered − change."""

    duty_minor: int
    due_minor: int
    cash_rounding_minor: int
    payable_minor: int
    tendered_minor: int
    change_minor: int


class Figures(Struct, frozen=True, kw_only=True):
    """Everything on the ticket: Goods and Settlement together, as of one rules version.

    Promise M: lines + added tax + duty + cash rounding = tendered − change.
    """

    lines: tuple[LineFigures, ...]
    ticket_discounts_minor: tuple[int, ...]
    tax_lines: tuple[TaxFigures, ...]
    lines_minor: int
    added_tax_minor: int
    duty_minor: int
    due_minor: int
    cash_rounding_minor: int
    payable_minor: int
    tendered_minor: int
    change_minor: int


class Quote(Struct, frozen=True, kw_only=True):
    """What the register shows before money is given.

    `due_minor`: to pay if no cash is used. `cash_payable_minor`: to pay if all is cash, with the
    duty on cash and the cash rounding that go with it.
    """

    lines: tuple[LineFigures, ...]
    ticket_discounts_minor: tuple[int, ...]
    tax_lines: tuple[TaxFigures, ...]
    lines_minor: int
    added_tax_minor: int
    due_minor: int
    cash_duty_minor: int
    cash_rounding_minor: int
    cash_payable_minor: int
