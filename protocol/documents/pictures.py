"""Papers as pictures: PNG to look at, and the dots that a thermal printer burns.

The file's law: the picture is exactly as wide as the paper and as high as its content. A cut is a
blank stretch; nothing else of the layout is invisible.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from protocol.documents.flow import flow
from protocol.documents.fonts import (
    DOTS,
    DotMeasure,
    direction,
    drawable,
    font,
    is_shaped,
    text_dots,
)
from protocol.documents.layout import Paper
from protocol.documents.lines import (
    BarcodeLine,
    Face,
    FeedLine,
    Line,
    QrLine,
    RuleLine,
    TextLine,
)
from protocol.documents.symbols import QUIET_MODULES, bars, squares
from protocol.errors import Malformed

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# A wall of dots is no paper: 10 m of roll at 203 dpi.
MAX_DOTS_HIGH = 80_000
NARROWEST_DOTS, WIDEST_DOTS = 128, 2_400
_BAR_DOTS = 64
_MARGIN_DOTS = 4
_CAPTION = Face(size="small")
Ink = Literal["L", "1"]


class _Drawn(Struct, frozen=True):
    """A line with the height it takes, in dots."""

    line: Line
    height: int


def to_png(paper: Paper, width_dots: int) -> bytes:
    """The paper as a PNG in shades of grey, `width_dots` wide (384: 58 mm, 576: 80 mm).

    Malformed `paper-too-narrow`, `paper-too-wide`, `paper-too-long`; Unavailable `no-text-shaping`.
    """
    from io import BytesIO  # noqa: PLC0415

    from PIL import ImageOps  # noqa: PLC0415

    drawn = picture(flow(paper, roll(width_dots)), width_dots, ink="L")
    buffer = BytesIO()
    ImageOps.invert(drawn).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def roll(width_dots: int) -> DotMeasure:
    """The measure of a roll of that many dots; Malformed as `to_png`."""
    if width_dots < NARROWEST_DOTS:
        raise Malformed("paper-too-narrow", f"Use paper of at least {NARROWEST_DOTS} dots.")
    if width_dots > WIDEST_DOTS:
        raise Malformed("paper-too-wide", f"Use paper of at most {WIDEST_DOTS} dots.")
    return DotMeasure(width=width_dots)


def picture(lines: Iterable[Line], width: int, *, ink: Ink) -> "Image":
    """Lines as an image, ink on nothing: 255 (or 1) is black. Malformed, Unavailable as `to_png`.

    `ink`: "L" has soft edges for screens, "1" is what a printer can burn.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415

    drawn = [_Drawn(line, _height(line, width)) for line in lines]
    height = sum(one.height for one in drawn)
    if height > MAX_DOTS_HIGH:
        raise Malformed("paper-too-long", "Print the paper in parts; it is longer than 10 m.")
    image = Image.new(ink, (width, max(1, height)), 0)
    draw = ImageDraw.Draw(image)
    top = 0
    for one in drawn:
        _draw(draw, one.line, (top, one.height, width))
        top += one.height
    return image


def raster_rows(image: "Image") -> bytes:
    """The dots of a one-bit image by row, eight to a byte, the left one highest."""
    return image.tobytes()


def line_dots(face: Face) -> int:
    """From one line's top to the next one's."""
    return DOTS[face.size] * 5 // 4


def _height(line: Line, width: int) -> int:
    match line:
        case TextLine():
            above, below = _reach(line)
            return above + below
        case RuleLine():
            return 14
        case FeedLine(lines=count):
            return count * line_dots(Face())
        case BarcodeLine():
            row = _fitting_bars(line, width)
            if row is None:
                return _qr_height(line.content, width)
            return _BAR_DOTS + line_dots(_CAPTION) + 2 * _MARGIN_DOTS
        case QrLine(content=content):
            return _qr_height(content, width)
        case _:
            return 2 * line_dots(Face())


def _draw(draw: "ImageDraw", line: Line, place: tuple[int, int, int]) -> None:
    top, height, width = place
    match line:
        case TextLine():
            _draw_text(draw, line, top)
        case RuleLine(double=double):
            for y in (top + 5, top + 8) if double else (top + 6,):
                draw.line((0, y, width - 1, y), fill=_black(draw), width=1 if double else 2)
        case BarcodeLine():
            row = _fitting_bars(line, width)
            if row is None:
                _draw_squares(draw, line.content, place)
            else:
                _draw_bars(draw, (line.content, row), place)
        case QrLine(content=content):
            _draw_squares(draw, content, (top, height, width))
        case _:
            pass


def _draw_text(draw: "ImageDraw", line: TextLine, top: int) -> None:
    baseline = top + _reach(line)[0]
    for span in line.spans:
        draw.text(
            (span.x, baseline),
            drawable(span.text),
            fill=_black(draw),
            font=font(span.face or line.face, shaped=is_shaped(span.text)),
            anchor="ls",
            direction=direction(span.text),
        )


def _reach(line: TextLine) -> tuple[int, int]:
    """Dots above and below the base line: the face's, and what Arabic letters and marks need."""
    above = DOTS[line.face.size]
    below = line_dots(line.face) - above
    for span in line.spans:
        if is_shaped(span.text):
            letters = font(span.face or line.face, shaped=True)
            _, top, _, bottom = letters.getbbox(
                span.text, anchor="ls", direction=direction(span.text)
            )
            above, below = max(above, int(-top)), max(below, int(bottom) + 1)
    return above, below


def _fitting_bars(line: BarcodeLine, width: int) -> tuple[bool, ...] | None:
    """The bars, if there are any and scanners can read them at this width."""
    row = bars(line.content, line.symbology)
    return row if row and 2 * (len(row) + 2 * QUIET_MODULES) <= width else None


def _draw_bars(
    draw: "ImageDraw", symbol: tuple[str, Sequence[bool]], place: tuple[int, int, int]
) -> None:
    (content, row), (top, _, width) = symbol, place
    module = min(3, width // (len(row) + 2 * QUIET_MODULES))
    left = (width - module * len(row)) // 2
    for start, length in _dark_runs(row):
        x = left + start * module
        box = (x, top + _MARGIN_DOTS, x + length * module - 1, top + _MARGIN_DOTS + _BAR_DOTS - 1)
        draw.rectangle(box, fill=_black(draw))
    caption = width - text_dots(content, _CAPTION)
    draw.text(
        (caption // 2, top + _BAR_DOTS + _MARGIN_DOTS + DOTS[_CAPTION.size]),
        content,
        fill=_black(draw),
        font=font(_CAPTION, shaped=False),
        anchor="ls",
    )


def _qr_height(content: str, width: int) -> int:
    rows = len(squares(content))
    return (rows + 8) * _qr_module(rows, width)


def _qr_module(rows: int, width: int) -> int:
    return max(1, min(6, width // 2 // (rows + 8)))


def _draw_squares(draw: "ImageDraw", content: str, place: tuple[int, int, int]) -> None:
    top, _, width = place
    rows = squares(content)
    module = _qr_module(len(rows), width)
    left = (width - module * len(rows)) // 2
    for y, row in enumerate(rows, start=4):
        for start, length in _dark_runs(row):
            x = left + start * module
            box = (x, top + y * module, x + length * module - 1, top + (y + 1) * module - 1)
            draw.rectangle(box, fill=_black(draw))


def _dark_runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where dark runs start and how long they are, in modules."""
    start: int | None = None
    for at, dark in enumerate((*row, False)):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            yield start, at - start
            start = None


def _black(draw: "ImageDraw") -> int:
    return 1 if draw.mode == "1" else 255
