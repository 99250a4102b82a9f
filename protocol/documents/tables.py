"""Tables in columns, or stacked where the paper is too narrow for columns.

The file's law: a figure is never wrapped and never loses a digit; text wraps in its column.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from msgspec import Struct

from protocol.documents.layout import Align, Column, Pair, Table, Text, printable
from protocol.documents.lines import Face, Measure, Room, Span, TextLine, mirrored, spans
from protocol.documents.paragraphs import pair_lines, text_lines
from protocol.documents.wrapping import wrap

_BODY, _HEADING = Face(), Face(bold=True)


class TableLines(Struct, frozen=True, kw_only=True):
    """A table's heading and rows. `heading` is empty where the paper is too narrow for columns."""

    heading: tuple[TextLine, ...]
    rows: tuple[tuple[TextLine, ...], ...]


def table_lines(table: Table, measure: Measure, *, rtl: bool) -> TableLines:
    """The table as lines, each row's together."""
    rooms = _rooms(table, measure, rtl=rtl)
    heading: list[TextLine] = []
    if rooms is None:
        rows = [list(_stacked(table.columns, row, measure, rtl=rtl)) for row in table.rows]
    else:
        rows = [list(_row(row, rooms, measure, face=_BODY)) for row in table.rows]
        headings = [column.heading for column in table.columns]
        heading = list(_row(headings, rooms, measure, face=_HEADING))
    return TableLines(
        heading=tuple(mirrored(heading, measure.width, rtl=rtl)),
        rows=tuple(tuple(mirrored(row, measure.width, rtl=rtl)) for row in rows),
    )


def _rooms(table: Table, measure: Measure, *, rtl: bool) -> list[Room] | None:
    """Figures take what they need, text the rest, in equal parts; None where too little is left.

    Figures stand at the right of their column in every language, so that their decimals align.
    """
    at_right: Align = "start" if rtl else "end"
    least = [_least_width(table, index, measure) for index in range(len(table.columns))]
    wordy = [index for index, column in enumerate(table.columns) if not column.figures]
    gaps = measure.gap * (len(table.columns) - 1)
    figures = sum(width for index, width in enumerate(least) if index not in wordy)
    left = measure.width - gaps - figures
    share = left // max(1, len(wordy))
    if left < 0 or any(least[index] > share for index in wordy):
        return None
    rooms = []
    start = 0
    for index, column in enumerate(table.columns):
        width = least[index] if column.figures else share
        rooms.append(Room(start=start, width=width, align=at_right if column.figures else "start"))
        start += width + measure.gap
    return rooms


def _least_width(table: Table, index: int, measure: Measure) -> int:
    """Of figures the widest, of text the longest word, but no more than a third of the paper."""
    column = table.columns[index]
    cells = [printable(row[index]) for row in table.rows]
    heading = max(
        measure.text_width(word, _HEADING) for word in printable(column.heading).split(" ")
    )
    if column.figures:
        return max([heading, *(measure.text_width(cell, _BODY) for cell in cells)])
    words = [measure.text_width(word, _BODY) for cell in cells for word in cell.split(" ")]
    return min(measure.width // 3, max([heading, *words]))


def _row(
    cells: Sequence[str], rooms: Sequence[Room], measure: Measure, *, face: Face
) -> Iterator[TextLine]:
    """Cells beside each other, each wrapped in its column."""
    stacks: list[list[tuple[Span, ...]]] = []
    for cell, room in zip(cells, rooms, strict=True):
        pieces = wrap(cell, face, measure, width=room.width)
        stacks.append([spans(piece, face, room=room, measure=measure) for piece in pieces])
    for beside in zip_longest(*stacks, fillvalue=()):
        yield TextLine(spans=tuple(span for one in beside for span in one), face=face)


def _stacked(
    columns: Sequence[Column], cells: Sequence[str], measure: Measure, *, rtl: bool
) -> Iterator[TextLine]:
    """A row's text first, then each figure beside its heading."""
    for column, cell in zip(columns, cells, strict=True):
        if not column.figures and cell:
            yield from text_lines(Text(text=cell), measure, measure.width)
    for column, cell in zip(columns, cells, strict=True):
        if column.figures and cell:
            pair = Pair(label=column.heading, amount=cell, indent=True)
            yield from pair_lines(pair, measure, measure.width, rtl=rtl)
