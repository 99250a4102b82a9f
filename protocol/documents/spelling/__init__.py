"""Amounts in words, as invoices and cheques want them, in French, Arabic and English.

The package's law: exact for every amount that money may have (|amount| ≤ 10¹² minor units). A
currency whose names are not kept is spelled as number, ISO code and a fraction.
"""

from collections.abc import Callable

from protocol.documents.spelling import arabic, english, french
from protocol.vocabulary.currencies import currency as kept_currency
from protocol.vocabulary.money import checked

_SPELLERS: dict[str, Callable[[int, str, int], str]] = {
    "fr": french.spelled,
    "ar": arabic.spelled,
    "en": english.spelled,
}


def in_words(amount_minor: int, currency: str, language: str) -> str:
    """``in_words(123456, "DZD", "fr")`` = mille deux cent trente-quatre dinars algériens et …

    Another language than fr, ar and en is spelled in French. Malformed `unknown-currency`,
    `amount-too-large`.
    """
    exponent = kept_currency(currency).exponent
    speller = _SPELLERS.get(language, french.spelled)
    return speller(checked(amount_minor), currency, exponent)
