"""What a tablet asks for, what the shop offers, and a ticket's figures: values only, frozen.

Law: the content hash covers everything the tablet said but the door, so that a sale whose answer
was lost may be handed over later and is still the same sale.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from edge_agent.sales.rules import TicketKind
from protocol.checkout.basket import Paper, TaxTreatment
from protocol.checkout.duty import CashDutyTariff
from protocol.checkout.promotions import Promotion
from protocol.checkout.tax import RegimeKind
from protocol.messages.collections import MANAGERS_MAY
from protocol.messages.invoice import Party
from protocol.messages.ticket import (
    Door,
    TaxLine,
    Tender,
    TicketDiscount,
    TicketLine,
    TicketTotals,
)

# Far above what fits in one ticket, far below what a column holds.
MAX_LINE_NO = 10_000
MAX_COUPONS = 20
MAX_ADDRESS_LINES = 6
# Of a note or a name. The hub parks a ticket that has a longer text than twice this.
MAX_TEXT_CHARS = 1_000
# No ticket is rung outside of these; a calendar's very ends fit into no database.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as the tablet rang it. From `name` on: the tablet's own figures, for the day the
    agent does not know better."""

    line_no: int
    product_id: UUID
    quantity: Decimal
    unit_price_minor: int | None = None
    code: str | None = None
    price_reason: str | None = None
    discount: TicketDiscount | None = None
    original_line_no: int | None = None
    name: str | None = None
    tax_id: str | None = None
    tax_rate_ppm: int | None = None
    amount_minor: int | None = None


class SaleInvoice(Struct, frozen=True, kw_only=True):
    """The invoice that a sale asks for, under an id of the tablet's."""

    id: UUID
    buyer: Party


class TicketOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sale or return as the tablet rang it; amounts are minor units of `currency`.

    `told`: path → the tablet's own words, where the handed-over door had to read them otherwise.
    `exemption`: the number of the customer's certificate.
    """

    kind: TicketKind
    id: UUID
    shift_id: UUID
    currency: str
    rung_at: datetime
    lines: list[OrderLine]
    tenders: list[Tender]
    payable_minor: int
    change_minor: int = 0
    discounts: list[TicketDiscount] = []
    customer_id: UUID | None = None
    original_sale_id: UUID | None = None
    reason: str | None = None
    told: dict[str, str] = {}
    exemption: str | None = None
    coupons: list[str] = []
    paper: Paper = "ticket"
    invoice: SaleInvoice | None = None


class Arrival(Struct, frozen=True, kw_only=True):
    """How an order came in. `flags`: what reading it already noticed; `body`: its bytes; `roles`:
    of whoever rang it up."""

    mode: Door
    register_id: UUID
    staff_id: UUID
    body: bytes
    flags: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Offer(Struct, frozen=True, kw_only=True):
    """A product as the shop sells it to that customer on that day, for all of its pieces on the
    ticket; a proposed one may lack price or tax, and any tax a rate on that day.

    `price_list_id`: whose price it is, None = the shop's own. `withdrawn`: the office has taken it
    out of sale.
    """

    product_id: UUID
    name: str
    unit: str
    unit_price_minor: int | None
    tax_id: str | None
    tax_rate_ppm: int | None
    withdrawn: bool = False
    tax_treatment: TaxTreatment = "taxed"
    price_list_id: UUID | None = None
    category: str | None = None


class Offers(Struct, frozen=True, kw_only=True):
    """What is known of an order's products, in one look: `version` is the hub's of the prices."""

    by_product: Mapping[UUID, Offer]
    version: int


class Terms(Struct, frozen=True, kw_only=True):
    """What holds for the whole ticket, to whom it goes and when it was rung.

    `at`: by which prices are looked up. `minute`: of the shop's day then, for happy hours.
    `denominations_minor`: coins and notes, rising. `exempt`: the customer pays no tax. `may`: what
    whoever rang it up may do.
    """

    currency: str
    prices_include_tax: bool
    business_date: date
    at: datetime
    cash_step_minor: int
    minute: int = 0
    regime: RegimeKind = "reel"
    legal_entity_id: UUID | None = None
    exempt: bool = False
    tariffs: tuple[CashDutyTariff, ...] = ()
    denominations_minor: tuple[int, ...] = ()
    price_lists: tuple[UUID, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    may: frozenset[str] = frozenset(MANAGERS_MAY)


class Priced(Struct, frozen=True, kw_only=True):
    """A ticket's figures, and in what they differ from what should be.

    `rounded_before_minor`: of a return, the cash rounding of its sale's earlier ones.
    """

    lines: list[TicketLine]
    tax_lines: list[TaxLine]
    totals: TicketTotals
    flags: tuple[str, ...] = ()
    rounded_before_minor: int = 0


def content_hash(order: TicketOrder) -> bytes:
    """SHA-256 over the order's canonical bytes."""
    return sha256(msgspec.json.encode(order)).digest()
