"""The month's figures for an accountant, as rows of text: TVA by rate, stamp duty, sales journal.

The file's law: sums of different currencies do not exist, exempt is no rate of 0 %, returns are
subtracted, and what is added up here is what the shops' Z reports say. French, for the G50 form and
for the spreadsheets that open it: decimal comma, no thousands separator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from protocol.errors import Malformed
from protocol.vocabulary.currencies import format_amount

MOST_TAXES = 24
MOST_TENDERS = 16

Row = list[str]
TaxKey = tuple[str, int, str]
"""(tax id, rate, treatment)."""
DayKey = tuple[UUID, UUID | None, str, UUID | None]
"""(store, register, currency, legal entity) on one day."""
EntityNames = Mapping[UUID | None, str]

_TREATMENTS = {"taxed": "taxé", "exempt": "exonéré", "outside": "hors TVA"}
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_OTHERS = "autres"

TAX_HEADINGS = (
    "entité",
    "devise",
    "taxe",
    "taux %",
    "régime du taux",
    "base HT ventes",
    "TVA ventes",
    "base HT retours",
    "TVA retours",
    "base HT nette",
    "TVA nette",
)
DUTY_HEADINGS = ("entité", "devise", "date", "magasin", "nom", "tickets timbrés", "timbre")
_JOURNAL_HEADINGS = (
    "date",
    "entité",
    "magasin",
    "nom",
    "caisse",
    "devise",
    "tickets",
    "retours",
    "ventes TTC",
    "retours TTC",
    "net TTC",
    "timbre",
    "arrondi",
)


class Month(Struct, frozen=True):
    """A calendar month of business dates."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + timedelta(days=n) for n in range(self.last.day)]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"


class MonthTax(Struct, frozen=True, kw_only=True):
    """One tax of one legal entity over the month, minor units."""

    legal_entity_id: UUID | None
    currency: str
    tax_id: str
    rate_ppm: int
    treatment: str
    sold_base: int
    sold_tax: int
    returned_base: int
    returned_tax: int


class DayDuty(Struct, frozen=True, kw_only=True):
    """Stamp duty that one store took on one day."""

    legal_entity_id: UUID | None
    currency: str
    business_date: date
    store_code: str
    store_name: str
    tickets: int
    duty_minor: int


class RegisterDay(Struct, frozen=True, kw_only=True):
    """What one register sold on one day in one currency. `gross_minor`: payable of all sales."""

    key: DayKey
    store_code: str
    store_name: str
    register_code: str
    sales: int
    returns: int
    gross_minor: int
    returns_minor: int
    duty_minor: int
    cash_rounding_minor: int
    taxes: Mapping[TaxKey, tuple[int, int]]
    tenders: Mapping[str, int]


class JournalColumns(Struct, frozen=True, kw_only=True):
    """Which taxes and tenders have columns of their own; the rest is summed under one."""

    taxes: Sequence[TaxKey]
    tenders: Sequence[str]


def month_of(text: str) -> Month:
    """`2026-11`; Malformed `bad-month`."""
    year, dash, number = text.partition("-")
    plain = text.isascii() and (year + number).isdecimal()
    if dash and plain and len(year) == 4 and len(number) == 2:
        month = Month(int(year), int(number))
        if 1 <= month.number <= 12 and 2000 <= month.year <= 2100:
            return month
    raise Malformed("bad-month", "Write the month like 2026-11.")


def tax_rows(taxes: Iterable[MonthTax], *, entities: EntityNames) -> Iterator[Row]:
    """One row per legal entity, currency and rate, as the G50 asks: base and tax, returns off."""
    for tax in taxes:
        amounts = (
            tax.sold_base,
            tax.sold_tax,
            tax.returned_base,
            tax.returned_tax,
            tax.sold_base - tax.returned_base,
            tax.sold_tax - tax.returned_tax,
        )
        yield [
            _words(entities.get(tax.legal_entity_id, "?")),
            tax.currency,
            _words(tax.tax_id),
            percent(tax.rate_ppm) if tax.treatment == "taxed" else "",
            _TREATMENTS.get(tax.treatment, "?"),
            *(money(amount, tax.currency) for amount in amounts),
        ]


def duty_rows(days: Iterable[DayDuty], *, entities: EntityNames) -> Iterator[Row]:
    """One row per store and day on which duty was taken."""
    for day in days:
        yield [
            _words(entities.get(day.legal_entity_id, "?")),
            day.currency,
            day.business_date.isoformat(),
            _words(day.store_code),
            _words(day.store_name),
            str(day.tickets),
            money(day.duty_minor, day.currency),
        ]


def journal_headings(columns: JournalColumns) -> Row:
    """The journal's first line."""
    taxes = [word for key in columns.taxes for word in _tax_headings(key)]
    tenders = [f"reçu {kind}" for kind in columns.tenders]
    others = [f"base HT {_OTHERS}", f"TVA {_OTHERS}"]
    words = [*taxes, *others, *tenders, f"reçu {_OTHERS}"]
    return [*_JOURNAL_HEADINGS, *map(_words, words)]


def journal_row(
    on: date, day: RegisterDay, *, columns: JournalColumns, entities: EntityNames
) -> Row:
    """One register's day."""
    _, _, currency, legal_entity_id = day.key
    named = [sums for key in columns.taxes for sums in day.taxes.get(key, (0, 0))]
    beyond = [sums for key, sums in day.taxes.items() if key not in columns.taxes]
    others = [sum(base for base, _ in beyond), sum(tax for _, tax in beyond)]
    tenders = [day.tenders.get(kind, 0) for kind in columns.tenders]
    rest = sum(net for kind, net in day.tenders.items() if kind not in columns.tenders)
    amounts = (
        day.gross_minor,
        day.returns_minor,
        day.gross_minor - day.returns_minor,
        day.duty_minor,
        day.cash_rounding_minor,
        *named,
        *others,
        *tenders,
        rest,
    )
    return [
        on.isoformat(),
        _words(entities.get(legal_entity_id, "?")),
        _words(day.store_code),
        _words(day.store_name),
        _words(day.register_code),
        currency,
        str(day.sales),
        str(day.returns),
        *(money(amount, currency) for amount in amounts),
    ]


def money(amount_minor: int, currency: str) -> str:
    """`1234,50`; minor units, said so, in a currency whose decimals nobody knows."""
    try:
        return format_amount(amount_minor, currency).replace(".", ",")
    except Malformed:
        return f"{amount_minor} (unités mineures)"


def percent(rate_ppm: int) -> str:
    """`19`, `19,5`."""
    whole, rest = divmod(rate_ppm, 10_000)
    return str(whole) + (f",{rest:04d}".rstrip("0") if rest else "")


def _tax_headings(key: TaxKey) -> tuple[str, str]:
    tax_id, rate_ppm, treatment = key
    rate = f"{percent(rate_ppm)} %" if treatment == "taxed" else _TREATMENTS.get(treatment, "?")
    return f"base HT {tax_id} {rate}", f"TVA {tax_id} {rate}"


def _words(text: str) -> str:
    """Words of shops and tablets, which no spreadsheet shall reckon with."""
    plain = " ".join(text.split())
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
