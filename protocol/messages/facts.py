"""The envelope of every fact, and which body belongs to which type and schema version.

A fact's bytes are written once by the device and hold neither seq nor epoch: its place in the
journal is the frame's business (DESIGN §2, Facts).
"""

from datetime import date, datetime
from uuid import UUID

from msgspec import Raw, Struct

from protocol.messages.invoice import InvoiceIssued
from protocol.messages.proposal import CustomerProposed, ProductProposed
from protocol.messages.stock import StockMoved
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import CashMoved, ShiftClosed, ShiftOpened

Body = (
    SaleFinalised
    | ReturnFinalised
    | ShiftOpened
    | ShiftClosed
    | CashMoved
    | StockMoved
    | ProductProposed
    | CustomerProposed
    | InvoiceIssued
)

# Every released (type, sv) stays here; an older sv gains an upcaster in codec.upcasting instead.
BODY_TYPES: dict[str, type[Body]] = {
    "sale.finalised": SaleFinalised,
    "return.finalised": ReturnFinalised,
    "shift.opened": ShiftOpened,
    "shift.closed": ShiftClosed,
    "cash.moved": CashMoved,
    "stock.moved": StockMoved,
    "product.proposed": ProductProposed,
    "customer.proposed": CustomerProposed,
    "invoice.issued": InvoiceIssued,
}
TYPE_OF_BODY: dict[type[Body], str] = {body: name for name, body in BODY_TYPES.items()}
CURRENT_VERSION: dict[str, int] = dict.fromkeys(BODY_TYPES, 1)


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who, where and when; `at` is the device's clock (UTC), never used for order."""

    id: UUID
    type: str
    sv: int
    at: datetime
    store_id: UUID
    body: Raw
    register_id: UUID | None = None
    shift_id: UUID | None = None
    staff_id: UUID | None = None
    business_date: date | None = None


class Fact(Struct, frozen=True, kw_only=True):
    """A decoded fact: the envelope and its body in the current schema version."""

    envelope: Envelope
    body: Body
