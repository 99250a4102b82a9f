"""Numbers, days and times as they stand on paper, by language.

The file's law: Latin digits in every language. French and Arabic group thousands by a narrow
no-break space and set a decimal comma; English groups by commas. No figure is rounded here.
"""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from protocol.vocabulary.currencies import format_amount
from protocol.vocabulary.quantity import format_quantity

GROUP_SPACE = "\u202f"
_ENGLISH = "en"
_SYMBOLS = {
    "DZD": {"fr": "DA", "ar": "د.ج", "en": "DA"},
    "EUR": dict.fromkeys(("fr", "ar", "en"), "€"),
    "GBP": dict.fromkeys(("fr", "ar", "en"), "£"),
    "USD": dict.fromkeys(("fr", "ar", "en"), "$"),
}


def money(amount_minor: int, currency: str, language: str) -> str:
    """``money(123456, "DZD", "fr") == "1 234,56"``, its space a narrow no-break one."""
    return _grouped(format_amount(amount_minor, currency), language)


def symbol(currency: str, language: str) -> str:
    """How the language calls the currency beside figures; its ISO code where nothing is known."""
    return _SYMBOLS.get(currency, {}).get(language, currency)


def quantity(value: Decimal, language: str) -> str:
    """All its decimals and no more."""
    return _grouped(format_quantity(value), language)


def percent(rate_ppm: int, language: str) -> str:
    """``percent(190_000, "fr") == "19 %"``; English sets the sign without space."""
    figures = _grouped(format_quantity(Decimal(rate_ppm).scaleb(-4)), language)
    return f"{figures}%" if language == _ENGLISH else f"{figures}\u00a0%"


def day(value: date, language: str) -> str:
    """Day/month/year, in English year-month-day: nobody reads it the wrong way round."""
    return value.isoformat() if language == _ENGLISH else f"{value:%d/%m/%Y}"


def local(at: datetime, timezone: str) -> datetime:
    """The instant on the shop's clock."""
    return at.astimezone(ZoneInfo(timezone))


def _grouped(plain: str, language: str) -> str:
    """Plain decimal text ("-1234.5") as the language writes it."""
    group, point = (",", ".") if language == _ENGLISH else (GROUP_SPACE, ",")
    sign = "-" if plain.startswith("-") else ""
    whole, _, fraction = plain.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", group)
    return sign + grouped + (point + fraction if fraction else "")
