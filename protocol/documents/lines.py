"""Lines of a paper, laid out for one width, and what must be known of a paper to lay them out.

The file's law: values only. Positions and widths are integers of the measure's own unit, x counted
from the paper's left.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct, structs

from protocol.documents.layout import Align, Size, Symbology


class Face(Struct, frozen=True, kw_only=True):
    """How letters look."""

    bold: bool = False
    size: Size = "normal"


class Measure(Protocol):
    """A paper's widths in its own unit: columns, dots or fractions of a point.

    `gap`: the least space between two columns. `is_page`: wide enough for halves beside each other.
    """

    @property
    def width(self) -> int: ...
    @property
    def gap(self) -> int: ...
    @property
    def is_page(self) -> bool: ...
    def text_width(self, text: str, face: Face) -> int: ...


class Span(Struct, frozen=True, kw_only=True):
    """Text at a place, in the line's face unless it has one of its own."""

    x: int
    width: int
    text: str
    face: Face | None = None


class TextLine(Struct, frozen=True, kw_only=True):
    """What stands beside each other. `face` decides how high the line is."""

    spans: tuple[Span, ...]
    face: Face = Face()


class RuleLine(Struct, frozen=True, kw_only=True):
    """A line across the paper."""

    double: bool


class BarcodeLine(Struct, frozen=True, kw_only=True):
    """Bars, or a QR code where they do not fit."""

    content: str
    symbology: Symbology


class QrLine(Struct, frozen=True, kw_only=True):
    """A QR code."""

    content: str


class FeedLine(Struct, frozen=True, kw_only=True):
    """Blank lines."""

    lines: int


class CutLine(Struct, frozen=True, kw_only=True):
    """Here the roll is cut."""


Line = TextLine | RuleLine | BarcodeLine | QrLine | FeedLine | CutLine


class Room(Struct, frozen=True, kw_only=True):
    """Where on a line something goes, and to which side of it."""

    start: int = 0
    width: int
    align: Align = "start"


def spans(text: str, face: Face, *, room: Room, measure: Measure) -> tuple[Span, ...]:
    """The text in its room; blank text needs no span."""
    if not text.strip(" "):
        return ()
    width = measure.text_width(text, face)
    slack = room.width - width
    x = room.start + {"start": 0, "center": slack // 2, "end": slack}[room.align]
    return (Span(x=x, width=width, text=text),)


def mirrored(lines: Iterable[TextLine], width: int, *, rtl: bool) -> Iterator[TextLine]:
    """Lines laid out from where reading begins, as they lie on the paper."""
    for line in lines:
        if not rtl:
            yield line
            continue
        turned = [
            structs.replace(span, x=width - span.x - span.width) for span in reversed(line.spans)
        ]
        yield TextLine(spans=tuple(turned), face=line.face)
