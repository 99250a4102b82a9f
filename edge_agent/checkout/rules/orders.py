"""What a tablet asks for, what the shop offers, and a ticket's figures: values only, frozen.

Law: the content hash covers everything the tablet said but the door, so that a sale whose answer
was lost may be handed over later and is still the same sale.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from edge_agent.catalog.models import Product
from edge_agent.catalog.rules import display_name
from edge_agent.sales.rules import TicketDocument, TicketKind
from protocol.messages.collections import StoreSettings
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


class TicketOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sale or return as the tablet rang it; amounts are minor units of `currency`.

    `told`: path → the tablet's own words, where the handed-over door had to read them otherwise.
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


class Arrival(Struct, frozen=True, kw_only=True):
    """How an order came in. `flags`: what reading it already noticed; `body`: its bytes."""

    mode: Door
    register_id: UUID
    staff_id: UUID
    body: bytes
    flags: tuple[str, ...] = ()


class Offer(Struct, frozen=True, kw_only=True):
    """A product as the shop sells it on that day; a proposed one may lack price or tax.

    `withdrawn`: the office has taken it out of sale.
    """

    product_id: UUID
    name: str
    unit: str
    unit_price_minor: int | None
    tax_id: str | None
    tax_rate_ppm: int | None
    withdrawn: bool = False


class PriceList(Struct, frozen=True, kw_only=True):
    """What is known of an order's products, in one look: `version` is the hub's of the prices."""

    offers: Mapping[UUID, Offer]
    version: int


class Terms(Struct, frozen=True, kw_only=True):
    """What holds for the whole ticket."""

    currency: str
    prices_include_tax: bool
    business_date: date


class Priced(Struct, frozen=True, kw_only=True):
    """A ticket's figures, and in what they differ from what should be."""

    lines: list[TicketLine]
    tax_lines: list[TaxLine]
    totals: TicketTotals
    flags: tuple[str, ...] = ()


def content_hash(order: TicketOrder) -> bytes:
    """SHA-256 over the order's canonical bytes."""
    return sha256(msgspec.json.encode(order)).digest()


def terms_of(
    settings: StoreSettings, business_date: date, *, returned: TicketDocument | None
) -> Terms:
    """The shop's of that day; what comes back with its ticket keeps the ticket's word on whether
    prices include tax, whatever the office has said since."""
    included = settings.prices_include_tax if returned is None else returned.prices_include_tax
    return Terms(
        currency=settings.currency, prices_include_tax=included, business_date=business_date
    )


def price_list(products: Iterable[Product], *, settings: StoreSettings) -> PriceList:
    """The products as this store sells them; a price in another currency is none."""
    offers = {}
    version = 0
    for product in products:
        version = max(version, product.price_version)
        priced_here = product.currency == settings.currency
        offers[product.product_id] = Offer(
            product_id=product.product_id,
            name=display_name(product.names, settings.languages)[:MAX_TEXT_CHARS],
            unit=product.unit,
            unit_price_minor=product.unit_price_minor if priced_here else None,
            tax_id=product.tax_id,
            tax_rate_ppm=product.tax_rate_ppm,
            withdrawn=not product.active,
        )
    return PriceList(offers=offers, version=version)
