"""Which languages a paper speaks, and how it says things in one or two of them.

The file's law: the first language decides direction and how numbers look; a heading is said in
both. A language nobody knows is passed over; where none is left the paper is in French.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from protocol.documents import amounts
from protocol.documents.layout import isolated
from protocol.documents.words.arabic import WORDS as ARABIC
from protocol.documents.words.english import WORDS as ENGLISH
from protocol.documents.words.french import WORDS as FRENCH

TABLES = {"fr": FRENCH, "ar": ARABIC, "en": ENGLISH}
FALLBACK = "fr"
MOST_LANGUAGES = 2


class Wording(Struct, frozen=True):
    """Phrases and figures of one paper. Amounts are minor units of `currency`."""

    languages: tuple[str, ...]
    currency: str
    timezone: str

    @property
    def first(self) -> str:
        return self.languages[0]

    @property
    def rtl(self) -> bool:
        return self.first == "ar"

    def say(self, key: str, **said: object) -> str:
        """The phrase in every language of the paper, once where they agree."""
        return self._beside([_phrase(one, key, said) for one in self.languages])

    def once(self, key: str) -> str:
        """The phrase in the first language alone, where there is no room for two."""
        return TABLES[self.first][key]

    def each(self, key: str) -> dict[str, str]:
        """Language → its phrase, where each stands on lines of its own."""
        return {one: TABLES[one][key] for one in self.languages}

    def unit(self, unit: str) -> str:
        """A unit beside figures, in the first language alone."""
        return TABLES[self.first].get(f"unit_{unit}", unit)

    def named(self, prefix: str, key: str) -> str:
        """The phrase `<prefix>_<key>` where there is one, else the key itself."""
        known = f"{prefix}_{key}"
        return self.say(known) if known in FRENCH else key

    def with_currency(self, key: str) -> str:
        """A phrase and the currency: what stands before the figure that counts."""
        said = [
            f"{TABLES[one][key]} ({amounts.symbol(self.currency, one)})" for one in self.languages
        ]
        return self._beside(said)

    def money(self, amount_minor: int) -> str:
        return amounts.money(amount_minor, self.currency, self.first)

    def quantity(self, value: Decimal) -> str:
        return amounts.quantity(value, self.first)

    def percent(self, rate_ppm: int) -> str:
        return amounts.percent(rate_ppm, self.first)

    def day(self, value: date) -> str:
        return amounts.day(value, self.first)

    def _beside(self, phrases: Sequence[str]) -> str:
        """One phrase after another; one that runs the other way keeps to itself."""
        first, *others = dict.fromkeys(phrases)
        return " / ".join(
            [first, *(isolated(one, rtl=not self.rtl) if self._turns else one for one in others)]
        )

    @property
    def _turns(self) -> bool:
        return "ar" in self.languages

    def moment(self, at: datetime) -> str:
        """Day and time on the shop's clock."""
        local = amounts.local(at, self.timezone)
        return f"{self.day(local.date())} {local:%H:%M}"


def _phrase(language: str, key: str, said: Mapping[str, object]) -> str:
    """A value of letters that run to the right keeps to itself in an Arabic phrase."""
    if language == "ar":
        said = {name: isolated(str(value), rtl=False) for name, value in said.items()}
    return TABLES[language][key].format(**said)


def wording(languages: Sequence[str], *, currency: str, timezone: str = "UTC") -> Wording:
    """For the known ones of these languages, at most two, each once."""
    known = [one for one in dict.fromkeys(languages) if one in TABLES]
    return Wording(tuple(known[:MOST_LANGUAGES]) or (FALLBACK,), currency, timezone)
