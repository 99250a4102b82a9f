"""Search normalisation, the same at edge and hub: what a hurried cashier types finds the product.

The file's law: an index and a query go through the same function. It only folds; it stems nothing
and drops no words.
"""

import re
import unicodedata

_TATWEEL = "\u0640"

# What neither NFKD nor the loss of marks folds. Alef, waw and yeh with hamza or madda decompose to
# letter + mark, so they need no row.
_FOLDS = str.maketrans(
    {
        _TATWEEL: "",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "ı": "i",
    }
    | {chr(0x0660 + digit): str(digit) for digit in range(10)}
    | {chr(0x06F0 + digit): str(digit) for digit in range(10)}
)

_TERM = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case without accents, tashkeel and tatweel; one alef, yeh and heh; ASCII digits."""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in lowered if unicodedata.category(letter) != "Mn")
    return bare.translate(_FOLDS)


def search_terms(text: str) -> list[str]:
    """The folded words and numbers of a text, in order, each once; punctuation separates."""
    return list(dict.fromkeys(_TERM.findall(fold(text))))
