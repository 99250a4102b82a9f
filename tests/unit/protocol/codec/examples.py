"""One fact of every type, with fixed ids and times; golden files hold their bytes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from protocol.codec.facts import encode_fact
from protocol.messages.facts import Body
from protocol.messages.invoice import InvoiceIssued, LegalIds, Party
from protocol.messages.proposal import CustomerProposed, ProductProposed
from protocol.messages.stock import StockLine, StockMoved
from protocol.messages.ticket import (
    ReturnFinalised,
    SaleFinalised,
    TaxLine,
    Tender,
    TicketDiscount,
    TicketLine,
    TicketTotals,
)
from protocol.messages.till import (
    CashCount,
    CashMoved,
    ShiftClosed,
    ShiftOpened,
    TaxSum,
    TenderSum,
)

DEVICE = UUID("0192d6a0-0000-7000-8000-000000000001")
STORE = UUID("0192d6a0-0000-7000-8000-000000000002")
REGISTER = UUID("0192d6a0-0000-7000-8000-000000000003")
SHIFT = UUID("0192d6a0-0000-7000-8000-000000000004")
STAFF = UUID("0192d6a0-0000-7000-8000-000000000005")
PRODUCT = UUID("0192d6a0-0000-7000-8000-000000000006")
ENTITY = UUID("0192d6a0-0000-7000-8000-000000000009")
CUSTOMER = UUID("0192d6a0-0000-7000-8000-000000000007")
SALE = UUID("0192d6a0-0000-7000-8000-000000000008")
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

_LINE = TicketLine(
    line_no=1,
    product_id=PRODUCT,
    name="Lait حليب",
    quantity=Decimal("1.250"),
    unit="kg",
    unit_price_minor=8000,
    tax_id="tva-9",
    tax_rate_ppm=90_000,
    gross_minor=10_000,
    amount_minor=9_000,
    code="6130000000017",
    list_price_minor=8000,
    discount=TicketDiscount(percent_ppm=100_000, reason="damaged"),
    line_discount_minor=1_000,
)
_TAXES = [
    TaxLine(tax_id="tva-9", rate_ppm=90_000, base_minor=8_257, tax_minor=743, gross_minor=9_000)
]
_TOTALS = TicketTotals(
    lines_minor=9_000,
    added_tax_minor=0,
    duty_minor=0,
    due_minor=9_000,
    cash_rounding_minor=0,
    payable_minor=9_000,
    tendered_minor=10_000,
    change_minor=1_000,
)

BODIES: dict[str, Body] = {
    "sale.finalised": SaleFinalised(
        mode="live",
        currency="DZD",
        prices_include_tax=True,
        rules_version="2026.1",
        price_version=3,
        series_epoch=1,
        receipt_number=42,
        rung_at=AT,
        lines=[_LINE],
        tax_lines=_TAXES,
        tenders=[Tender(kind="cash", amount_minor=10_000)],
        totals=_TOTALS,
    ),
    "return.finalised": ReturnFinalised(
        mode="handed_over",
        currency="DZD",
        prices_include_tax=True,
        rules_version="2026.1",
        price_version=3,
        series_epoch=1,
        receipt_number=43,
        rung_at=AT,
        lines=[_LINE],
        tax_lines=_TAXES,
        tenders=[Tender(kind="card", amount_minor=9_000, reference="A1")],
        totals=_TOTALS,
        flags=["wrong-totals"],
        addendum_to_z=7,
        reason="spoiled",
        original_sale_id=SALE,
    ),
    "shift.opened": ShiftOpened(currency="DZD", float_minor=500_000),
    "shift.closed": ShiftClosed(
        z_number=7,
        currency="DZD",
        sales_count=1,
        returns_count=0,
        gross_minor=9_000,
        returns_minor=0,
        net_minor=9_000,
        tenders=[TenderSum(kind="cash", count=1, amount_minor=9_000)],
        taxes=[TaxSum(tax_id="tva-9", rate_ppm=90_000, base_minor=8_257, tax_minor=743)],
        cash=CashCount(
            float_minor=500_000,
            sales_minor=9_000,
            returns_minor=0,
            paid_in_minor=0,
            paid_out_minor=0,
            pickup_minor=0,
            loan_minor=0,
            expected_minor=509_000,
            counted_minor=509_000,
            over_short_minor=0,
        ),
        series_epoch=1,
        first_receipt=42,
        last_receipt=42,
    ),
    "cash.moved": CashMoved(kind="paid_out", currency="DZD", amount_minor=20_000, reason="baker"),
    "stock.moved": StockMoved(
        kind="waste",
        reason="expired",
        lines=[StockLine(line_no=1, product_id=PRODUCT, quantity=Decimal(-2), unit="piece")],
    ),
    "product.proposed": ProductProposed(
        product_id=PRODUCT, name="Dattes", unit="kg", currency="DZD", unit_price_minor=60_000
    ),
    "customer.proposed": CustomerProposed(customer_id=CUSTOMER, sealed=b"\x00\x01sealed"),
    "invoice.issued": InvoiceIssued(
        kind="invoice",
        legal_entity_id=ENTITY,
        seller=Party(
            name="EURL El Baraka",
            address=("12, rue Didouche Mourad", "16000 Alger"),
            ids=LegalIds(
                nif="000016001234567",
                nis="001216010012345",
                rc="16/00-0012345B19",
                ai="16010123456",
            ),
        ),
        year=2026,
        series_epoch=1,
        number=7,
        issued_on=date(2026, 11, 23),
        ticket_id=SALE,
        currency="DZD",
        payable_minor=12_000,
        buyer_id=CUSTOMER,
        buyer=b"\x00\x01sealed",
    ),
}


def example(body: Body) -> bytes:
    """The fact's bytes."""
    return encode_fact(
        id=SALE,
        at=AT,
        store_id=STORE,
        body=body,
        register_id=REGISTER,
        shift_id=SHIFT,
        staff_id=STAFF,
        business_date=date(2026, 11, 23),
    )
