"""Shelf labels: which of them are false, the paper for new ones, and what the shop confirms.

Law: a label is true once somebody has said that it hangs, with the price that it says; printing
alone changes nothing.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from edge_agent.catalog import label_store, store
from edge_agent.catalog.models import PricedItem
from edge_agent.catalog.rules import display_name
from edge_agent.printing.models import PaperAsked, PrintedPaper
from edge_agent.printing.service import PrintService
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.documents.labels import ShelfLabel, ShelfPrice, price_labels, shelf_price
from protocol.errors import NotFound

# Looked at per request: a catalogue has a hundred thousand products, and most labels are true.
_SCANNED = 2_000
_PER_LOOK = 200


class LabelChange(Struct, frozen=True, kw_only=True):
    """A label that is false; `old` None: there is none yet, `new` None: take it off. `item` None:
    nobody knows the product any more."""

    product_id: UUID
    item: PricedItem | None
    old: ShelfPrice | None
    new: ShelfPrice | None


class ChangePage(Struct, frozen=True, kw_only=True):
    """`next`: pass it as `after` to go on; None at the end. A page may be empty before the end."""

    items: Sequence[LabelChange]
    next: UUID | None


class LabelMoment(Struct, frozen=True, kw_only=True):
    """For when labels are asked: `on` is the business date then."""

    at: datetime
    on: date
    currency: str
    languages: Sequence[str]


class LabelService:
    """This shop's shelves."""

    def __init__(self, readers: Readers, writer: Writer, printing: PrintService) -> None:
        self._readers = readers
        self._writer = writer
        self._printing = printing

    async def changes(self, moment: LabelMoment, *, after: UUID | None, limit: int) -> ChangePage:
        """Labels that do not say what is paid at that moment, by product id; those of products that
        are sold no more come last, all of them with the end."""
        changes: list[LabelChange] = []
        async with self._readers.snapshot() as reader:
            lists = await store.public_lists(reader, on=moment.on)
            for _ in range(_SCANNED // _PER_LOOK):
                found = await store.listed_items(reader, after=after, most=_PER_LOOK)
                hanging = await label_store.labels(reader, [one.item.product_id for one in found])
                for one in found:
                    after = one.item.product_id
                    change = _change(one, hanging, price_lists=lists, moment=moment)
                    if change is not None:
                        changes.append(change)
                    if len(changes) >= limit:
                        return ChangePage(items=changes, next=after)
                if len(found) < _PER_LOOK:
                    gone = await label_store.labels_of_nothing(reader, after=None, most=_PER_LOOK)
                    changes += (_gone(product_id, old) for product_id, old in gone.items())
                    return ChangePage(items=changes, next=None)
        return ChangePage(items=changes, next=after)

    async def paper(
        self, product_ids: Sequence[UUID], moment: LabelMoment, asked: PaperAsked
    ) -> PrintedPaper:
        """A roll of labels as they should be at that moment, in the order that was asked for.

        Raises NotFound `unknown-product`, `no-price-for-label`, naming them.
        """
        async with self._readers.snapshot() as reader:
            lists = await store.public_lists(reader, on=moment.on)
            items = await store.items(reader, product_ids)
        unknown = [each for each in product_ids if each not in items]
        if unknown:
            raise NotFound("unknown-product", "No product has this id.", fields=_named(unknown))
        languages = asked.languages or tuple(moment.languages)
        labels: list[ShelfLabel] = []
        for product_id in product_ids:
            label = _label(items[product_id], lists, moment=moment, languages=languages)
            if label is None:
                raise NotFound(
                    "no-price-for-label", "It has no price then.", fields=_named([product_id])
                )
            labels.append(label)
        paper = price_labels(labels, languages=languages)
        return await self._printing.rendered(paper, asked)

    async def confirm(self, hanging: Mapping[UUID, ShelfPrice | None]) -> None:
        """These labels hang now; None: taken off. Saying it again changes nothing."""

        def work(connection: sqlite3.Connection) -> None:
            for product_id, price in hanging.items():
                label_store.confirm(connection, product_id, price)

        await self._writer.submit(work)


def _price(
    one: PricedItem, price_lists: Sequence[UUID], *, moment: LabelMoment
) -> ShelfPrice | None:
    if one.price is None or one.price.currency != moment.currency:
        return None
    return shelf_price(one.price.schedule, at=moment.at, price_lists=price_lists)


def _change(
    one: PricedItem,
    hanging: Mapping[UUID, ShelfPrice],
    *,
    price_lists: Sequence[UUID],
    moment: LabelMoment,
) -> LabelChange | None:
    product_id = one.item.product_id
    old, new = hanging.get(product_id), _price(one, price_lists, moment=moment)
    if old == new:
        return None
    return LabelChange(product_id=product_id, item=one, old=old, new=new)


def _gone(product_id: UUID, old: ShelfPrice) -> LabelChange:
    return LabelChange(product_id=product_id, item=None, old=old, new=None)


def _label(
    one: PricedItem,
    price_lists: Sequence[UUID],
    *,
    moment: LabelMoment,
    languages: Sequence[str],
) -> ShelfLabel | None:
    price = _price(one, price_lists, moment=moment)
    if price is None:
        return None
    item = one.item
    return ShelfLabel(
        name=display_name(item.names, languages),
        currency=moment.currency,
        price=price,
        unit=item.unit,
        code=next(iter(item.codes), ""),
        sku=item.sku,
    )


def _named(product_ids: Sequence[UUID]) -> dict[str, str]:
    return {"product_ids": ", ".join(map(str, product_ids))[:500]}
