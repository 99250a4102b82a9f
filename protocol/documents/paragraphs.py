"""Paragraphs and pairs of label and amount as lines.

The file's law: an amount stays whole wherever the paper can hold it at all; what it stands beside
gives way. Figures below each other end at the same place, also where reading begins at the right.
"""

import re
from collections.abc import Iterator

from protocol.documents.layout import Align, Pair, Text, printable
from protocol.documents.lines import Face, Measure, Room, TextLine, spans
from protocol.documents.wrapping import wrap

# What figures at the end of reading take on a paper read from the right: their own ends align
# as long as none is longer.
_FIGURES = "-00\u202f000,00"
_FIGURE = re.compile(r"-?[\d\u202f,.]+")


def paragraph_lines(
    block: Text | Pair, measure: Measure, width: int, *, rtl: bool
) -> Iterator[TextLine]:
    """Either of them, from the start of reading, within that width."""
    if isinstance(block, Pair):
        return pair_lines(block, measure, width, rtl=rtl)
    return text_lines(block, measure, width)


def text_lines(block: Text, measure: Measure, width: int) -> Iterator[TextLine]:
    """A paragraph."""
    face = Face(bold=block.bold, size=block.size)
    room = Room(width=width, align=block.align)
    for piece in wrap(block.text, face, measure, width=width):
        yield TextLine(spans=spans(piece, face, room=room, measure=measure), face=face)


def pair_lines(block: Pair, measure: Measure, width: int, *, rtl: bool) -> Iterator[TextLine]:
    """Label and amount on one line where they fit.

    Else the label wraps beside the amount, if a third of the width is left to it, or above it. A
    large label that does not fit is set above, in normal letters.
    """
    face = _amount_face(block, measure, width)
    amount = wrap(block.amount, face, measure, width=width)
    start = 2 * measure.gap if block.indent else 0
    at_end = _figures_room(amount[0], face, measure, rtl=rtl)
    beside = width - start - measure.gap - at_end.width
    fits = len(amount) == 1 and 3 * beside >= width
    label = wrap(block.label, face, measure, width=max(1, beside if fits else width - start))
    label_face = face
    if face.size not in ("small", "normal") and (len(label) > 1 or not fits):
        fits, label_face = False, Face(bold=face.bold)
        label = wrap(block.label, label_face, measure, width=width - start)
    room = Room(start=start, width=width - start)
    above = label[:-1] if fits else label
    for piece in above:
        yield TextLine(spans=spans(piece, label_face, room=room, measure=measure), face=label_face)
    last = spans(label[-1], face, room=room, measure=measure) if fits else ()
    place = Room(start=width - at_end.width, width=at_end.width, align=at_end.align)
    for piece in amount:
        alone = spans(piece, face, room=place, measure=measure)
        yield TextLine(spans=(*last, *alone), face=face)


def _figures_room(amount: str, face: Face, measure: Measure, *, rtl: bool) -> Room:
    own = measure.text_width(amount, face)
    align: Align = "end"
    if rtl and face.size == "normal" and _FIGURE.fullmatch(amount):
        own, align = max(own, measure.text_width(_FIGURES, face)), "start"
    return Room(width=own, align=align)


def _amount_face(block: Pair, measure: Measure, width: int) -> Face:
    """A large amount that is wider than the paper is set in smaller letters."""
    amount = printable(block.amount)
    for size in (block.size, "large", "normal"):
        face = Face(bold=block.bold, size=size)
        if measure.text_width(amount, face) <= width:
            return face
    return Face(bold=block.bold)
