"""Amounts in words, as invoices and cheques want them, in French, Arabic and English.

The package's law: exact for every amount that money may have (|amount| ≤ 10¹² minor units). A
currency whose names are not kept is spelled as number, ISO code and a fraction.
"""

from typing import Protocol

from protocol.documents.spelling import arabic, english, french
from protocol.vocabulary.currencies import currency as kept_currency
from protocol.vocabulary.money import checked


class _Speller(Protocol):
    """A language's module."""

    MINUS: str
    AND: str

    def cardinal(self, number: int, /) -> str: ...
    def counted(self, count: int, currency: str, *, minor: bool) -> str | None: ...


_SPELLERS: dict[str, _Speller] = {"fr": french, "ar": arabic, "en": english}


def in_words(amount_minor: int, currency: str, language: str) -> str:
    """``in_words(5_50, "DZD", "fr") == "cinq dinars algériens et cinquante centimes"``.

    In small letters. Another language than fr, ar and en is spelled in French. Malformed
    `unknown-currency`, `amount-too-large`.
    """
    exponent = kept_currency(currency).exponent
    speller = _SPELLERS.get(language, french)
    sign = speller.MINUS if amount_minor < 0 else ""
    whole, part = divmod(abs(checked(amount_minor)), 10**exponent)
    said = speller.counted(whole, currency, minor=False)
    if said is None:
        fraction = f"{speller.AND}{part:0{exponent}d}/{10**exponent}" if part else ""
        return f"{sign}{speller.cardinal(whole)} {currency}{fraction}"
    if not part:
        return sign + said
    small = speller.counted(part, currency, minor=True)
    assert small is not None
    return sign + (f"{said}{speller.AND}{small}" if whole else small)
