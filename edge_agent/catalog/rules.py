"""How codes and words are matched, and which price counts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from protocol.checkout.prices import PricePoint
from protocol.messages.collections import CatalogueItem
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


def price_at(schedule: Sequence[PricePoint], now: datetime) -> int | None:
    """The price in force; a point without a zone is taken as UTC. None before the first point."""
    price = None
    for point in schedule:
        at = point.effective_at
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        if at is None or at <= now:
            price = point.unit_price_minor
    return price


def display_name(names: Mapping[str, str], languages: Sequence[str]) -> str:
    """The name in the first of these languages that has one, else any name."""
    for language in languages:
        if name := names.get(language):
            return name
    return next(iter(names.values()), "")
