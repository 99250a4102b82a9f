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


def spelled(amount_minor: int, currency: str, exponent: int) -> str:
    """The amount in words, in small letters."""
    sign = "minus " if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**exponent)
    names = _NAMES.get(currency)
    if names is None:
        fraction = f" and {part:0{exponent}d}/{10**exponent}" if part else ""
        return f"{sign}{cardinal(whole)} {currency}{fraction}"
    said = []
    if whole or not part:
        said.append(_counted(whole, names[0]))
    if part:
        said.append(_counted(part, names[1]))
    return sign + " and ".join(said)


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


def _counted(count: int, unit: Unit) -> str:
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
