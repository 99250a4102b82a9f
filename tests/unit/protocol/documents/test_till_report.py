"""X and Z on paper."""

from datetime import UTC, datetime

import msgspec
import pytest

from protocol.documents.till_report import x_report, z_report
from protocol.messages.till import Addenda, TaxSum, TenderSum
from tests.unit.protocol.documents.examples import context, z
from tests.unit.protocol.documents.reading import said
from tests.unit.protocol.documents.test_receipt import plain

OPENED = datetime(2026, 11, 24, 6, 2, tzinfo=UTC)
CLOSED = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)


def test_a_z_says_all_of_it() -> None:
    told = context("fr", opened_at=OPENED, closed_at=CLOSED, chain_hash=b"")
    made = z_report(z(), context=told)
    text = plain(said(made))
    for phrase in (
        "Rapport Z",
        "Z n°: 312",
        "Journée: 24/11/2026",
        "Ouverture: 24/11/2026 07:02",
        "Clôture: 24/11/2026 21:15",
        "Du n° C1-1-008812 au n° C1-1-008962",
        "Ventes | 148 | 184 320,00",
        "Retours | 3 | -2 450,00",
        "Droit de timbre | 118 | 1 370,40",
        "Net (DA): 181 870,00",
        "dont vendus agent arrêté: 4",
        "Espèces | 131 | 142 115,00",
        "ticket resto | 2 | 1 100,00",
        "Exonéré | 61 | 12 340,00 | -",
        "19 % | 120 | 98 300,10 | 18 677,02",
        "Fond de caisse: 10 000,00",
        "Sorties: -3 200,00",
        "Attendu: 50 915,00",
        "Compté: 50 910,00",
        "Manquant: -5,00",
        "Z n° 311 | 2 | 1 260,00",
        "Ventes 2026 |  | 41 002 118,00",
        "Droit de timbre |  | 421 004,00",
        "Journal: 3fa9 12bc 77e0",
        "Signature: a0a1 a2a3 a4a5",
    ):
        assert phrase in text
    assert "Entrées" not in text
    assert "Merci" not in text
    assert made.title == "Rapport Z 312"


@pytest.mark.parametrize(
    ("difference_minor", "said_so"),
    [
        (500, "Excédent: 5,00"),
        (1, "Excédent: 0,01"),
        (-1, "Manquant: -0,01"),
        (0, "Écart: 0,00"),
        (-500, "Manquant: -5,00"),
    ],
)
def test_over_and_short(difference_minor: int, said_so: str) -> None:
    cash = msgspec.structs.replace(z().cash, over_short_minor=difference_minor)
    assert said_so in said(z_report(z(cash=cash), context=context("fr")))


def test_a_z_with_nothing_in_it_has_no_empty_parts() -> None:
    empty = z(
        tenders=[],
        taxes=[],
        duty_minor=0,
        duty_count=0,
        handed_over_count=0,
        series_epoch=None,
        first_receipt=None,
        last_receipt=None,
        perpetual=None,
        addenda=[],
        chain_hash=b"",
        signature=b"",
    )
    text = said(z_report(empty, context=context("fr", chain_hash=b"")))
    for absent in ("Encaissements", "TVA", "timbre", "agent", "n° C1", "perpétuels", "Journal"):
        assert absent not in text
    signed_only = z(chain_hash=b"")
    assert "Signature" in said(z_report(signed_only, context=context("fr")))
    hashed_only = said(z_report(z(signature=b""), context=context("fr")))
    assert "Journal" in hashed_only
    assert "Signature" not in hashed_only


def test_a_register_that_never_owed_duty_shows_none() -> None:
    perpetual = z().perpetual
    assert perpetual is not None
    without = z(
        duty_minor=0, duty_count=0, perpetual=msgspec.structs.replace(perpetual, duty_minor=0)
    )
    assert "timbre" not in said(z_report(without, context=context("fr")))


def test_a_business_without_tax_has_no_tax_on_its_z() -> None:
    outside = TaxSum(
        tax_id="ifu", rate_ppm=0, base_minor=1, tax_minor=0, count=1, treatment="outside"
    )
    assert "TVA" not in said(z_report(z(taxes=[outside]), context=context("fr")))


def test_sums_of_the_many_are_named_so() -> None:
    tenders = [TenderSum(kind="others", count=9, amount_minor=90_00)]
    taxes = [TaxSum(tax_id="others", rate_ppm=0, base_minor=1_00, tax_minor=19, count=3)]
    text = said(z_report(z(tenders=tenders, taxes=taxes), context=context("fr")))
    assert "Autres | 9 | 90,00" in text
    assert "Autres | 3 | 1,00 | 0,19" in text


def test_what_moved_is_said_and_the_float_always() -> None:
    cash = msgspec.structs.replace(z().cash, float_minor=0, paid_in_minor=700_00, loan_minor=0)
    text = plain(said(z_report(z(cash=cash), context=context("fr"))))
    assert "Fond de caisse: 0,00" in text
    assert "Entrées: 700,00" in text
    assert "Apports" not in text


def test_duty_that_came_to_nothing_is_counted_all_the_same() -> None:
    text = said(z_report(z(duty_count=2, duty_minor=0), context=context("fr")))
    assert "Droit de timbre | 2 | 0,00" in text


def test_addenda_are_net_of_returns() -> None:
    late = Addenda(
        z_number=310, sales_count=3, sales_minor=30_00, returns_count=1, returns_minor=5_00
    )
    assert "Z n° 310 | 4 | 25,00" in said(z_report(z(addenda=[late]), context=context("fr")))


def test_an_x_reads_and_closes_nothing() -> None:
    made = x_report(z(), context=context("fr", printed_at=CLOSED))
    text = said(made)
    assert "Rapport X" in text
    assert "Lecture sans clôture" in text
    assert "Imprimé: 24/11/2026 21:15" in text
    for absent in ("Z n°: 312", "Compté", "Manquant", "Signature"):
        assert absent not in text
