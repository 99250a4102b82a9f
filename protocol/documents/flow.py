"""Blocks into lines, for a paper of any width in any unit.

The file's law: no span is wider than the paper and nothing is left out. All positions are counted
from where reading begins and mirrored once, at the end, for papers read from right to left.
"""

from collections.abc import Iterator
from itertools import zip_longest

from msgspec import structs

from protocol.documents.layout import (
    SIZES,
    Barcode,
    Block,
    Feed,
    Pair,
    Paper,
    QrCode,
    Rule,
    Sides,
    Table,
    Text,
    Together,
)
from protocol.documents.lines import (
    BarcodeLine,
    CutLine,
    FeedLine,
    Line,
    Measure,
    QrLine,
    RuleLine,
    TextLine,
    mirrored,
)
from protocol.documents.paragraphs import paragraph_lines
from protocol.documents.tables import table_lines


def flow(paper: Paper, measure: Measure) -> Iterator[Line]:
    """The whole paper as lines, in order."""
    for block in paper.blocks:
        yield from block_lines(block, measure, rtl=paper.rtl)


def block_lines(block: Block, measure: Measure, *, rtl: bool) -> Iterator[Line]:
    """One block as lines."""
    width = measure.width
    match block:
        case Text() | Pair():
            yield from mirrored(paragraph_lines(block, measure, width, rtl=rtl), width, rtl=rtl)
        case Table():
            table = table_lines(block, measure, rtl=rtl)
            yield from table.heading
            yield from (line for row in table.rows for line in row)
        case Rule():
            yield RuleLine(double=block.double)
        case Barcode():
            yield BarcodeLine(content=block.content, symbology=block.symbology)
        case QrCode():
            yield QrLine(content=block.content)
        case Feed():
            yield FeedLine(lines=block.lines)
        case Sides():
            yield from mirrored(_sides(block, measure, rtl=rtl), width, rtl=rtl)
        case Together():
            for inner in block.blocks:
                yield from block_lines(inner, measure, rtl=rtl)
        case _:
            yield CutLine()


def _sides(block: Sides, measure: Measure, *, rtl: bool) -> Iterator[TextLine]:
    """Lines of both halves beside each other; a line takes the face of its first half."""
    if not measure.is_page:
        for one in (*block.start, *block.end):
            yield from paragraph_lines(one, measure, measure.width, rtl=rtl)
        return
    half = (measure.width - 4 * measure.gap) // 2
    start = [line for one in block.start for line in paragraph_lines(one, measure, half, rtl=rtl)]
    end = [line for one in block.end for line in paragraph_lines(one, measure, half, rtl=rtl)]
    nothing = TextLine(spans=())
    for here, there in zip_longest(start, end, fillvalue=nothing):
        yield _beside(here, _shifted(there, measure.width - half))


def _beside(here: TextLine, there: TextLine) -> TextLine:
    """As high as the larger of both."""
    larger = max(here.face, there.face, key=lambda face: SIZES.index(face.size))
    spans = [structs.replace(span, face=line.face) for line in (here, there) for span in line.spans]
    return TextLine(spans=tuple(spans), face=larger)


def _shifted(line: TextLine, by: int) -> TextLine:
    moved = [structs.replace(span, x=span.x + by) for span in line.spans]
    return TextLine(spans=tuple(moved), face=line.face)
