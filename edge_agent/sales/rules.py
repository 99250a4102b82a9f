"""What a booked ticket is, and how a repeated request is told from a reused id.

Law: a ticket is written once; everything here reads or compares, nothing changes one.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.basket import Paper, TaxTreatment
from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.tax import RegimeKind
from protocol.messages.invoice import InvoiceIssued, InvoiceKind
from protocol.messages.ticket import Door, TaxLine, Tender, TicketDiscount, TicketLine, TicketTotals

TicketKind = Literal["sale", "return"]


class Receipt(Struct, frozen=True, kw_only=True):
    """The number on the paper: gapless from 1 within (register, series_epoch) (promise N)."""

    number: int
    series_epoch: int
    register_id: UUID
    text: str


class InvoiceRef(Struct, frozen=True, kw_only=True):
    """The invoice that was issued with the ticket; `text` as printed."""

    id: UUID
    text: str


class TicketDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket as it is answered. `hash` is the journal's, in hex; amounts are minor units."""

    id: UUID
    kind: TicketKind
    mode: Door
    receipt: Receipt
    seq: int
    hash: str
    shift_id: UUID | None
    staff_id: UUID
    business_date: date
    rung_at: datetime
    finalised_at: datetime
    currency: str
    prices_include_tax: bool
    lines: list[TicketLine]
    tax_lines: list[TaxLine]
    totals: TicketTotals
    tenders: list[Tender]
    flags: list[str]
    discounts: list[TicketDiscount] = []
    customer_id: UUID | None = None
    original_sale_id: UUID | None = None
    reason: str | None = None
    addendum_to_z: int | None = None
    paper: Paper = "ticket"
    coupons: list[str] = []
    cash_step_minor: int | None = None
    duty_tariff: CashDutyTariff | None = None
    legal_entity_id: UUID | None = None
    regime: RegimeKind | None = None
    exemption: str | None = None
    invoice: InvoiceRef | None = None


class InvoiceSeries(Struct, frozen=True, kw_only=True):
    """Within one kind of it numbers have no gap."""

    legal_entity_id: UUID
    register_id: UUID
    series_epoch: int
    year: int
    kind: InvoiceKind


class BookedInvoice(Struct, frozen=True, kw_only=True):
    """An invoice as it was issued. `text`: its number as printed; `hash`: the journal's, in hex."""

    id: UUID
    register_id: UUID
    text: str
    seq: int
    hash: str
    issued: InvoiceIssued


class StoredTicket(Struct, frozen=True, kw_only=True):
    """What tells a repetition from a reused id, and the bytes to answer with."""

    kind: TicketKind
    content_hash: bytes
    answer: bytes


class QuarantinedRequest(Struct, frozen=True, kw_only=True):
    """A handed-over request that cannot be booked. `body` is the request as it arrived."""

    ticket_id: UUID
    kind: TicketKind
    reason: str
    register_id: UUID
    staff_id: UUID
    received_at: datetime
    content_hash: bytes
    body: bytes


class KeptRequest(Struct, frozen=True, kw_only=True):
    """A quarantined request as it waits, under the number it was kept by. `kind` None: an earlier
    release kept it and did not say."""

    number: int
    ticket_id: UUID
    kind: TicketKind | None
    reason: str
    register_id: UUID
    staff_id: UUID
    received_at: datetime
    size_bytes: int


class KeptBody(Struct, frozen=True, kw_only=True):
    """The same with its bytes; `content_hash` as of `QuarantinedRequest`."""

    request: KeptRequest
    content_hash: bytes
    body: bytes


class QuarantinePage(Struct, frozen=True, kw_only=True):
    """A part of the list; `next` is what to pass as `after`, None at the end."""

    items: list[KeptRequest]
    next: int | None


class Settlement(Struct, frozen=True, kw_only=True):
    """Someone has dealt with one request, or with all that wait under the id (`number` None)."""

    ticket_id: UUID
    staff_id: UUID
    why: str
    number: int | None = None


class TenderTotal(Struct, frozen=True, kw_only=True):
    """One kind of tender over one kind of ticket; `change_minor` is not yet taken off."""

    ticket_kind: TicketKind
    tender_kind: str
    count: int
    amount_minor: int


class TaxTotal(Struct, frozen=True, kw_only=True):
    """One rate over a shift, returns already subtracted; `count`: of all tickets that bore it."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    treatment: TaxTreatment = "taxed"
    count: int = 0


class AddendaTotal(Struct, frozen=True, kw_only=True):
    """Tickets of one kind and business year that came after the close of one older Z and that no
    Z has told of yet."""

    z_number: int
    ticket_kind: TicketKind
    year: int
    count: int
    payable_minor: int
    duty_minor: int


class ShiftTickets(Struct, frozen=True, kw_only=True):
    """All that an X or Z needs of the tickets of one shift in its currency, addenda left out.

    `addenda`: those of the register that no Z has told of yet, whatever their shift.
    """

    sales_count: int = 0
    returns_count: int = 0
    gross_minor: int = 0
    returns_minor: int = 0
    change_minor: int = 0
    returns_change_minor: int = 0
    handed_over_count: int = 0
    duty_minor: int = 0
    duty_count: int = 0
    tenders: list[TenderTotal] = []
    taxes: list[TaxTotal] = []
    addenda: list[AddendaTotal] = []
    series_epoch: int | None = None
    first_receipt: int | None = None
    last_receipt: int | None = None


class ReturnedLine(Struct, frozen=True, kw_only=True):
    """One line of an earlier return against the same sale."""

    original_line_no: int
    quantity: Decimal
    amount_minor: int


def receipt_text(*, register_code: str, series_epoch: int, number: int) -> str:
    """The series and number as printed."""
    return f"{register_code}-{series_epoch}-{number:06d}"


def is_repetition(stored: StoredTicket, *, kind: TicketKind, content_hash: bytes) -> bool:
    """The same request again: answered as before. Otherwise the id was reused."""
    return stored.kind == kind and stored.content_hash == content_hash
