"""Money, numbers, dates and ages as people read them: Latin digits, the currency's own decimals."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import NumberPattern, format_decimal, format_percent, parse_pattern

from hub.dashboard.languages import Language
from protocol.errors import Malformed
from protocol.vocabulary.currencies import currency as known_currency

_PPM = 1_000_000


def money(amount_minor: int, currency: str, language: Language) -> str:
    """An amount with its currency: `1 234,50 DA`, never more or fewer decimals than it has.

    Of a currency that is not kept, a shop's fact may still bring amounts: they show as minor units.
    """
    try:
        digits = known_currency(currency).exponent
    except Malformed:
        return f"{number(amount_minor, language)} {currency} ×10⁻ⁿ"
    amount = Decimal(amount_minor).scaleb(-digits)
    pattern = _currency_pattern(language, digits)
    return str(pattern.apply(amount, language.locale, currency=currency, currency_digits=False))


def number(value: int | Decimal, language: Language) -> str:
    """A count or a quantity, without trailing zeros."""
    plain = Decimal(value)
    return format_decimal(
        plain.quantize(Decimal(1)) if plain == plain.to_integral() else plain.normalize(),
        locale=language.locale,
        decimal_quantization=False,
    )


def rate(rate_ppm: int, language: Language) -> str:
    """A tax rate in parts per million as a percentage."""
    share = Decimal(rate_ppm) / _PPM
    return format_percent(share, locale=language.locale, decimal_quantization=False)


def day(value: date, language: Language, *, full: bool = False) -> str:
    """A business date, in full with its weekday, or short."""
    return format_date(value, "full" if full else "medium", locale=language.locale)


def clock(value: datetime, timezone: str) -> str:
    """The time of day in the store's zone, on 24 hours everywhere."""
    return value.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def moment(value: datetime, timezone: str, language: Language) -> str:
    """Date and time of day in the store's zone."""
    local = value.astimezone(ZoneInfo(timezone))
    return format_datetime(local, "d MMM y, HH:mm", locale=language.locale)


def ago(since: timedelta, language: Language) -> str:
    """How long ago: "il y a 3 minutes". A clock that runs ahead reads as now."""
    return format_timedelta(
        -max(since, timedelta(0)), locale=language.locale, add_direction=True, threshold=1.2
    )


def age(span: timedelta, language: Language) -> str:
    """How long: "3 minutes"."""
    return format_timedelta(max(span, timedelta(0)), locale=language.locale, threshold=1.2)


def _currency_pattern(language: Language, digits: int) -> NumberPattern:
    pattern = parse_pattern(language.locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern
