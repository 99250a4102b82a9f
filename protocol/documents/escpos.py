"""Papers as ESC/POS bytes, for thermal printers.

The file's law: what the printer's code page has goes as letters; a block with anything else
(Arabic, a rare letter), a barcode or a QR code goes as dots, on the same paper. A code page is
selected anew after every picture, since printers forget it. Nothing here opens a drawer.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from protocol.documents.flow import block_lines
from protocol.documents.layout import ISOLATES, Block, Paper
from protocol.documents.lines import CutLine, Face, FeedLine, Line, RuleLine, TextLine
from protocol.documents.pictures import picture, raster_rows, roll
from protocol.documents.printers import CodePage, PrinterProfile

_INITIALISE = b"\x1b@"
_LEAVE_MULTIBYTE = b"\x1c."
_FEED_AND_CUT = b"\x1dVA\x00"
_SLICE_ROWS = 255
_TEAR_OFF_LINES = 4
_SCALES = {"small": 1, "normal": 1, "large": 2, "huge": 3}
# Typography that no code page of these needs: the printer's own letters instead.
_PLAIN = str.maketrans(
    {
        "\u202f": " ",
        "\u00a0": " ",
        "\u2009": " ",
        "\u2019": "'",
        "\u2018": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
    }
    | dict.fromkeys(ISOLATES, "")
)


class ColumnMeasure(Struct, frozen=True, kw_only=True):
    """A roll in columns of the printer's own letters; large letters take two of them."""

    width: int
    gap: int = 1
    is_page: bool = False

    def text_width(self, text: str, face: Face) -> int:
        return len(text.translate(_PLAIN)) * _SCALES[face.size]


def to_escpos(paper: Paper, printer: PrinterProfile) -> bytes:
    """The bytes to send, from initialising to the cut (or the feed before tearing off).

    Malformed, Unavailable as `pictures.to_png`, where something has to be drawn.
    """
    out = [_start(printer)]
    drawn: list[Line] = []
    for block in paper.blocks:
        lines = list(_as_letters(block, paper, printer))
        if lines and not printer.pictures_only:
            out += [_picture(drawn, printer), *(_written(line, printer) for line in lines)]
            drawn = []
        elif lines and isinstance(lines[0], CutLine):
            out += [_picture(drawn, printer), _cut(printer)]
            drawn = []
        else:
            drawn += block_lines(block, roll(printer.dots), rtl=paper.rtl)
    return b"".join((*out, _picture(drawn, printer)))


def _as_letters(block: Block, paper: Paper, printer: PrinterProfile) -> Iterator[Line]:
    """The block's lines if letters can say all of it, else nothing."""
    lines = list(block_lines(block, ColumnMeasure(width=printer.columns), rtl=paper.rtl))
    if all(_is_writable(line, printer.code_page) for line in lines):
        yield from lines


def _is_writable(line: Line, page: CodePage) -> bool:
    if isinstance(line, TextLine):
        return all(_encoded(span.text, page) is not None for span in line.spans)
    return isinstance(line, RuleLine | FeedLine | CutLine)


def _encoded(text: str, page: CodePage) -> bytes | None:
    try:
        return text.translate(_PLAIN).encode(page)
    except UnicodeEncodeError:
        return None


def _written(line: Line, printer: PrinterProfile) -> bytes:
    match line:
        case TextLine():
            return _text(line, printer)
        case RuleLine(double=double):
            return (b"=" if double else b"-") * printer.columns + b"\n"
        case FeedLine(lines=count):
            return b"\n" * count
        case _:
            return _cut(printer)


def _text(line: TextLine, printer: PrinterProfile) -> bytes:
    """One line, set in place by spaces: tab stops are not the same on all printers."""
    scale = _SCALES[line.face.size]
    text = ""
    for span in line.spans:
        text = text.ljust(span.x // scale) + span.text.translate(_PLAIN)
    letters = text.encode(printer.code_page) + b"\n"
    if scale > 1:
        times = (scale - 1) * 0x11
        letters = b"\x1d!" + bytes([times]) + letters + b"\x1d!\x00"
    return b"\x1bE\x01" + letters + b"\x1bE\x00" if line.face.bold else letters


def _start(printer: PrinterProfile) -> bytes:
    return _INITIALISE + _letters(printer)


def _letters(printer: PrinterProfile) -> bytes:
    """What a printer must be told before letters, at the start and after each picture."""
    leave = _LEAVE_MULTIBYTE if printer.leaves_multibyte else b""
    return leave + b"\x1bt" + bytes([printer.code_page_slot])


def _picture(lines: Iterable[Line], printer: PrinterProfile) -> bytes:
    """GS v 0 in slices that every printer's buffer holds."""
    drawn = list(lines)
    if not drawn:
        return b""
    image = picture(drawn, printer.dots, ink="1")
    across = (printer.dots + 7) // 8
    rows = raster_rows(image)
    slices = []
    for top in range(0, image.height, _SLICE_ROWS):
        dots = rows[top * across : (top + _SLICE_ROWS) * across]
        high = len(dots) // across
        slices.append(
            b"\x1dv0\x00" + across.to_bytes(2, "little") + high.to_bytes(2, "little") + dots
        )
    return b"".join(slices) + _letters(printer)


def _cut(printer: PrinterProfile) -> bytes:
    return _FEED_AND_CUT if printer.cuts else b"\n" * _TEAR_OFF_LINES
