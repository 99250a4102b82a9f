"""Invoices and credit notes: both parties, sums that add up, amounts in words."""

import msgspec
import pytest

from protocol.documents.invoice import Named, invoice, invoice_number
from protocol.documents.layout import Paper, Table
from protocol.messages.ticket import TaxLine, TicketTotals
from tests.unit.protocol.documents.examples import BUYER, context, issued, line, returned, sale
from tests.unit.protocol.documents.reading import said
from tests.unit.protocol.documents.test_receipt import plain

NAMED = Named(buyer=BUYER)


def goods(paper: Paper) -> Table:
    return next(block for block in paper.blocks if isinstance(block, Table))


def minor(figure: str) -> int:
    return int(plain(figure).replace(" ", "").replace(",", ""))


def test_an_invoice_says_all_of_it() -> None:
    made = invoice(issued(exemption="2026/17-A"), sale(), context=context("fr"), named=NAMED)
    text = plain(said(made))
    for phrase in (
        "Facture",
        "N°: F2026-C1-1-000045",
        "Date: 24/11/2026",
        "Ticket: C1-1-001234 (24/11/2026 18:42)",
        "Caisse: El Baraka Centre - Caisse 1",
        "NIF: 000016001234567",
        "SARL Café des Délices",
        "NIF: 000916007654321",
        "N° | Désignation | Qté | P.U. HT | Remise | TVA | Montant HT",
        "1 | Café moulu Bonal 250 g | 3 | 294,12 | -323,53 | 19 % | 558,82",
        "4 | Pain | 2 | 10,00 | -1,00 | Exonéré | 19,00",
        "Carte: 1 000,00",
        "Total HT: 2 240,66",
        "TVA 19 %: 239,96",
        "TVA 9 %: 86,28",
        "Total TTC: 2 566,90",
        "Droit de timbre: 26,00",
        "Net à payer (DA): 2 595,00",
        "Arrêtée la présente facture à la somme de :",
        "Deux mille cinq cent quatre-vingt-quinze dinars algériens",
        "attestation n° 2026/17-A",
        "Cachet et signature",
        "[F2026-C1-1-000045]",
    ):
        assert phrase in text
    assert made.title == "Facture F2026-C1-1-000045"


def test_lines_without_tax_add_up_to_the_bases() -> None:
    made = goods(invoice(issued(), sale(), context=context("fr"), named=NAMED))
    assert sum(minor(row[-1]) for row in made.rows) == 2_240_66
    assert made.carried is not None
    assert minor(made.carried.sums[-1]) == 2_240_66


@pytest.mark.parametrize("prices", [[33, 33, 33, 1], [1, 1, 1], [999_99, 5], [0, 0]])
def test_shares_add_up_whatever_the_rounding(prices: list[int]) -> None:
    lines = [
        line(at, "x", unit_price_minor=one, gross_minor=one, amount_minor=one)
        for at, one in enumerate(prices, start=1)
    ]
    base_minor = sum(prices) * 100 // 119
    tax = TaxLine(
        tax_id="tva19",
        rate_ppm=190_000,
        base_minor=base_minor,
        tax_minor=sum(prices) - base_minor,
        gross_minor=sum(prices),
    )
    made = goods(
        invoice(issued(), sale(lines=lines, tax_lines=[tax]), context=context("fr"), named=NAMED)
    )
    assert sum(minor(row[-1]) for row in made.rows) == base_minor
    assert "Remise" not in [column.heading for column in made.columns]


def test_prices_without_tax_are_the_tickets_own() -> None:
    tax = TaxLine(
        tax_id="tva19", rate_ppm=190_000, base_minor=100_00, tax_minor=19_00, gross_minor=119_00
    )
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
    ticket = sale(
        prices_include_tax=False,
        lines=[line(1, "Café")],
        tax_lines=[tax],
        totals=totals,
        tenders=[],
    )
    text = said(invoice(issued(payable_minor=119_00), ticket, context=context("fr"), named=NAMED))
    assert "1 | Café | 1 | 100,00 | 19\u00a0% | 100,00" in text
    assert "Total TTC: 119,00" in text
    assert "Règlement" not in text
    assert "Droit de timbre" not in text
    assert "Arrondi" not in text


def test_a_business_without_tax_invoices_none() -> None:
    outside = [
        msgspec.structs.replace(one, treatment="outside", tax_minor=0) for one in sale().tax_lines
    ]
    text = said(invoice(issued(), sale(tax_lines=outside), context=context("fr"), named=NAMED))
    assert "TVA" not in text
    assert "HT" not in text
    assert "| P.U. | Remise | Montant" in text


def test_a_credit_note_names_what_it_corrects() -> None:
    note = issued(kind="credit_note", number=3, payable_minor=220_00)
    made = invoice(
        note,
        returned(),
        context=context("fr", duplicate=1, store="", cashier=""),
        named=Named(buyer=BUYER, corrects="F2026-C1-1-000045"),
    )
    text = said(made)
    assert "Facture d'avoir" in text
    assert "A2026-C1-1-000003" in text
    assert "Annule ou rectifie la facture F2026-C1-1-000045" in text
    assert "Net à rembourser (DA): 220,00" in text
    assert "Deux cent vingt dinars algériens" in text
    assert "DUPLICATA n° 1" in text
    assert "Caisse" not in text


def test_amounts_are_spelled_in_every_language_of_the_paper() -> None:
    text = said(invoice(issued(), sale(), context=context("fr", "ar"), named=NAMED))
    assert "Deux mille cinq cent quatre-vingt-quinze dinars algériens" in text
    assert "ألفان وخمسمائة وخمسة وتسعون دينارا جزائريا" in text


def test_a_tax_line_that_a_handed_over_ticket_lacks_takes_nothing_away() -> None:
    made = goods(invoice(issued(), sale(tax_lines=sale().tax_lines[:1]), context=context("fr"),
                         named=NAMED))  # fmt: skip
    assert minor(made.rows[0][-1]) == 665_00


def test_numbers_bear_year_series_and_kind() -> None:
    assert invoice_number(issued(), register_code="C1") == "F2026-C1-1-000045"
    note = issued(kind="credit_note", series_epoch=2)
    assert invoice_number(note, register_code="C1") == "A2026-C1-2-000045"
