"""What stands on a paper, in which order; how wide the paper is, nobody knows here.

The file's law: a paper is a sequence of blocks, values only. `start` is where reading begins: left
on a paper in French, right on one in Arabic. What a block holds is never cut by a rendering: text
wraps, an amount that fits beside nothing gets a line of its own.
"""

import unicodedata
from typing import Literal

from msgspec import Struct

Align = Literal["start", "center", "end"]
Size = Literal["small", "normal", "large", "huge"]
SIZES: tuple[Size, ...] = ("small", "normal", "large", "huge")
Symbology = Literal["code128", "ean13", "ean8"]

UNPRINTABLE = "\ufffd"
# Joiners belong to how Arabic is written; every other character of these kinds shows nothing, or
# moves what stands beside it.
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_BLANK = frozenset({"Zl", "Zp"})
# Isolates keep a phrase of one direction from reordering its neighbours of the other (UAX 9).
LEFT_TO_RIGHT, RIGHT_TO_LEFT, CLOSE = "\u2066", "\u2067", "\u2069"
ISOLATES = (LEFT_TO_RIGHT, RIGHT_TO_LEFT, CLOSE)


class Text(Struct, frozen=True, kw_only=True):
    """A paragraph; wraps at words, and inside a word longer than the paper."""

    text: str
    align: Align = "start"
    bold: bool = False
    size: Size = "normal"


class Pair(Struct, frozen=True, kw_only=True):
    """A label at the start and an amount at the end of one line.

    The amount stays whole: a long label wraps, or leaves it a line of its own.
    """

    label: str
    amount: str
    bold: bool = False
    size: Size = "normal"
    indent: bool = False


class Column(Struct, frozen=True, kw_only=True):
    """`figures`: numbers, set at the end of the column and never wrapped."""

    heading: str
    figures: bool = False


class Carried(Struct, frozen=True, kw_only=True):
    """What a table over several pages repeats: the sum after each row, in the last column."""

    forward: str
    brought: str
    sums: tuple[str, ...]


class Table(Struct, frozen=True, kw_only=True):
    """Rows have as many cells as there are columns. A paper too narrow for them gets each row's
    text on lines of its own and its figures below, each with its heading."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    carried: Carried | None = None


class Rule(Struct, frozen=True, kw_only=True):
    """A line across the paper."""

    double: bool = False


class Barcode(Struct, frozen=True, kw_only=True):
    """Bars with their content below; a code too long for the paper becomes a QR code."""

    content: str
    symbology: Symbology = "code128"


class QrCode(Struct, frozen=True, kw_only=True):
    """A QR code (ISO 18004), error correction M."""

    content: str


class Feed(Struct, frozen=True, kw_only=True):
    """Blank lines."""

    lines: int = 1


class Sides(Struct, frozen=True, kw_only=True):
    """Two halves beside each other on a page, one after the other on a roll."""

    start: tuple[Text | Pair, ...]
    end: tuple[Text | Pair, ...]


class Together(Struct, frozen=True, kw_only=True):
    """Blocks that a page break does not part, where a page can hold them."""

    blocks: tuple[Text | Pair | Rule | Table | Feed | Sides, ...]


class Cut(Struct, frozen=True, kw_only=True):
    """Here the roll is cut: at the end of a receipt, between labels."""


Block = Text | Pair | Table | Rule | Barcode | QrCode | Feed | Sides | Together | Cut


class Paper(Struct, frozen=True, kw_only=True):
    """`rtl`: the first language is read from right to left. `title` heads every further page,
    with `page_of` ("Page {page} / {pages}")."""

    title: str
    blocks: tuple[Block, ...]
    rtl: bool = False
    page_of: str = "{page} / {pages}"


def printable(text: str) -> str:
    """The text on one line, with a visible mark for each character that would show nothing.

    Line ends and tabs become spaces; direction marks are marked like control characters, all but
    isolates that close.
    """
    if text.isprintable():
        return text
    letters = [_printable(letter) for letter in text]
    opened: list[int] = []
    for at, letter in enumerate(letters):
        if letter in (LEFT_TO_RIGHT, RIGHT_TO_LEFT):
            opened.append(at)
        elif letter == CLOSE and opened:
            opened.pop()
        elif letter == CLOSE:
            letters[at] = UNPRINTABLE
    for at in opened:
        letters[at] = UNPRINTABLE
    return "".join(letters)


def isolated(text: str, *, rtl: bool) -> str:
    """A phrase that stands within one of the other direction."""
    return f"{RIGHT_TO_LEFT if rtl else LEFT_TO_RIGHT}{text}{CLOSE}"


def unisolated(text: str) -> str:
    """Without isolates, for letters that all run one way."""
    if text.isascii():
        return text
    for mark in ISOLATES:
        text = text.replace(mark, "")
    return text


def _printable(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in "\t\n\r" or kind in _BLANK:
        return " "
    unseen = kind in _UNSEEN and letter not in _JOINERS and letter not in ISOLATES
    return UNPRINTABLE if unseen else letter
