"""Text in pieces that fit.

The file's law: no letter is lost but the spaces at which a line breaks, and no piece is wider than
asked for unless it is a single letter.
"""

import unicodedata

from protocol.documents.layout import CLOSE, LEFT_TO_RIGHT, RIGHT_TO_LEFT, printable
from protocol.documents.lines import Face, Measure


def wrap(text: str, face: Face, measure: Measure, *, width: int) -> list[str]:
    """The text in pieces of at most that width: between words, else inside a word."""
    whole = printable(text)
    if measure.text_width(whole, face) <= width and not whole.startswith(" "):
        return [whole]
    pieces: list[str] = []
    line = ""
    for word in whole.split(" "):
        longer = f"{line} {word}" if line else word
        if measure.text_width(longer, face) <= width:
            line = longer
            continue
        if line:
            pieces.append(line)
        *full, line = _broken(word, face, measure, width=width)
        pieces += full
    return _closed([*pieces, line])


def _broken(word: str, face: Face, measure: Measure, *, width: int) -> list[str]:
    """A word in pieces that fit; marks stay with their letter."""
    pieces: list[str] = []
    rest = word
    while len(rest) > 1 and measure.text_width(rest, face) > width:
        low, high = 1, len(rest) - 1
        while low < high:
            middle = (low + high + 1) // 2
            fits = measure.text_width(rest[:middle], face) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        cut = low
        while cut > 1 and unicodedata.combining(rest[cut]):
            cut -= 1
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]


def _closed(pieces: list[str]) -> list[str]:
    """Isolates that run over several pieces are closed and opened again at each break."""
    opened: list[str] = []
    closed = []
    for piece in pieces:
        before = "".join(opened)
        for letter in piece:
            if letter in (LEFT_TO_RIGHT, RIGHT_TO_LEFT):
                opened.append(letter)
            elif letter == CLOSE:
                opened.pop()
        closed.append(before + piece + CLOSE * len(opened))
    return closed
