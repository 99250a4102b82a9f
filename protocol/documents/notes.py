"""Delivery and transfer notes: what goes with goods.

The file's law: goods and quantities, no prices; who hands over and who receives sign both. A
transfer's quantities are printed without the sign that its stock movement bears.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from protocol.documents.context import PaperContext
from protocol.documents.layout import (
    Block,
    Column,
    Feed,
    Pair,
    Paper,
    Rule,
    Sides,
    Table,
    Text,
    Together,
)
from protocol.documents.masthead import closing, contact, copy_mark
from protocol.documents.receipt import Ticket
from protocol.documents.wording import Wording, wording
from protocol.messages.invoice import Party
from protocol.messages.stock import StockMoved

_SIGNATURE_LINES = 4
_NO_MONEY = "DZD"  # a wording needs a currency; a note shows none


class NoteTerms(Struct, frozen=True, kw_only=True):
    """The number and the two ends of the way. `reference`: the ticket, invoice or order."""

    number: str
    at: datetime
    sender: Party
    receiver: Party
    reference: str = ""
    carrier: str = ""


class GoodsName(Struct, frozen=True, kw_only=True):
    """How goods are known on paper; a stock movement has their id alone."""

    name: str
    code: str = ""


def delivery_note(ticket: Ticket, *, context: PaperContext, terms: NoteTerms) -> Paper:
    """What is handed over of a ticket."""
    goods = [_Goods(line.name, line.code or "", line.quantity, line.unit) for line in ticket.lines]
    return _note("delivery_note", goods, context=context, terms=terms)


def transfer_note(
    moved: StockMoved,
    *,
    context: PaperContext,
    terms: NoteTerms,
    names: Mapping[UUID, GoodsName],
) -> Paper:
    """What goes from one store to another; goods without a name are printed by their id."""
    goods = []
    for line in moved.lines:
        known = names.get(line.product_id) or GoodsName(name=str(line.product_id))
        goods.append(_Goods(known.name, known.code, abs(line.quantity), line.unit))
    return _note("transfer_note", goods, context=context, terms=terms)


class _Goods(Struct, frozen=True):
    name: str
    code: str
    quantity: Decimal
    unit: str


def _note(kind: str, goods: Sequence[_Goods], *, context: PaperContext, terms: NoteTerms) -> Paper:
    words = wording(context.languages, currency=_NO_MONEY, timezone=context.timezone)
    title = words.say(kind)
    blocks: list[Block] = [
        *copy_mark(context, words),
        Text(text=title, bold=True, size="large", align="center"),
        *_about(terms, words),
        Rule(),
        Sides(
            start=tuple(_end("sender", terms.sender, words)),
            end=tuple(_end("receiver", terms.receiver, words)),
        ),
        Feed(),
        _table(goods, words),
        Rule(),
        Pair(label=words.say("articles"), amount=str(len(goods)), bold=True),
        Together(blocks=tuple(_signatures(words))),
        *closing(context, words, barcode=terms.number),
    ]
    return Paper(
        title=f"{title} {terms.number}",
        blocks=tuple(blocks),
        rtl=words.rtl,
        page_of=words.once("page_of"),
    )


def _about(terms: NoteTerms, words: Wording) -> Iterator[Block]:
    yield Pair(label=words.say("number"), amount=terms.number, bold=True)
    yield Pair(label=words.say("date"), amount=words.moment(terms.at))
    if terms.reference:
        yield Pair(label=words.say("ordered"), amount=terms.reference)
    if terms.carrier:
        yield Pair(label=words.say("driver"), amount=terms.carrier)


def _end(key: str, party: Party, words: Wording) -> Iterator[Text | Pair]:
    yield Text(text=words.say(key), size="small")
    yield Text(text=party.name, bold=True)
    yield from (Text(text=line) for line in party.address)
    yield from contact(party, words)


def _table(goods: Sequence[_Goods], words: Wording) -> Table:
    rows = []
    for place, one in enumerate(goods, start=1):
        name = f"{one.name} ({one.code})" if one.code else one.name
        unit = "" if one.unit == "piece" else f" {words.unit(one.unit)}"
        rows.append((str(place), name, words.quantity(one.quantity) + unit))
    columns = (
        Column(heading=words.once("number"), figures=True),
        Column(heading=words.say("designation")),
        Column(heading=words.say("quantity"), figures=True),
    )
    return Table(columns=columns, rows=tuple(rows))


def _signatures(words: Wording) -> Iterator[Feed | Sides]:
    yield Feed()
    yield Sides(
        start=(Text(text=words.say("delivered_by")),),
        end=(Text(text=words.say("received_by")),),
    )
    yield Feed(lines=_SIGNATURE_LINES)
