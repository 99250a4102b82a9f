from protocol.documents.notes import delivery_note, transfer_note
from tests.unit.protocol.documents.examples import (
    MOVED,
    NAMES,
    PRODUCT,
    THREE_FOR_TWO,
    context,
    line,
    sale,
    terms,
)
from tests.unit.protocol.documents.reading import said


def test_a_delivery_note_says_what_goes_where_and_no_price() -> None:
    ticket = sale(lines=[*sale().lines, line(5, "Thé", code="6130000000010")])
    text = said(delivery_note(ticket, context=context("fr"), terms=terms(number="BL-2026-000031")))
    for phrase in (
        "Bon de livraison",
        "N°: BL-2026-000031",
        "Date: 24/11/2026 09:30",
        "Réf.: C1-1-001234",
        "Transporteur: Renault Master",
        "Supérette El Baraka",
        "El Baraka Bord de mer",
        "1 | Café moulu Bonal 250 g | 3",
        "3 | Fromage | 0,735 kg",
        "5 | Thé (6130000000010) | 1",
        "Articles: 5",
        "Remis par",
        "Reçu par",
        "[BL-2026-000031]",
    ):
        assert phrase in text
    assert "350,00" not in text
    assert "Merci" not in text


def test_a_transfer_note_names_goods_and_drops_signs() -> None:
    text = said(transfer_note(MOVED, context=context("fr"), terms=terms(), names=NAMES))
    assert "Bon de transfert" in text
    assert "1 | Café moulu Bonal 250 g (6130000000017) | 24" in text
    assert "2 | جبن أحمر | 12,5 kg" in text
    assert f"3 | {THREE_FOR_TWO} | 6" in text
    assert str(PRODUCT) not in text


def test_what_a_note_does_not_know_it_leaves_out() -> None:
    bare = terms(reference="", carrier="")
    text = said(transfer_note(MOVED, context=context("fr"), terms=bare, names=NAMES))
    assert "Réf." not in text
    assert "Transporteur" not in text
