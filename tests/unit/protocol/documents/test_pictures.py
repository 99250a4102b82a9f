"""Pictures as wide as the paper, sharp where a printer burns them."""

from io import BytesIO

import pytest
from PIL import Image

from protocol.documents.fonts import font_bytes, require_shaping
from protocol.documents.layout import (
    Barcode,
    Block,
    Cut,
    Feed,
    Paper,
    QrCode,
    Rule,
    Text,
)
from protocol.documents.lines import BarcodeLine, CutLine, QrLine, RuleLine
from protocol.documents.pictures import picture, to_png
from protocol.documents.symbols import bars
from protocol.errors import Malformed, Unavailable


def drawn(*blocks: Block, width: int = 384) -> Image.Image:
    return Image.open(BytesIO(to_png(Paper(title="", blocks=blocks), width)))


def is_blank(image: Image.Image) -> bool:
    return image.getextrema() == (255, 255)


@pytest.mark.parametrize("width", [384, 576, 640])
def test_a_picture_is_as_wide_as_the_paper(width: int) -> None:
    image = drawn(Text(text="حانوت Hanout"), Rule(), width=width)
    assert (image.width, image.mode) == (width, "L")
    assert not is_blank(image)


def test_feeds_and_cuts_are_blank() -> None:
    assert is_blank(drawn(Feed(lines=2), Cut()))
    assert drawn(Feed(lines=2)).height == 2 * drawn(Feed()).height
    assert drawn().height == 1


def test_rules_are_lines_across() -> None:
    single = picture([RuleLine(double=False)], 384, ink="1")
    double = picture([RuleLine(double=True)], 384, ink="1")
    assert sum(single.crop((0, y, 384, y + 1)).getbbox() is not None for y in range(14)) == 2
    assert [y for y in range(14) if double.getpixel((200, y))] == [5, 8]


def test_the_bars_that_are_drawn_are_the_symbol() -> None:
    """Read along one row of dots, module by module."""
    image = picture([BarcodeLine(content="C1-1-000001", symbology="code128")], 384, ink="1")
    row = [bool(image.getpixel((x, 30))) for x in range(384)]
    left = row.index(True)
    expected = bars("C1-1-000001", "code128")
    assert expected is not None
    assert left >= 2 * 10
    read = [row[left + 2 * at] for at in range(len(expected))]
    assert tuple(read) == expected
    wide = picture([BarcodeLine(content="C1-1-000001", symbology="code128")], 576, ink="1")
    assert sum(bool(wide.getpixel((x, 30))) for x in range(576)) == 3 * sum(expected)


@pytest.mark.parametrize("content", ["X" * 40, "حانوت"])
def test_what_has_no_room_or_no_bars_becomes_a_qr_code(content: str) -> None:
    line = BarcodeLine(content=content, symbology="code128")
    assert picture([line], 384, ink="1").tobytes() == (
        picture([QrLine(content=content)], 384, ink="1").tobytes()
    )
    assert not is_blank(drawn(Barcode(content=content)))
    assert not is_blank(drawn(QrCode(content=content)))


def test_a_cut_in_a_picture_is_a_stretch() -> None:
    assert picture([CutLine()], 384, ink="1").getbbox() is None


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.point(lambda dot: 255 - dot).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("text", ["ÀÉŷgjpq", "لَّإِلُّ جخع", "٣٤ لآ"])
def test_letters_stay_within_their_line(text: str) -> None:
    """Nothing is cut at the top or bottom of a picture that ends with the line."""
    _, top, _, bottom = inked(drawn(Text(text=text)))
    _, high, _, low = inked(drawn(Feed(), Text(text=text), Feed()))
    assert bottom - top == low - high


@pytest.mark.parametrize(
    ("width", "code"), [(0, "paper-too-narrow"), (64, "paper-too-narrow"), (9999, "paper-too-wide")]
)
def test_a_width_that_is_no_papers_is_refused(width: int, code: str) -> None:
    with pytest.raises(Malformed, match=code):
        drawn(width=width)


def test_a_wall_of_paper_is_refused() -> None:
    with pytest.raises(Malformed, match="paper-too-long"):
        drawn(Feed(lines=10_000))


def test_arabic_without_shaping_is_not_drawn() -> None:
    with pytest.raises(Unavailable, match="no-text-shaping"):
        require_shaping(raqm=False)
    require_shaping(raqm=True)


def test_the_fonts_ship_with_the_code() -> None:
    assert font_bytes(bold=False)[:4] == font_bytes(bold=True)[:4] == b"\x00\x01\x00\x00"
    assert font_bytes(bold=False) != font_bytes(bold=True)


def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    """Joined letters are narrower than the same ones apart, and leave no gap between them."""
    joined, apart = drawn(Text(text="بيت")), drawn(Text(text="ب\u200cي\u200cت"))
    left, top, right, bottom = inked(joined)
    wide = inked(apart)
    assert right - left < wide[2] - wide[0]
    columns = (joined.crop((x, top, x + 1, bottom)) for x in range(left, right))
    assert not any(is_blank(column) for column in columns)
