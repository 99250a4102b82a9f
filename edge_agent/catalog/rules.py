"""How codes and words are matched, and which price and tax are shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date

from msgspec.structs import replace

from protocol.checkout.prices import PricePoint
from protocol.checkout.tax import RatePoint, RegimeKind, line_tax
from protocol.errors import Malformed
from protocol.messages.collections import CatalogueItem, TaxRate
from protocol.vocabulary.gtin import code_key
from protocol.vocabulary.text import query_terms, search_terms

# Up to so many letters in all, a query is too short to be worth ranking.
_FEW_LETTERS = 2


def code_keys(item: CatalogueItem) -> list[str]:
    """All that a scan or a typed code can find the product by."""
    return list(dict.fromkeys(code_key(code) for code in (item.sku, *item.codes) if code))


def product_words(item: CatalogueItem) -> str:
    """What a search finds the product by: its names in all languages, its SKU and codes."""
    text = " ".join([*item.names.values(), item.sku, *item.codes])
    return " ".join(search_terms(text))


def match_expression(text: str) -> str | None:
    """An FTS5 expression: every term is the beginning of a word; None when there is no term."""
    terms = query_terms(text)
    return " ".join(f'"{term}"*' for term in terms) or None


def is_few_letters(text: str) -> bool:
    """Whether ranking the matches would cost more than it tells."""
    return sum(map(len, query_terms(text))) <= _FEW_LETTERS


def sound_schedule(schedule: Sequence[PricePoint]) -> list[PricePoint]:
    """The points with a zone each: one without is taken as UTC."""
    return [
        replace(point, effective_at=point.effective_at.replace(tzinfo=UTC))
        if point.effective_at is not None and point.effective_at.tzinfo is None
        else point
        for point in schedule
    ]


def rates_of(tax: TaxRate) -> Sequence[RatePoint]:
    """The tax's rates by day; where the office gave no schedule, its one rate since ever."""
    since_ever = RatePoint(valid_from=date.min, rate_ppm=tax.rate_ppm, exempt=tax.exempt)
    return tax.schedule or [since_ever]


def shown_rate_ppm(tax: TaxRate | None, *, on: date, regime: RegimeKind) -> int | None:
    """What a shelf's price bears on that day; None where nobody has said so."""
    if tax is None:
        return None
    try:
        return line_tax(
            tax.tax_id, rates_of(tax), on=on, regime=regime, exempt_customer=False
        ).rate_ppm
    except Malformed:
        return None


def display_name(names: Mapping[str, str], languages: Sequence[str]) -> str:
    """The name in the first of these languages that has one, else any name."""
    for language in languages:
        if name := names.get(language):
            return name
    return next(iter(names.values()), "")
