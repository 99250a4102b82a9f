"""Shelf labels, and which of them a change of prices makes false.

The file's law: a label shows what everybody pays for one unit, and from which quantity it is less.
Prices for some customers alone stand on no shelf.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from protocol.checkout.prices import PricePoint, price_in_force
from protocol.documents.layout import Barcode, Block, Cut, Pair, Paper, Symbology, Text
from protocol.documents.wording import Wording, wording
from protocol.vocabulary.gtin import is_valid_gtin

_ONE = Decimal(1)
_SYMBOLOGY: dict[int, Symbology] = {8: "ean8", 13: "ean13"}


class ShelfPrice(Struct, frozen=True, kw_only=True):
    """What a label says of the price: for one unit, and each lower price with its quantity."""

    unit_price_minor: int
    breaks: tuple[tuple[Decimal, int], ...] = ()


class ShelfLabel(Struct, frozen=True, kw_only=True):
    """One label. `code`: what is scanned, a GTIN as EAN. `old_price_minor`: struck by the new one.

    `valid_from`: said where the label goes up before its day.
    """

    name: str
    currency: str
    price: ShelfPrice
    unit: str = "piece"
    code: str = ""
    sku: str = ""
    old_price_minor: int | None = None
    valid_from: date | None = None


class LabelChange(Struct, frozen=True, kw_only=True):
    """A product whose label is false; `new` None: it has no price any more, take the label off."""

    product_id: UUID
    old: ShelfPrice | None
    new: ShelfPrice | None


def shelf_label(label: ShelfLabel, *, languages: Sequence[str]) -> Paper:
    """One label; Malformed `unknown-currency`."""
    return price_labels([label], languages=languages)


def price_labels(labels: Sequence[ShelfLabel], *, languages: Sequence[str]) -> Paper:
    """A roll of labels, cut after each; Malformed `unknown-currency`."""
    blocks: list[Block] = []
    rtl = False
    for label in labels:
        words = wording(languages, currency=label.currency)
        rtl = words.rtl
        blocks += _label(label, words)
    return Paper(title="", blocks=tuple(blocks), rtl=rtl)


def label_changes(
    before: Mapping[UUID, Sequence[PricePoint]],
    after: Mapping[UUID, Sequence[PricePoint]],
    *,
    was_at: datetime,
    at: datetime,
    price_lists: Collection[UUID] = (),
) -> tuple[LabelChange, ...]:
    """Whose labels are false at `at`, by product id, where they were right at `was_at`.

    Points by product as they stood then and stand now: the same points at two instants tell what a
    planned price changes. `price_lists`: those that hold for everybody.
    """
    changes = []
    for product_id in sorted(before.keys() | after.keys()):
        old = shelf_price(before.get(product_id, ()), at=was_at, price_lists=price_lists)
        new = shelf_price(after.get(product_id, ()), at=at, price_lists=price_lists)
        if old != new:
            changes.append(LabelChange(product_id=product_id, old=old, new=new))
    return tuple(changes)


def shelf_price(
    points: Sequence[PricePoint], *, at: datetime, price_lists: Collection[UUID] = ()
) -> ShelfPrice | None:
    """What the label says at that moment; None without a price for one unit."""
    single = price_in_force(points, at=at, quantity=_ONE, price_lists=price_lists)
    if single is None:
        return None
    lowest_minor = single.unit_price_minor
    breaks = []
    steps = sorted({point.min_quantity for point in points if point.min_quantity is not None})
    for quantity in steps:
        there = price_in_force(points, at=at, quantity=quantity, price_lists=price_lists)
        if there is not None and there.unit_price_minor < lowest_minor:
            lowest_minor = there.unit_price_minor
            breaks.append((quantity, lowest_minor))
    return ShelfPrice(unit_price_minor=single.unit_price_minor, breaks=tuple(breaks))


def _label(label: ShelfLabel, words: Wording) -> Iterator[Block]:
    yield Text(text=label.name, bold=True)
    yield Pair(
        label=words.with_currency("price"),
        amount=words.money(label.price.unit_price_minor),
        bold=True,
        size="huge",
    )
    if label.unit != "piece":
        yield Text(text=words.once("per").format(unit=words.unit(label.unit)), align="end")
    for quantity, price_minor in label.price.breaks:
        said = words.say(
            "from_quantity", quantity=words.quantity(quantity), price=words.money(price_minor)
        )
        yield Text(text=said)
    if label.old_price_minor is not None:
        yield Pair(label=words.say("old_price"), amount=words.money(label.old_price_minor))
    if label.valid_from is not None:
        yield Text(text=words.say("valid_from", day=words.day(label.valid_from)))
    if label.sku:
        yield Text(text=label.sku, size="small")
    if label.code:
        symbology: Symbology = "code128"
        if is_valid_gtin(label.code):
            symbology = _SYMBOLOGY.get(len(label.code), symbology)
        yield Barcode(content=label.code, symbology=symbology)
    yield Cut()
