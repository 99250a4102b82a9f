"""What a file of Online Retail's shape holds: rows, and the tickets they become.

Amounts are pence; times are the shop's own, without a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Fate = Literal["sold", "returned", "adjusted", "refused"]
FATES: tuple[Fate, ...] = ("sold", "returned", "adjusted", "refused")


class Row(NamedTuple):
    """A row that could be read. `number` counts the file's rows from 1."""

    number: int
    invoice_no: str
    stock_code: str
    description: str | None
    quantity: int
    at: datetime
    unit_price_minor: int
    customer_id: str | None
    country: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedRow:
    """A row that is no business of a shop's books. `columns`: the row as it stands in the file."""

    row_number: int
    at: datetime
    columns: Mapping[str, object]
    reason: str

    @property
    def row_count(self) -> int:
        """Rows of the file in it."""
        return 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line item; `quantity` is positive, but signed in a stock adjustment.

    `usual_price_minor`: what the code mostly costs. `original`: a return's (invoice, line number).
    """

    line_no: int
    row_number: int
    stock_code: str
    description: str | None
    quantity: int
    unit_price_minor: int
    usual_price_minor: int
    customer_id: str | None
    original: tuple[str, int] | None = None

    @property
    def price_overridden(self) -> bool:
        """Whether the till must give a reason for the price."""
        return self.unit_price_minor != self.usual_price_minor

    @property
    def gross_minor(self) -> int:
        """Quantity × unit price."""
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """All lines of one invoice that share a fate, at the invoice's first time."""

    invoice_no: str
    at: datetime
    customer_id: str | None
    country: str | None
    lines: tuple[Line, ...]

    @property
    def gross_minor(self) -> int:
        """Sum over the lines."""
        return sum(line.gross_minor for line in self.lines)

    @property
    def row_count(self) -> int:
        """Rows of the file in it."""
        return len(self.lines)


class SaleTicket(Ticket):
    """Sold lines, free ones among them."""


class ReturnTicket(Ticket):
    """Lines brought back."""

    @property
    def original_invoice_no(self) -> str | None:
        """The sale it returns, when each of its lines is known to come from that one sale."""
        sales = {line.original[0] if line.original else None for line in self.lines}
        return sales.pop() if len(sales) == 1 else None


class StockAdjustment(Ticket):
    """Goods written off or found: no money moves."""


Entry = SaleTicket | ReturnTicket | StockAdjustment | RefusedRow
FATE_OF: Mapping[type, Fate] = {
    SaleTicket: "sold",
    ReturnTicket: "returned",
    StockAdjustment: "adjusted",
    RefusedRow: "refused",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueEntry:
    """A code that was sold, returned or adjusted, with its most common name and price."""

    stock_code: str
    name: str
    usual_price_minor: int
