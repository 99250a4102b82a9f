"""Shelf labels, and the queue of those to print anew."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from protocol.checkout.prices import PricePoint
from protocol.documents.labels import (
    LabelChange,
    ShelfPrice,
    label_changes,
    price_labels,
    shelf_label,
    shelf_price,
)
from protocol.documents.layout import Barcode, Cut
from tests.unit.protocol.documents.examples import label
from tests.unit.protocol.documents.reading import said

TODAY, LATER = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
COFFEE, TEA, SALT = (UUID(int=number) for number in (1, 2, 3))
MEMBERS = UUID(int=9)


def point(minor: int, **changes: object) -> PricePoint:
    return PricePoint(unit_price_minor=minor, **changes)  # type: ignore[arg-type]


def test_a_label_says_price_quantity_prices_and_code() -> None:
    made = shelf_label(label(), languages=["fr"])
    text = said(made).replace("\u202f", " ")
    assert text.splitlines() == [
        "Café moulu Bonal 250 g",
        "Prix (DA): 350,00",
        "Dès 12 : 330,00",
        "Ancien prix: 380,00",
        "À partir du 01/12/2026",
        "CAF-250",
        "[6130000000010]",
    ]
    assert Barcode(content="6130000000010", symbology="ean13") not in made.blocks
    assert Barcode(content="6130000000010", symbology="code128") in made.blocks


def test_the_symbol_is_the_codes_own() -> None:
    made = shelf_label(label(code="6130000000015"), languages=["fr"])
    assert Barcode(content="6130000000015", symbology="ean13") in made.blocks
    short = shelf_label(label(code="96385074"), languages=["fr"])
    assert Barcode(content="96385074", symbology="ean8") in short.blocks
    american = shelf_label(label(code="036000291452"), languages=["fr"])
    assert Barcode(content="036000291452", symbology="code128") in american.blocks
    own = shelf_label(label(code="CHEESE-9"), languages=["fr"])
    assert Barcode(content="CHEESE-9") in own.blocks


def test_a_price_per_weight_says_so() -> None:
    bare = label(unit="kg", code="", sku="", old_price_minor=None, valid_from=None,
                 price=ShelfPrice(unit_price_minor=1_600_00))  # fmt: skip
    assert said(shelf_label(bare, languages=["fr"])).splitlines()[-1] == "le kg"
    assert said(shelf_label(bare, languages=["ar", "fr"])).splitlines()[-1] == "لكل كغ"


def test_labels_are_cut_apart() -> None:
    made = price_labels([label(), label(), label()], languages=["ar"])
    assert made.blocks.count(Cut()) == 3
    assert made.rtl
    none = price_labels([], languages=["fr"])
    assert (none.blocks, none.title, none.rtl) == ((), "", False)


def test_a_planned_price_makes_its_label_false_on_its_day() -> None:
    points = {COFFEE: [point(380_00), point(350_00, effective_at=LATER)], TEA: [point(90_00)]}
    assert label_changes(points, points, was_at=TODAY, at=LATER) == (
        LabelChange(
            product_id=COFFEE,
            old=ShelfPrice(unit_price_minor=380_00),
            new=ShelfPrice(unit_price_minor=350_00),
        ),
    )
    assert label_changes(points, points, was_at=TODAY, at=TODAY) == ()


def test_new_gone_and_changed_prices_are_told_apart() -> None:
    before = {COFFEE: [point(380_00)], SALT: [point(40_00)]}
    after = {COFFEE: [point(380_00), point(360_00, min_quantity=Decimal(6))], TEA: [point(90_00)]}
    changes = label_changes(before, after, was_at=TODAY, at=TODAY)
    assert [(one.product_id, one.old is None, one.new is None) for one in changes] == [
        (COFFEE, False, False),
        (TEA, True, False),
        (SALT, False, True),
    ]
    assert changes[0].new == ShelfPrice(unit_price_minor=380_00, breaks=((Decimal(6), 360_00),))


def test_a_list_for_everybody_changes_labels_and_another_does_not() -> None:
    before = {COFFEE: [point(380_00), point(370_00, price_list_id=MEMBERS)]}
    after = {COFFEE: [point(380_00), point(360_00, price_list_id=MEMBERS)]}
    assert label_changes(before, after, was_at=TODAY, at=TODAY) == ()
    (change,) = label_changes(before, after, was_at=TODAY, at=TODAY, price_lists=[MEMBERS])
    assert (change.old, change.new) == (
        ShelfPrice(unit_price_minor=370_00),
        ShelfPrice(unit_price_minor=360_00),
    )


def test_a_quantity_price_to_come_stands_on_no_label_yet() -> None:
    points = [point(380_00), point(350_00, min_quantity=Decimal(6), effective_at=LATER)]
    assert shelf_price(points, at=TODAY) == ShelfPrice(unit_price_minor=380_00)
    assert shelf_price(points, at=LATER) == ShelfPrice(
        unit_price_minor=380_00, breaks=((Decimal(6), 350_00),)
    )


def test_only_prices_for_everybody_stand_on_a_shelf() -> None:
    points = [
        point(380_00),
        point(300_00, price_list_id=MEMBERS),
        point(370_00, min_quantity=Decimal(1)),
        point(370_00, min_quantity=Decimal(3)),
        point(365_00, min_quantity=Decimal(6)),
    ]
    assert shelf_price(points, at=TODAY) == ShelfPrice(
        unit_price_minor=370_00, breaks=((Decimal(6), 365_00),)
    )
    member = shelf_price(points, at=TODAY, price_lists=[MEMBERS])
    assert member == ShelfPrice(unit_price_minor=300_00)
    assert shelf_price([], at=TODAY) is None
