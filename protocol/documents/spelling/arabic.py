"""Arabic numbers in words, nominative, as amounts stand on invoices and cheques.

The file's law: 3 … 10 take the plural and the gender opposite to the noun's (every noun here is
masculine, so they end in ة), 11 … 99 the singular accusative, hundreds and thousands the singular
genitive, before which a dual loses its nun. One and two are said by the noun itself, also after
hundreds: مائة دينار جزائري ودينار واحد.
"""

from msgspec import Struct

_ONES_WORDS = (
    "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة أحد_عشر اثنا_عشر ثلاثة_عشر "
    "أربعة_عشر خمسة_عشر ستة_عشر سبعة_عشر ثمانية_عشر تسعة_عشر"
)
_ONES = _ONES_WORDS.split()
_TENS_WORDS = "عشرون ثلاثون أربعون خمسون ستون سبعون ثمانون تسعون"
_TENS = _TENS_WORDS.split()
_HUNDREDS_WORDS = "مائة مائتان ثلاثمائة أربعمائة خمسمائة ستمائة سبعمائة ثمانمائة تسعمائة"
_HUNDREDS = _HUNDREDS_WORDS.split()
MINUS, AND = "ناقص ", " و"
_NUN = "ن"


class Noun(Struct, frozen=True, kw_only=True):
    """What is counted. `alone`: said of one; `again`, `again_two`: one or two more of it after
    hundreds (without what the first mention has said)."""

    singular: str
    dual: str
    plural: str
    accusative: str
    alone: str
    again: str
    again_two: str


def _money(name: str, of: str = "", *, plural: str, plural_of: str = "") -> Noun:
    """A noun that inflects regularly, with the adjective of its country."""
    return Noun(
        singular=f"{name} {of}".strip(),
        dual=f"{name}ان {of}ان" if of else f"{name}ان",
        plural=f"{plural} {plural_of}".strip(),
        accusative=f"{name}ا {of}ا" if of else f"{name}ا",
        alone=f"{name} {of} واحد" if of else f"{name} واحد",
        again=f"{name} واحد",
        again_two=f"{name}ان",
    )


_CENTIME = _money("سنتيم", plural="سنتيمات")
_CENT = _money("سنت", plural="سنتات")
_EURO = Noun(
    singular="يورو",
    dual="يوروان",
    plural="يورو",
    accusative="يورو",
    alone="يورو واحد",
    again="يورو واحد",
    again_two="يوروان",
)
_NAMES: dict[str, tuple[Noun, Noun]] = {
    "DZD": (_money("دينار", "جزائري", plural="دنانير", plural_of="جزائرية"), _CENTIME),
    "EUR": (_EURO, _CENT),
    "GBP": (
        _money("جنيه", "إسترليني", plural="جنيهات", plural_of="إسترلينية"),
        _money("بنس", plural="بنسات"),
    ),
    "MAD": (_money("درهم", "مغربي", plural="دراهم", plural_of="مغربية"), _CENTIME),
    "TND": (
        _money("دينار", "تونسي", plural="دنانير", plural_of="تونسية"),
        _money("مليم", plural="مليمات"),
    ),
    "USD": (_money("دولار", "أمريكي", plural="دولارات", plural_of="أمريكية"), _CENT),
}


def _scale(name: str, plural: str) -> Noun:
    return Noun(
        singular=name,
        dual=f"{name}ان",
        plural=plural,
        accusative=f"{name}ا",
        alone=name,
        again=name,
        again_two=f"{name}ان",
    )


_SCALES = (
    (10**9, _scale("مليار", "مليارات")),
    (10**6, _scale("مليون", "ملايين")),
    (1000, _scale("ألف", "آلاف")),
)


def counted(count: int, currency: str, *, minor: bool) -> str | None:
    """So much of a currency's unit; None where its names are not kept."""
    names = _NAMES.get(currency)
    return None if names is None else _counted(count, names[minor])


def _counted(count: int, noun: Noun) -> str:
    """So many of a noun."""
    rest = count % 100
    if count == 1:
        return noun.alone
    if count == 2:
        return noun.dual
    if rest in (1, 2):
        more = noun.again if rest == 1 else noun.again_two
        return f"{_counted(count - rest, noun)}{AND}{more}"
    if 3 <= rest <= 10:
        return f"{cardinal(count)} {noun.plural}"
    if rest:
        return f"{cardinal(count)} {noun.accusative}"
    return f"{cardinal(count, bound=True)} {noun.singular}"


def cardinal(number: int, *, bound: bool = False) -> str:
    """The number in words, from 0 on. `bound`: the noun follows at once, in the genitive."""
    if number == 0:
        return _ONES[0]
    said = []
    rest = number
    for scale, noun in _SCALES:
        count, rest = divmod(rest, scale)
        if count:
            said.append(_scaled(count, noun, bound=bound and not rest))
    hundreds, below = divmod(rest, 100)
    if hundreds:
        word = _HUNDREDS[hundreds - 1]
        said.append(word.removesuffix(_NUN) if bound and not below and hundreds == 2 else word)
    if below:
        said.append(_below_100(below))
    return AND.join(said)


def _scaled(count: int, noun: Noun, *, bound: bool) -> str:
    """Thousands and above. Bound, ألفان becomes ألفا and ألفا (accusative) becomes ألف."""
    words = _counted(count, noun)
    if not bound:
        return words
    if words.endswith(noun.dual):
        return words.removesuffix(_NUN)
    return words.removesuffix(noun.accusative) + noun.singular if count % 100 > 10 else words


def _below_100(number: int) -> str:
    if number < 20:
        return _ONES[number].replace("_", " ")
    tens, ones = divmod(number, 10)
    ten = _TENS[tens - 2]
    return f"{_ONES[ones]}{AND}{ten}" if ones else ten
