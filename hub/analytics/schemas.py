"""Sums as the API shows them. Sums over different currencies do not exist."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, CurrencyCode, ListAnswer, ListParameters


class DaySales(Answer):
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
