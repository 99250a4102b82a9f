"""Sums as the API shows them. Sums over different currencies do not exist."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, CurrencyCode, ListAnswer, ListParameters, example

_DAY = {
    "store_id": "0197a1b2-0000-7000-8000-000000000010",
    "business_date": "2026-11-23",
    "currency": "DZD",
    "tickets": 214,
    "sales_count": 211,
    "returns_count": 3,
    "gross_minor": 18_432_000,
    "returns_minor": 121_500,
    "net_minor": 18_310_500,
    "tax_minor": 1_977_214,
}


class DaySales(Answer, json_schema_extra=example(_DAY)):
    """What a store sold on a business date in one currency."""

    store_id: UUID
    business_date: date
    currency: CurrencyCode
    tickets: Annotated[int, Field(description="Sales and returns.")]
    sales_count: int
    returns_count: int
    gross_minor: Annotated[int, Field(description="Payable of all sales.")]
    returns_minor: Annotated[int, Field(description="Payable of all returns.")]
    net_minor: Annotated[int, Field(description="gross_minor − returns_minor")]
    tax_minor: Annotated[int, Field(description="Tax in sales minus tax in returns.")]


class DaySalesList(ListAnswer[DaySales]):
    """A page of days."""


class DayParameters(ListParameters):
    """Which days to list. Dates are business dates, both included."""

    store_id: UUID | None = None
    currency: CurrencyCode | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None
