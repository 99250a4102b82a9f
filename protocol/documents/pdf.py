"""Papers as A4 pages.

The file's law: the same layout as on a roll, with halves beside each other. A table that runs over
a page says its heading again and carries its sum over; what belongs together stays together;
every page says which of how many it is.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from protocol.documents.flow import block_lines
from protocol.documents.layout import (
    Block,
    Carried,
    Pair,
    Paper,
    Table,
    Text,
    Together,
    printable,
)
from protocol.documents.lines import (
    BarcodeLine,
    Face,
    FeedLine,
    Line,
    QrLine,
    RuleLine,
    TextLine,
)
from protocol.documents.pdf_file import PdfBox, PdfMark, PdfPages, PdfText, pdf_bytes
from protocol.documents.shaping import shape
from protocol.documents.symbols import QUIET_MODULES, bars, squares
from protocol.documents.tables import table_lines

# A4 and its margins, in points of 1/72 inch.
_WIDTH, _HEIGHT = 595.28, 841.89
_MARGIN = 42.52
_FOOT = 34.0
_POINTS = {"small": 7.5, "normal": 9.0, "large": 15.0, "huge": 26.0}
_LEADING = 1.35
_BAR, _BAR_HIGH, _SQUARE = 1.0, 30.0, 2.2
# Widths are reckoned in hundredths of a point: whole numbers, as everywhere in the layout.
_PARTS = 100


class PageMeasure(Struct, frozen=True, kw_only=True):
    """The printable width of a page."""

    width: int = round((_WIDTH - 2 * _MARGIN) * _PARTS)
    gap: int = 8 * _PARTS
    is_page: bool = True

    def text_width(self, text: str, face: Face) -> int:
        advance = sum(one.advance for one in shape(printable(text), bold=face.bold))
        return -int(-advance * _POINTS[face.size] * _PARTS // 1000)


class _Pages:
    """Fills pages from the top; y counts points down from the top margin."""

    def __init__(self, paper: Paper, measure: PageMeasure) -> None:
        self._paper = paper
        self._measure = measure
        self._pages: list[list[PdfMark]] = [[]]
        self._y = 0.0

    @property
    def room(self) -> float:
        """What is left of the page, in points."""
        return _HEIGHT - 2 * _MARGIN - _FOOT - self._y

    def finished(self) -> tuple[tuple[PdfMark, ...], ...]:
        """All pages, each with its number."""
        count = len(self._pages)
        for number, marks in enumerate(self._pages, start=1):
            said = self._paper.page_of.format(page=number, pages=count)
            foot = Text(text=said, align="center", size="small")
            self._y = _HEIGHT - 2 * _MARGIN - _FOOT / 2
            for line in block_lines(foot, self._measure, rtl=self._paper.rtl):
                marks.extend(self._drawn(line))
        return tuple(tuple(marks) for marks in self._pages)

    def add(self, lines: Sequence[Line]) -> None:
        """Lines that stay together where a page can hold them; a feed opens no page."""
        feeds_alone = all(isinstance(line, FeedLine) for line in lines)
        if self.room < sum(map(_high, lines)) and self._y and not feeds_alone:
            self.turn()
        for line in lines:
            if self.room < _high(line) and not isinstance(line, FeedLine):
                self.turn()
            self._pages[-1] += self._drawn(line)
            self._y += _high(line)

    def add_table(self, table: Table) -> None:
        """Rows stay whole; at each turn the sum so far goes with them."""
        laid = table_lines(table, self._measure, rtl=self._paper.rtl)
        heading: list[Line] = [*laid.heading, RuleLine(double=False)] if laid.heading else []
        carried = table.carried
        foot = _LEADING * _POINTS["normal"] if carried else 0.0
        self.add([*heading, *laid.rows[0]] if laid.rows else heading)
        for index, row in enumerate(laid.rows[1:], start=1):
            if self.room < sum(map(_high, row)) + foot:
                if carried:
                    self.add(self._carry(carried.forward, carried, index))
                self.turn()
                self.add(heading)
                if carried:
                    self.add(self._carry(carried.brought, carried, index))
            self.add(row)

    def turn(self) -> None:
        """The next page, under the paper's title."""
        self._pages.append([])
        self._y = 0.0
        title = Text(text=self._paper.title, size="small", bold=True)
        self.add([*self._lines(title), RuleLine(double=False)])

    def _carry(self, label: str, carried: Carried, rows: int) -> list[Line]:
        return list(self._lines(Pair(label=label, amount=carried.sums[rows - 1], bold=True)))

    def _lines(self, block: Block) -> Iterator[Line]:
        return block_lines(block, self._measure, rtl=self._paper.rtl)

    def _drawn(self, line: Line) -> Iterator[PdfMark]:
        top = _HEIGHT - _MARGIN - self._y
        match line:
            case TextLine(spans=spans, face=face):
                for span in spans:
                    own = span.face or face
                    yield PdfText(
                        x=_MARGIN + span.x / _PARTS,
                        y=top - _POINTS[face.size],
                        points=_POINTS[own.size],
                        bold=own.bold,
                        glyphs=shape(span.text, bold=own.bold),
                    )
            case RuleLine(double=double):
                for down in (3.0, 4.6) if double else (3.8,):
                    yield _box(0, top - down, (self._measure.width / _PARTS, 0.6))
            case BarcodeLine():
                yield from self._barcode(line, top)
            case QrLine(content=content):
                yield from _squares(content, top)
            case _:
                pass

    def _barcode(self, line: BarcodeLine, top: float) -> Iterator[PdfMark]:
        row = _fitting_bars(line)
        if row is None:
            yield from _squares(line.content, top)
            return
        left = (self._measure.width / _PARTS - len(row) * _BAR) / 2
        for at, dark in enumerate(row):
            if dark:
                yield _box(left + at * _BAR, top - 4 - _BAR_HIGH, (_BAR, _BAR_HIGH))
        face = Face(size="small")
        width = self._measure.text_width(line.content, face) / _PARTS
        yield PdfText(
            x=_WIDTH / 2 - width / 2,
            y=top - 4 - _BAR_HIGH - _POINTS["small"] - 1,
            points=_POINTS["small"],
            bold=False,
            glyphs=shape(line.content, bold=False),
        )


def to_pdf(paper: Paper) -> bytes:
    """The paper as a PDF of A4 pages; the letters stay letters, Arabic shaped and in order."""
    measure = PageMeasure()
    pages = _Pages(paper, measure)
    for block in paper.blocks:
        match block:
            case Table():
                pages.add_table(block)
            case Together(blocks=inner):
                pages.add([line for one in inner for line in _lines_of(one, paper, measure)])
            case _:
                for line in _lines_of(block, paper, measure):
                    pages.add([line])
    document = PdfPages(width=_WIDTH, height=_HEIGHT, title=paper.title, pages=pages.finished())
    return pdf_bytes(document)


def _lines_of(block: Block, paper: Paper, measure: PageMeasure) -> Iterable[Line]:
    return block_lines(block, measure, rtl=paper.rtl)


def _high(line: Line) -> float:
    """Points from this line's top to the next one's."""
    match line:
        case TextLine(face=face):
            return _POINTS[face.size] * _LEADING
        case RuleLine():
            return 8.0
        case FeedLine(lines=count):
            return count * _POINTS["normal"] * _LEADING
        case BarcodeLine(content=content):
            if _fitting_bars(line) is None:
                return _squares_high(content)
            return _BAR_HIGH + 8 + _POINTS["small"] * _LEADING
        case QrLine(content=content):
            return _squares_high(content)
        case _:
            return 0.0


def _fitting_bars(line: BarcodeLine) -> tuple[bool, ...] | None:
    row = bars(line.content, line.symbology)
    widest = (_WIDTH - 2 * _MARGIN) / _BAR - 2 * QUIET_MODULES
    return row if row and len(row) <= widest else None


def _squares_high(content: str) -> float:
    return (len(squares(content)) + 8) * _SQUARE


def _squares(content: str, top: float) -> Iterator[PdfMark]:
    rows = squares(content)
    left = (_WIDTH - 2 * _MARGIN - len(rows) * _SQUARE) / 2
    for down, row in enumerate(rows, start=5):
        for at, dark in enumerate(row):
            if dark:
                yield _box(left + at * _SQUARE, top - down * _SQUARE, (_SQUARE, _SQUARE))


def _box(x: float, y: float, size: tuple[float, float]) -> PdfBox:
    return PdfBox(x=_MARGIN + x, y=y, width=size[0], height=size[1])
