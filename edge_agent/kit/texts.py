"""What a text from outside may hold."""

import unicodedata

from pydantic import AfterValidator

# No database keeps a NUL in a text, and nobody types one.
NO_NUL = r"^[^\x00]*$"
# Unicode counts the fillers of Hangul among the letters and the empty Braille cell among the signs.
_SHOWING_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def require_visible(text: str) -> str:
    """The text itself; ValueError where a person sees nothing of it: blanks, control characters,
    marks of direction."""
    if not any(map(_is_visible, text)):
        raise ValueError("write something that can be seen")
    return text


def _is_visible(sign: str) -> bool:
    """A letter, a digit, a punctuation mark or a symbol."""
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _SHOWING_NOTHING


VISIBLE = AfterValidator(require_visible)
"""Of a field whose text a person will read."""
