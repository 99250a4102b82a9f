"""Search normalisation, the same at edge and hub: what a hurried cashier types finds the product.

The file's law: an index and a query are folded by the same function, which stems nothing and drops
no words; a query alone sheds its elided articles ("l'eau" asks for "eau"). A product is found where
each term of the query begins one of its words, at edge and hub alike.
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
# French l', d', qu', jusqu' … before a word, whichever apostrophe was typed. Not inside a word
# (aujourd'hui), not between two apostrophes (rock'n'roll).
_APOSTROPHES = "'\u2019\u2018\u02bc\u00b4`\u2032"
_ELISION = re.compile(
    rf"(?<![\w{_APOSTROPHES}])(?:[cdjlmnst]|(?:jus|lors|puis|quel)?qu)[{_APOSTROPHES}](?=[^\W_])",
    re.IGNORECASE,
)
MAX_QUERY_TERMS = 8


def fold(text: str) -> str:
    """Lower case without accents, tashkeel and tatweel; one alef, yeh and heh; ASCII digits."""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in lowered if unicodedata.category(letter) != "Mn")
    return bare.translate(_FOLDS)


def search_terms(text: str) -> list[str]:
    """The folded words and numbers of a text, in order, each once; punctuation separates."""
    return list(dict.fromkeys(_TERM.findall(fold(text))))


def query_terms(text: str) -> list[str]:
    """What a search asks for: each of these, at most eight, must begin a word of the product."""
    return search_terms(_ELISION.sub(" ", text))[:MAX_QUERY_TERMS]
