"""What a receipt says, and what it leaves out."""

import msgspec
import pytest

from protocol.checkout.basket import PromotionShare
from protocol.documents.layout import Barcode, Cut
from protocol.documents.receipt import receipt
from protocol.messages.ticket import TaxLine, Tender, TicketDiscount, TicketTotals
from tests.unit.protocol.documents.examples import (
    BUYER,
    EVENING,
    SHOP,
    context,
    line,
    returned,
    sale,
)
from tests.unit.protocol.documents.reading import said

NBSP, NNBSP = "\u00a0", "\u202f"


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(NNBSP, " ")


def test_a_sale_receipt_says_all_of_it() -> None:
    text = plain(said(receipt(sale(), context=context("fr"))))
    for phrase in (
        "Supérette El Baraka",
        "El Baraka Centre",
        "NIF: 000016001234567",
        "NIS: 000116010012345",
        "RC: 16/00-0123456 B 00",
        "AI: 16011234567",
        "Ticket de vente",
        "N°: C1-1-001234",
        "Date: 24/11/2026 18:42",
        "Caisse: Caisse 1 (C1)",
        "Caissier: Amina B.",
        "3 × 350,00  B: 1 050,00",
        "3 pour 2: -350,00",
        "au lieu de 1 050,00 (emballage abîmé)",
        "Remise 10 %: -98,00",
        "0,735 kg × 1 600,00  C: 1 176,00",
        "Sous-total: 2 702,00",
        "Remise sur le ticket 5 %: -135,10",
        "Droit de timbre: 26,00",
        "Arrondi espèces: 2,10",
        "Total (DA): 2 595,00",
        "Carte 4821: 1 000,00",
        "Espèces: 2 000,00",
        "Rendu: 405,00",
        "Vous économisez: 659,10",
        "Taux | HT | TVA | TTC",
        "A Exonéré | 19,00 | - | 19,00",
        "B 19 % | 1 262,94 | 239,96 | 1 502,90",
        "[C1-1-001234]",
        "Empreinte: 3fa9 12bc 77e0",
        "Merci de votre visite",
    ):
        assert phrase in text
    assert "Journée" not in text
    assert "DUPLICATA" not in text


def test_a_copy_says_which_one_it_is_at_both_ends() -> None:
    made = receipt(sale(), context=context("fr", duplicate=2))
    text = said(made)
    assert text.count("DUPLICATA n° 2") == 2
    assert text.startswith("DUPLICATA")


def test_the_business_date_is_said_where_it_is_another_day() -> None:
    after_midnight = sale(rung_at=sale().rung_at.replace(hour=23, minute=50))
    text = said(receipt(after_midnight, context=context("fr")))
    assert "Date: 25/11/2026 00:50" in text
    assert "Journée: 24/11/2026" in text


def test_a_business_without_tax_shows_none() -> None:
    """IFU: neither a rate nor a zero nor the word."""
    outside = TaxLine(
        tax_id="ifu",
        rate_ppm=0,
        base_minor=2_566_90,
        tax_minor=0,
        gross_minor=2_566_90,
        treatment="outside",
    )
    for language, word in (("fr", "TVA"), ("ar", "الرسم"), ("en", "VAT")):
        text = said(receipt(sale(tax_lines=[outside], regime="ifu"), context=context(language)))
        assert word not in text
        assert "%" not in text.replace("10\u00a0%", "").replace("5\u00a0%", "").replace(
            "10%", ""
        ).replace("5%", "")


def test_exempt_is_not_a_rate_of_nothing() -> None:
    zero = TaxLine(tax_id="zero", rate_ppm=0, base_minor=100, tax_minor=0, gross_minor=100)
    exempt = msgspec.structs.replace(zero, tax_id="exempt", treatment="exempt")
    text = plain(said(receipt(sale(tax_lines=[exempt, zero]), context=context("fr"))))
    assert "A Exonéré | 1,00 | - | 1,00" in text
    assert "B 0 % | 1,00 | 0,00 | 1,00" in text


def test_an_exempt_customer_is_named_with_the_certificate() -> None:
    told = context("fr", customer=BUYER)
    text = said(receipt(sale(exemption="2026/17-A"), context=told))
    assert "Client: SARL Café des Délices" in text
    assert "Exonération de TVA, attestation n° 2026/17-A" in text


def test_one_rate_needs_no_letters_and_a_tax_may_have_a_name() -> None:
    only = returned()
    text = plain(said(receipt(only, context=context("fr", tax_names={"tva19": "TVA normale"}))))
    assert "1 × 350,00: 350,00" in text
    assert "TVA normale 19 % | 186,28" in text
    named = context("fr", tax_names={"tva19": f"TVA 19{NBSP}%"})
    assert "\nTVA 19 % | 186,28" in plain(said(receipt(only, context=named)))


def test_more_rates_than_letters_have_none() -> None:
    def lettered(count: int) -> bool:
        taxes = [
            TaxLine(tax_id=f"t{at}", rate_ppm=at, base_minor=1, tax_minor=0, gross_minor=1)
            for at in range(count)
        ]
        return "\nA 0" in said(receipt(sale(tax_lines=taxes), context=context("fr")))

    assert [lettered(count) for count in (1, 2, 26, 27)] == [False, True, True, False]


def test_tax_on_top_is_said_before_the_total() -> None:
    totals = TicketTotals(
        lines_minor=100_00,
        added_tax_minor=19_00,
        duty_minor=0,
        due_minor=119_00,
        cash_rounding_minor=0,
        payable_minor=119_00,
        tendered_minor=119_00,
        change_minor=0,
    )
    bare = sale(
        prices_include_tax=False, totals=totals, lines=[line(1, "Pain")], discounts=[], tenders=[]
    )
    text = said(receipt(bare, context=context("fr")))
    assert "Total HT: 100,00" in text
    assert "TVA: 19,00" in text
    for absent in ("Sous-total", "timbre", "Arrondi", "Rendu", "économisez"):
        assert absent not in text


def test_a_return_names_its_ticket_and_its_reason() -> None:
    text = said(receipt(returned(), context=context("fr", original="C1-1-001234")))
    assert "Ticket de retour" in text
    assert "Retour du ticket: C1-1-001234" in text
    assert "Motif: périmé" in text
    assert "Total remboursé (DA): 220,00" in text
    assert "économisez" not in text
    bare = said(receipt(returned(reason=""), context=context("fr")))
    assert "Retour du ticket" not in bare
    assert "Motif" not in bare


def test_reductions_are_explained_as_far_as_they_are_known() -> None:
    told = line(
        1,
        "Lait",
        promotions=[PromotionShare(promotion_id=EVENING, amount_minor=5_00)],
        promotion_minor=5_00,
        discount=TicketDiscount(amount_minor=2_00, reason="fidélité"),
        line_discount_minor=2_00,
        ticket_discount_minor=1_00,
        list_price_minor=120_00,
    )
    two = [TicketDiscount(amount_minor=50), TicketDiscount(amount_minor=50)]
    text = said(
        receipt(sale(lines=[told], discounts=two), context=context("fr", promotion_names={}))
    )
    assert "Promotion: -5,00" in text
    assert "Remise (fidélité): -2,00" in text
    assert "Remise sur le ticket: -1,00" in text
    assert "au lieu de 120,00\n" in text


def test_a_tender_nobody_knows_is_printed_as_it_is() -> None:
    paid = [Tender(kind="ticket resto", amount_minor=5_00)]
    assert "ticket resto: 5,00" in said(receipt(sale(tenders=paid), context=context("fr")))


def test_what_is_unknown_leaves_no_line() -> None:
    nobody = context(
        "fr",
        party=None,
        store="",
        register="",
        register_code="",
        cashier="",
        footer=(),
        chain_hash=b"",
    )
    made = receipt(sale(), context=nobody)
    text = said(made)
    for absent in ("NIF", "Caisse:", "Caissier", "Empreinte", "Merci"):
        assert absent not in text
    assert Barcode(content="1-001234") in made.blocks
    assert made.blocks[-1] == Cut()
    bare = context("fr", party=msgspec.structs.replace(SHOP, phone=None), store=SHOP.name)
    assert said(receipt(sale(), context=bare)).count("Supérette El Baraka") == 1


@pytest.mark.parametrize(
    ("languages", "title", "rtl"),
    [
        (("fr",), "Ticket de vente", False),
        (("ar",), "وصل بيع", True),
        (("en",), "Sale receipt", False),
        (("fr", "ar"), "Ticket de vente / وصل بيع", False),
        (("tlh",), "Ticket de vente", False),
    ],
)
def test_a_receipt_speaks_the_shops_languages(
    languages: tuple[str, ...], title: str, rtl: bool
) -> None:
    made = receipt(sale(), context=context(*languages))
    assert title in said(made)
    assert made.rtl is rtl


def test_a_store_may_have_words_of_its_own() -> None:
    told = context("fr", header=("Ouvert le vendredi",), register="", cashier="")
    text = said(receipt(sale(), context=told))
    assert "Ouvert le vendredi" in text
    assert "Caisse: (C1)" in text
