"""English numbers in words, British: one thousand two hundred and thirty-four."""

from msgspec import Struct

_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = _SMALL_WORDS.split()
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _TENS_WORDS.split()
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))


class Unit(Struct, frozen=True):
    """A unit of money, one and many."""

    one: str
    many: str


_NAMES: dict[str, tuple[Unit, Unit]] = {
    "DZD": (Unit("Algerian dinar", "Algerian dinars"), Unit("centime", "centimes")),
    "EUR": (Unit("euro", "euros"), Unit("cent", "cents")),
    "GBP": (Unit("pound sterling", "pounds sterling"), Unit("penny", "pence")),
    "MAD": (Unit("Moroccan dirham", "Moroccan dirhams"), Unit("centime", "centimes")),
    "TND": (Unit("Tunisian dinar", "Tunisian dinars"), Unit("millime", "millimes")),
    "USD": (Unit("US dollar", "US dollars"), Unit("cent", "cents")),
}

MINUS, AND = "minus ", " and "


def cardinal(number: int) -> str:
    """The number in words, from 0 on."""
    said = []
    rest = number
    for scale, name in _SCALES:
        count, rest = divmod(rest, scale)
        if count:
            said.append(f"{cardinal(count)} {name}")
    if rest or not said:
        joined = "and " if said and rest < 100 else ""
        said.append(joined + _below_1000(rest))
    return " ".join(said)


def counted(count: int, currency: str, *, minor: bool) -> str | None:
    """So much of a currency's unit; None where its names are not kept."""
    names = _NAMES.get(currency)
    if names is None:
        return None
    unit = names[minor]
    return f"{cardinal(count)} {unit.one if count == 1 else unit.many}"


def _below_1000(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        below = f" and {_below_100(rest)}" if rest else ""
        return f"{_SMALL[hundreds]} hundred{below}"
    return _below_100(rest)


def _below_100(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    tens, rest = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_SMALL[rest]}" if rest else "")
