"""French numbers in words, in the spelling of 1878 that cheques are written in.

The file's law: `vingt` and `cent` take an s when multiplied and last (millions and milliards count
as what follows a number, mille does not); mille never changes; un million de dinars, but un million
un dinars.
"""

from msgspec import Struct

_SMALL_WORDS = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
)
_SMALL = _SMALL_WORDS.split()
_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante")
_MILLION, _MILLIARD = 10**6, 10**9
_VOWELS = "aeiouyéè"


class Unit(Struct, frozen=True):
    """A unit of money, one and many."""

    one: str
    many: str


_NAMES: dict[str, tuple[Unit, Unit]] = {
    "DZD": (Unit("dinar algérien", "dinars algériens"), Unit("centime", "centimes")),
    "EUR": (Unit("euro", "euros"), Unit("centime", "centimes")),
    "GBP": (Unit("livre sterling", "livres sterling"), Unit("penny", "pence")),
    "MAD": (Unit("dirham marocain", "dirhams marocains"), Unit("centime", "centimes")),
    "TND": (Unit("dinar tunisien", "dinars tunisiens"), Unit("millime", "millimes")),
    "USD": (Unit("dollar américain", "dollars américains"), Unit("cent", "cents")),
}
_FEMININE = frozenset({"livre sterling"})
MINUS, AND = "moins ", " et "


def cardinal(number: int) -> str:
    """The number in words, 0 … 999 999 999 999 999, as it stands alone."""
    if number == 0:
        return _SMALL[0]
    milliards, rest = divmod(number, _MILLIARD)
    millions, below = divmod(rest, _MILLION)
    thousands, units = divmod(below, 1000)
    said = []
    for count, noun in ((milliards, "milliard"), (millions, "million")):
        if count:
            said.append(f"{cardinal(count)} {noun}{'s' if count > 1 else ''}")
    if thousands:
        said.append("mille" if thousands == 1 else f"{_below_1000(thousands, last=False)} mille")
    if units:
        said.append(_below_1000(units))
    return " ".join(said)


def counted(count: int, currency: str, *, minor: bool) -> str | None:
    """So much of a currency's unit; None where its names are not kept."""
    names = _NAMES.get(currency)
    if names is None:
        return None
    unit = names[minor]
    noun = unit.one if count < 2 else unit.many  # zéro and un take the singular
    number = cardinal(count)
    if unit.one in _FEMININE and (number == "un" or number.endswith((" un", "-un"))):
        number += "e"
    if count and count % _MILLION == 0:
        noun = f"d'{noun}" if noun[0] in _VOWELS else f"de {noun}"
    return f"{number} {noun}"


def _below_1000(number: int, *, last: bool = True) -> str:
    """1 … 999; `last`: nothing that is a number itself follows."""
    hundreds, rest = divmod(number, 100)
    said = []
    if hundreds:
        plural = "s" if not rest and last else ""
        said.append("cent" if hundreds == 1 else f"{_SMALL[hundreds]} cent{plural}")
    if rest:
        said.append(_below_100(rest, last=last))
    return " ".join(said)


def _below_100(number: int, *, last: bool) -> str:
    if number < 20:
        return _SMALL[number]
    if number >= 80:
        if number == 80:
            return "quatre-vingts" if last else "quatre-vingt"
        return f"quatre-vingt-{_SMALL[number - 80]}"
    ten = min(number // 10, 6)
    rest = number - 10 * ten
    if not rest:
        return _TENS[ten]
    link = " et " if rest in (1, 11) else "-"
    return f"{_TENS[ten]}{link}{_SMALL[rest]}"
