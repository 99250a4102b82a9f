"""A PDF 1.7 file of pages with text and filled boxes (ISO 32000-1).

The file's law: the same pages give the same bytes. Fonts are embedded with the glyphs that are used
and no others; every glyph says which text it stands for, so that what is read can be searched.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from protocol.documents.shaping import MILLI, Glyph, own_advance, subset

_FLAGS_SYMBOLIC = 4
_FACES = (False, True)


class PdfText(Struct, frozen=True, kw_only=True):
    """Glyphs from a point on the base line; x and y in points from the page's lower left."""

    x: float
    y: float
    points: float
    bold: bool
    glyphs: tuple[Glyph, ...]


class PdfBox(Struct, frozen=True, kw_only=True):
    """A black rectangle."""

    x: float
    y: float
    width: float
    height: float


PdfMark = PdfText | PdfBox


class PdfPages(Struct, frozen=True, kw_only=True):
    """`width`, `height` in points."""

    width: float
    height: float
    title: str
    pages: tuple[tuple[PdfMark, ...], ...]


def pdf_bytes(document: PdfPages) -> bytes:
    """The whole file."""
    used = {bold: _used(document.pages, bold=bold) for bold in _FACES}
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalogue = add(b"")
    tree = add(b"")
    fonts = {bold: _add_font(add, glyphs, bold=bold) for bold, glyphs in used.items() if glyphs}
    named = b" ".join(b"/%s %d 0 R" % (_name(bold), number) for bold, number in fonts.items())
    pages = []
    for marks in document.pages:
        content = add(_stream(b"".join(_drawn(mark) for mark in marks)))
        pages.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R "
                b"/Resources << /Font << %s >> >> >>"
                % (tree, _number(document.width), _number(document.height), content, named)
            )
        )
    title = add(b"<< /Title %s /Producer (Hanout) >>" % _text_string(document.title))
    objects[catalogue - 1] = b"<< /Type /Catalog /Pages %d 0 R >>" % tree
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    objects[tree - 1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))
    return _file(objects, catalogue=catalogue, title=title)


def _used(pages: Iterable[Sequence[PdfMark]], *, bold: bool) -> dict[int, str]:
    """Glyph → its text, of one face."""
    used: dict[int, str] = {}
    for mark in (mark for page in pages for mark in page):
        if isinstance(mark, PdfText) and mark.bold == bold:
            for glyph in mark.glyphs:
                used[glyph.number] = used.get(glyph.number) or glyph.text
    return dict(sorted(used.items()))


def _add_font(add: Callable[[bytes], int], glyphs: dict[int, str], *, bold: bool) -> int:
    font = subset(frozenset(glyphs), bold=bold)
    file = add(_stream(font, b"/Length1 %d" % len(font)))
    name = b"HANOUT+DejaVuSans" + (b"-Bold" if bold else b"")
    descriptor = add(
        b"<< /Type /FontDescriptor /FontName /%s /Flags %d /FontBBox [-1021 -463 1793 1232] "
        b"/ItalicAngle 0 /Ascent 928 /Descent -236 /CapHeight 729 /StemV %d /FontFile2 %d 0 R >>"
        % (name, _FLAGS_SYMBOLIC, 150 if bold else 90, file)
    )
    widths = b" ".join(b"%d [%d]" % (one, own_advance(one, bold=bold)) for one in glyphs)
    descendant = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity "
        b"/DW 600 /W [%s] >>" % (name, descriptor, widths)
    )
    meaning = add(_stream(_to_unicode(glyphs)))
    return add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H "
        b"/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (name, descendant, meaning)
    )


def _to_unicode(glyphs: dict[int, str]) -> bytes:
    """Which text each glyph stands for; at most 100 rows stand together."""
    rows = [b"<%04X> <%s>\n" % (one, _utf16(text)) for one, text in glyphs.items() if text]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    listed = b"".join(
        b"%d beginbfchar\n%sendbfchar\n" % (len(block), b"".join(block)) for block in blocks
    )
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + listed
        + b"endcmap CMapName currentdict /CMap defineresource pop end end\n"
    )


def _drawn(mark: PdfMark) -> bytes:
    if isinstance(mark, PdfBox):
        box = (mark.x, mark.y, mark.width, mark.height)
        return b" ".join(_number(side) for side in box) + b" re f\n"
    return b"BT /%s %s Tf\n%sET\n" % (_name(mark.bold), _number(mark.points), _glyphs(mark))


def _glyphs(text: PdfText) -> bytes:
    """Glyphs that follow each other as the font has them go together; others are put in place."""
    runs: list[tuple[int, int, bytes]] = []
    pen, follows = 0, (0, 0)
    for glyph in text.glyphs:
        place = (pen + glyph.x_offset, glyph.y_offset)
        code = b"%04X" % glyph.number
        if runs and place == follows:
            x, y, codes = runs[-1]
            runs[-1] = (x, y, codes + code)
        else:
            runs.append((*place, code))
        follows = (place[0] + own_advance(glyph.number, bold=text.bold), place[1])
        pen += glyph.advance
    scale = text.points / MILLI
    return b"".join(
        b"1 0 0 1 %s %s Tm <%s> Tj\n"
        % (_number(text.x + x * scale), _number(text.y + y * scale), codes)
        for x, y, codes in runs
    )


def _file(objects: Sequence[bytes], *, catalogue: int, title: int) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        catalogue,
        title,
        table,
    )
    return bytes(out)


def _stream(body: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(body, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (
        len(packed),
        extra,
        packed,
    )


def _name(bold: bool) -> bytes:
    return b"FB" if bold else b"FR"


def _number(value: float) -> bytes:
    """A number of at most three decimals, the same on every machine."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return text.encode()


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be").hex().upper().encode()


def _text_string(text: str) -> bytes:
    return b"<FEFF" + _utf16(text) + b">"
