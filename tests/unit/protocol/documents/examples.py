"""A shop in Algiers and its papers' messages, with all that a paper can say."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from protocol.checkout.basket import PromotionShare
from protocol.documents.context import PaperContext
from protocol.documents.labels import ShelfLabel, ShelfPrice
from protocol.documents.notes import GoodsName, NoteTerms
from protocol.messages.invoice import InvoiceIssued, LegalIds, Party
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
    Addenda,
    CashCount,
    Perpetual,
    ShiftClosed,
    TaxSum,
    TenderSum,
)

THREE_FOR_TWO = UUID("00000000-0000-7000-8000-0000000000a1")
EVENING = UUID("00000000-0000-7000-8000-0000000000a2")
PRODUCT = UUID("00000000-0000-7000-8000-0000000000b1")
CHAIN = bytes.fromhex("3fa912bc77e0d45a" * 4)
TODAY = date(2026, 11, 24)

SHOP = Party(
    name="Supérette El Baraka",
    address=("12, rue Didouche Mourad", "16000 Alger"),
    ids=LegalIds(
        nif="000016001234567", nis="000116010012345", rc="16/00-0123456 B 00", ai="16011234567"
    ),
    phone="021 23 45 67",
)
SHOP_AR = Party(
    name="متجر البركة",
    address=("12، شارع ديدوش مراد", "16000 الجزائر"),
    ids=SHOP.ids,
    phone=SHOP.phone,
)
BUYER = Party(
    name="SARL Café des Délices",
    address=("3, place de l'Émir Abdelkader", "16000 Alger"),
    ids=LegalIds(nif="000916007654321", nis="000916010054321", rc="16/00-0987654 B 09"),
)


def context(*languages: str, **changes: Any) -> PaperContext:
    arabic = bool(languages) and languages[0] == "ar"
    told = PaperContext(
        languages=languages or ("fr",),
        timezone="Africa/Algiers",
        business_date=TODAY,
        party=SHOP_AR if arabic else SHOP,
        store="البركة - وسط المدينة" if arabic else "El Baraka Centre",
        register="الصندوق 1" if arabic else "Caisse 1",
        register_code="C1",
        cashier="أمينة ب." if arabic else "Amina B.",
        footer=("شكرا لزيارتكم" if arabic else "Merci de votre visite",),
        promotion_names={
            THREE_FOR_TWO: "3 بسعر 2" if arabic else "3 pour 2",
            EVENING: "تخفيض المساء" if arabic else "Heure du soir",
        },
        tax_names={},
        chain_hash=CHAIN,
    )
    return msgspec.structs.replace(told, **changes)


def line(line_no: int, name: str, **changes: Any) -> TicketLine:
    """One piece at 100.00, 19 % included, unless told otherwise."""
    plain = TicketLine(
        line_no=line_no,
        product_id=PRODUCT,
        name=name,
        quantity=Decimal(1),
        unit="piece",
        unit_price_minor=100_00,
        tax_id="tva19",
        tax_rate_ppm=190_000,
        gross_minor=100_00,
        amount_minor=100_00,
    )
    return msgspec.structs.replace(plain, **changes)


def lines(*, arabic: bool = False) -> list[TicketLine]:
    names = (
        ("قهوة مطحونة 250غ", "حليب مجفف كامل الدسم نيدو 400 غ", "جبن", "خبز")
        if arabic
        else ("Café moulu Bonal 250 g", "Lait entier en poudre Nido 400 g", "Fromage", "Pain")
    )
    return [
        line(
            1,
            names[0],
            quantity=Decimal(3),
            unit_price_minor=350_00,
            gross_minor=1_050_00,
            promotions=[PromotionShare(promotion_id=THREE_FOR_TWO, amount_minor=350_00)],
            promotion_minor=350_00,
            amount_minor=665_00,
            ticket_discount_minor=35_00,
        ),
        line(
            2,
            names[1],
            unit_price_minor=980_00,
            list_price_minor=1_050_00,
            price_reason="emballage abîmé" if not arabic else "علبة متضررة",
            gross_minor=980_00,
            discount=TicketDiscount(percent_ppm=100_000),
            line_discount_minor=98_00,
            ticket_discount_minor=44_10,
            amount_minor=837_90,
        ),
        line(
            3,
            names[2],
            quantity=Decimal("0.735"),
            unit="kg",
            unit_price_minor=1_600_00,
            tax_id="tva9",
            tax_rate_ppm=90_000,
            gross_minor=1_176_00,
            promotions=[PromotionShare(promotion_id=EVENING, amount_minor=76_00)],
            promotion_minor=76_00,
            ticket_discount_minor=55_00,
            amount_minor=1_045_00,
        ),
        line(
            4,
            names[3],
            quantity=Decimal(2),
            unit_price_minor=10_00,
            tax_id="exempt",
            tax_rate_ppm=0,
            tax_treatment="exempt",
            gross_minor=20_00,
            ticket_discount_minor=1_00,
            amount_minor=19_00,
        ),
    ]


TAXES = [
    TaxLine(
        tax_id="exempt",
        rate_ppm=0,
        base_minor=19_00,
        tax_minor=0,
        gross_minor=19_00,
        treatment="exempt",
    ),
    TaxLine(
        tax_id="tva19",
        rate_ppm=190_000,
        base_minor=1_262_94,
        tax_minor=239_96,
        gross_minor=1_502_90,
    ),
    TaxLine(
        tax_id="tva9", rate_ppm=90_000, base_minor=958_72, tax_minor=86_28, gross_minor=1_045_00
    ),
]
TOTALS = TicketTotals(
    lines_minor=2_566_90,
    added_tax_minor=0,
    duty_minor=26_00,
    due_minor=2_592_90,
    cash_rounding_minor=2_10,
    payable_minor=2_595_00,
    tendered_minor=3_000_00,
    change_minor=405_00,
)


def sale(*, arabic: bool = False, **changes: Any) -> SaleFinalised:
    """Four lines, two promotions, discounts on line and ticket, three treatments, cash."""
    made = SaleFinalised(
        mode="live",
        currency="DZD",
        prices_include_tax=True,
        rules_version="2026.1",
        price_version=7,
        series_epoch=1,
        receipt_number=1234,
        rung_at=datetime(2026, 11, 24, 17, 42, tzinfo=UTC),
        lines=lines(arabic=arabic),
        tax_lines=TAXES,
        tenders=[
            Tender(kind="card", amount_minor=1_000_00, reference="4821"),
            Tender(kind="cash", amount_minor=2_000_00),
        ],
        totals=TOTALS,
        discounts=[TicketDiscount(percent_ppm=50_000)],
    )
    return msgspec.structs.replace(made, **changes)


def returned(*, arabic: bool = False, **changes: Any) -> ReturnFinalised:
    """One piece of the first line comes back for cash."""
    made = ReturnFinalised(
        mode="live",
        currency="DZD",
        prices_include_tax=True,
        rules_version="2026.1",
        price_version=7,
        series_epoch=1,
        receipt_number=1235,
        rung_at=datetime(2026, 11, 24, 18, 5, tzinfo=UTC),
        lines=[
            line(
                1,
                "قهوة مطحونة 250غ" if arabic else "Café moulu Bonal 250 g",
                unit_price_minor=350_00,
                gross_minor=350_00,
                ticket_discount_minor=11_67,
                promotion_minor=116_66,
                promotions=[PromotionShare(promotion_id=THREE_FOR_TWO, amount_minor=116_66)],
                amount_minor=221_67,
                original_line_no=1,
            )
        ],
        tax_lines=[
            TaxLine(
                tax_id="tva19",
                rate_ppm=190_000,
                base_minor=186_28,
                tax_minor=35_39,
                gross_minor=221_67,
            )
        ],
        tenders=[Tender(kind="cash", amount_minor=220_00)],
        totals=TicketTotals(
            lines_minor=221_67,
            added_tax_minor=0,
            duty_minor=0,
            due_minor=221_67,
            cash_rounding_minor=-1_67,
            payable_minor=220_00,
            tendered_minor=220_00,
            change_minor=0,
        ),
        reason="غير صالح" if arabic else "périmé",
    )
    return msgspec.structs.replace(made, **changes)


PERPETUAL = Perpetual(
    sales_minor=58_123_456_50,
    returns_minor=402_310_00,
    sales_count=46_210,
    returns_count=811,
    duty_minor=421_004_00,
    year=2026,
    year_sales_minor=41_002_118_00,
    year_returns_minor=281_650_00,
)


def z(**changes: Any) -> ShiftClosed:
    """A day with a bit of everything, five dinars short."""
    made = ShiftClosed(
        z_number=312,
        currency="DZD",
        sales_count=148,
        returns_count=3,
        gross_minor=184_320_00,
        returns_minor=2_450_00,
        net_minor=181_870_00,
        tenders=[
            TenderSum(kind="cash", count=131, amount_minor=142_115_00),
            TenderSum(kind="card", count=17, amount_minor=38_655_00),
            TenderSum(kind="ticket resto", count=2, amount_minor=1_100_00),
        ],
        taxes=[
            TaxSum(
                tax_id="exempt",
                rate_ppm=0,
                base_minor=12_340_00,
                tax_minor=0,
                count=61,
                treatment="exempt",
            ),
            TaxSum(
                tax_id="tva19",
                rate_ppm=190_000,
                base_minor=98_300_10,
                tax_minor=18_677_02,
                count=120,
            ),
            TaxSum(
                tax_id="tva9", rate_ppm=90_000, base_minor=46_956_40, tax_minor=4_226_08, count=57
            ),
        ],
        cash=CashCount(
            float_minor=10_000_00,
            sales_minor=144_565_00,
            returns_minor=2_450_00,
            paid_in_minor=0,
            paid_out_minor=3_200_00,
            pickup_minor=100_000_00,
            loan_minor=2_000_00,
            expected_minor=50_915_00,
            counted_minor=50_910_00,
            over_short_minor=-5_00,
        ),
        handed_over_count=4,
        series_epoch=1,
        first_receipt=8812,
        last_receipt=8962,
        duty_minor=1_370_40,
        duty_count=118,
        perpetual=PERPETUAL,
        addenda=[
            Addenda(
                z_number=311, sales_count=2, sales_minor=1_260_00, returns_count=0, returns_minor=0
            )
        ],
        chain_hash=CHAIN,
        signature=bytes(range(160, 224)),
    )
    return msgspec.structs.replace(made, **changes)


def issued(**changes: Any) -> InvoiceIssued:
    """The invoice of `sale`."""
    made = InvoiceIssued(
        kind="invoice",
        legal_entity_id=PRODUCT,
        seller=SHOP,
        year=2026,
        series_epoch=1,
        number=45,
        issued_on=TODAY,
        ticket_id=PRODUCT,
        currency="DZD",
        payable_minor=TOTALS.payable_minor,
        buyer_id=PRODUCT,
        buyer=b"",
    )
    return msgspec.structs.replace(made, **changes)


def terms(**changes: Any) -> NoteTerms:
    """From the shop in the centre to the one by the sea."""
    made = NoteTerms(
        number="BT-2026-000017",
        at=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
        sender=SHOP,
        receiver=Party(name="El Baraka Bord de mer", address=("Route nationale 11", "Aïn Taya")),
        reference="C1-1-001234",
        carrier="Renault Master 01234-116-16",
    )
    return msgspec.structs.replace(made, **changes)


MOVED = StockMoved(
    kind="transfer_out",
    reason="réassort",
    lines=[
        StockLine(line_no=1, product_id=PRODUCT, quantity=Decimal(-24), unit="piece"),
        StockLine(line_no=2, product_id=EVENING, quantity=Decimal("-12.5"), unit="kg"),
        StockLine(line_no=3, product_id=THREE_FOR_TWO, quantity=Decimal(-6), unit="piece"),
    ],
)
NAMES = {
    PRODUCT: GoodsName(name="Café moulu Bonal 250 g", code="6130000000017"),
    EVENING: GoodsName(name="جبن أحمر"),
}


def label(**changes: Any) -> ShelfLabel:
    """Coffee, cheaper by the dozen, a new price."""
    made = ShelfLabel(
        name="Café moulu Bonal 250 g",
        currency="DZD",
        price=ShelfPrice(unit_price_minor=350_00, breaks=((Decimal(12), 330_00),)),
        code="6130000000010",
        sku="CAF-250",
        old_price_minor=380_00,
        valid_from=date(2026, 12, 1),
    )
    return msgspec.structs.replace(made, **changes)
