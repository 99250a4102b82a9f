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
_NUN = "ن"


class Noun(Struct, frozen=True, kw_only=True):
    """What is counted, and the adjective of its country (`of`).

    `inflects`: a word like يورو takes no ending in the accusative. `is_number`: one of it is said
    by itself, ألف and not ألف واحد.
    """

    name: str
    plural: str
    of: str = ""
    plural_of: str = ""
    inflects: bool = True
    is_number: bool = False

    @property
    def singular(self) -> str:
        return f"{self.name} {self.of}".strip()

    @property
    def dual(self) -> str:
        return self._with("ان")

    @property
    def many(self) -> str:
        return f"{self.plural} {self.plural_of}".strip()

    @property
    def accusative(self) -> str:
        return self._with("ا") if self.inflects else self.singular

    @property
    def alone(self) -> str:
        return self.singular if self.is_number else f"{self.singular} واحد"

    @property
    def again(self) -> str:
        """One more of it after hundreds, without what the first mention has said."""
        return self.name if self.is_number else f"{self.name} واحد"

    @property
    def again_two(self) -> str:
        return f"{self.name}ان"

    def _with(self, ending: str) -> str:
        return " ".join(word + ending for word in (self.name, self.of) if word)


_CENTIME = Noun(name="سنتيم", plural="سنتيمات")
_CENT = Noun(name="سنت", plural="سنتات")
_NAMES: dict[str, tuple[Noun, Noun]] = {
    "DZD": (Noun(name="دينار", plural="دنانير", of="جزائري", plural_of="جزائرية"), _CENTIME),
    "EUR": (Noun(name="يورو", plural="يورو", inflects=False), _CENT),
    "GBP": (
        Noun(name="جنيه", plural="جنيهات", of="إسترليني", plural_of="إسترلينية"),
        Noun(name="بنس", plural="بنسات"),
    ),
    "MAD": (Noun(name="درهم", plural="دراهم", of="مغربي", plural_of="مغربية"), _CENTIME),
    "TND": (
        Noun(name="دينار", plural="دنانير", of="تونسي", plural_of="تونسية"),
        Noun(name="مليم", plural="مليمات"),
    ),
    "USD": (Noun(name="دولار", plural="دولارات", of="أمريكي", plural_of="أمريكية"), _CENT),
}
MINUS, AND = "ناقص ", " و"
_SCALES = (
    (10**9, Noun(name="مليار", plural="مليارات", is_number=True)),
    (10**6, Noun(name="مليون", plural="ملايين", is_number=True)),
    (1000, Noun(name="ألف", plural="آلاف", is_number=True)),
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
        return f"{cardinal(count)} {noun.many}"
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
