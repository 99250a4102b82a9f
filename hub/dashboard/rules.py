"""What the Today page shows of a day, decided from rows alone.

The file's law: sums are per currency, and every figure on the page belongs to one business date.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from protocol.vocabulary.business_date import business_date

# A row of a read model.
Row = Mapping[Any, Any]

_FEWEST_HOURS = 8
_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Day:
    """The business date shown. `latest`: the newest one there is, None before any sale."""

    shown: date
    latest: date | None
    is_today: bool

    @property
    def previous(self) -> date:
        """The day before."""
        return self.shown - timedelta(days=1)

    @property
    def following(self) -> date:
        """The day after."""
        return self.shown + timedelta(days=1)

    @property
    def is_latest(self) -> bool:
        """Whether new sales are expected on this page."""
        return self.latest is None or self.shown >= self.latest


@dataclass(frozen=True, kw_only=True)
class Bar:
    """An hour's takings. `share_ppm`: of the tallest bar of the tile; never below zero."""

    hour: int
    takings_minor: int
    share_ppm: int


@dataclass(frozen=True, kw_only=True)
class StoreTile:
    """What one store took on the day in one currency."""

    store_id: UUID
    name: str
    timezone: str
    currency: str
    sales_count: int
    returns_count: int
    sales_minor: int
    returns_minor: int
    last_sale_at: datetime | None
    last_business_date: date | None
    bars: Sequence[Bar]

    @property
    def takings_minor(self) -> int:
        """Sales less returns."""
        return self.sales_minor - self.returns_minor

    @property
    def basket_minor(self) -> int:
        """The average sale, rounded half up; only where there is one."""
        return (2 * self.sales_minor + self.sales_count) // (2 * self.sales_count)

    @property
    def is_idle(self) -> bool:
        """No ticket on the day."""
        return self.sales_count + self.returns_count == 0


@dataclass(frozen=True, kw_only=True)
class CurrencyTotal:
    """All stores of one currency together."""

    currency: str
    takings_minor: int
    returns_minor: int
    sales_count: int
    returns_count: int
    store_count: int


def choose_day(asked: date | None, *, latest: date | None, today: date) -> Day:
    """The day asked for, else the latest with sales, else today."""
    chosen = asked or latest or today
    return Day(shown=chosen, latest=latest, is_today=chosen == today)


def calendar_today(now: datetime, stores: Iterable[Row]) -> date:
    """The furthest business date any store's clock has reached; UTC's date without stores."""
    dates = {
        business_date(now, timezone=store["timezone"], cutoff_minute=store["cutoff_minute"])
        for store in stores
    }
    return max(dates, default=now.date())


def tiles(stores: Iterable[Row], hours: Iterable[Row]) -> list[StoreTile]:
    """One tile per store and currency, all over the same hours so that they compare."""
    by_tile: dict[tuple[UUID, str], dict[int, int]] = {}
    for row in hours:
        by_tile.setdefault((row["store_id"], row["currency"]), {})[row["hour"]] = row[
            "takings_minor"
        ]
    span = _span({hour for tile in by_tile.values() for hour in tile})
    return [
        StoreTile(
            store_id=row["store_id"],
            name=row["name"],
            timezone=row["timezone"],
            currency=row["currency"],
            sales_count=row["sales_count"],
            returns_count=row["returns_count"],
            sales_minor=row["sales_minor"],
            returns_minor=row["returns_minor"],
            last_sale_at=row["last_sale_at"],
            last_business_date=row["last_business_date"],
            bars=_bars(by_tile.get((row["store_id"], row["currency"]), {}), span),
        )
        for row in stores
    ]


def totals(shown: Iterable[StoreTile]) -> list[CurrencyTotal]:
    """One total per currency, by the currency's code."""
    by_currency: dict[str, list[StoreTile]] = {}
    for tile in shown:
        by_currency.setdefault(tile.currency, []).append(tile)
    return [
        CurrencyTotal(
            currency=currency,
            takings_minor=sum(tile.takings_minor for tile in group),
            returns_minor=sum(tile.returns_minor for tile in group),
            sales_count=sum(tile.sales_count for tile in group),
            returns_count=sum(tile.returns_count for tile in group),
            store_count=len({tile.store_id for tile in group}),
        )
        for currency, group in sorted(by_currency.items())
    ]


def _span(hours: set[int]) -> range:
    if not hours:
        return range(0)
    first, last = min(hours), max(hours)
    missing = max(0, _FEWEST_HOURS - (last - first + 1))
    last = min(_HOURS - 1, last + missing)
    return range(max(0, min(first, last - _FEWEST_HOURS + 1)), last + 1)


def _bars(takings: Mapping[int, int], span: range) -> list[Bar]:
    tallest = max(takings.values(), default=0)
    return [
        Bar(
            hour=hour,
            takings_minor=takings.get(hour, 0),
            share_ppm=max(0, takings.get(hour, 0)) * 1_000_000 // tallest if tallest > 0 else 0,
        )
        for hour in span
    ]
