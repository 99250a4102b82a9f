"""What a shop is told of a product: its catalogue row and its schedule of prices."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from protocol.checkout.prices import PricePoint
from protocol.checkout.tax import RatePoint
from protocol.messages.collections import TaxRate

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_EVER = datetime(1, 1, 1, tzinfo=UTC)
# A rate of that day or earlier holds since ever.
SINCE_EVER = date(2000, 1, 1)


class DatedRate(Protocol):
    """A tax from a date on."""

    @property
    def name(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def exempt(self) -> bool: ...
    @property
    def valid_from(self) -> date: ...


@dataclass(frozen=True)
class PriceChange:
    """A price from an instant on (None: since ever); `own` prices are the store's alone."""

    effective_at: datetime | None
    unit_price_minor: int
    own: bool


Schedule = tuple[UUID | None, Decimal | None]
"""(price list, least quantity); (None, None) is what everybody pays for one."""


def schedules(changes: Mapping[Schedule, Iterable[PriceChange]], now: datetime) -> list[PricePoint]:
    """What a store charges from now on, whoever buys however much: the shop's own first."""
    return [
        PricePoint(
            unit_price_minor=point.unit_price_minor,
            effective_at=point.effective_at,
            price_list_id=price_list_id,
            min_quantity=min_quantity,
        )
        for price_list_id, min_quantity in sorted(changes, key=_place)
        for point in schedule(changes[price_list_id, min_quantity], now)
    ]


def schedule(changes: Iterable[PriceChange], now: datetime) -> list[PricePoint]:
    """What a store charges from now on, rising in time.

    A store's own price beats the general one from its instant on. What is past and was replaced is
    left out; without any price the schedule is empty.
    """
    own: int | None = None
    general: int | None = None
    points: list[PricePoint] = []
    for change in sorted(changes, key=_when):
        if change.own:
            own = change.unit_price_minor
        else:
            general = change.unit_price_minor
        charged = own if own is not None else general
        assert charged is not None
        points.append(PricePoint(unit_price_minor=charged, effective_at=change.effective_at))
    return _from_now(_without_repeats(points), now)


def tax_item(tax_id: str, rates: Sequence[DatedRate], today: date) -> TaxRate:
    """A tax as shops get it: today's rate, and every dated one, those to come included.

    `rates` rise in time. A tax that begins in the future is shown with its first rate, so that a
    shop without a line holds it when its day comes.
    """
    begun = [rate for rate in rates if rate.valid_from <= today] or rates[:1]
    since_ever = len(rates) == 1 and rates[0].valid_from <= SINCE_EVER
    return TaxRate(
        tax_id=tax_id,
        name=begun[-1].name,
        rate_ppm=begun[-1].rate_ppm,
        exempt=begun[-1].exempt,
        schedule=[]
        if since_ever
        else [
            RatePoint(valid_from=each.valid_from, rate_ppm=each.rate_ppm, exempt=each.exempt)
            for each in rates
        ],
    )


def language_of(name: str) -> str:
    """The language under which a name of unknown language is kept: `ar` by its letters, or `fr`."""
    return "ar" if _ARABIC.search(name) else "fr"


def proposed_sku(product_id: UUID, code: str | None) -> str:
    """The SKU of a product that a shop proposed: its code, else a word made of its id."""
    return code or f"N-{product_id.hex[-12:].upper()}"


def _place(of: Schedule) -> tuple[str, Decimal]:
    price_list_id, min_quantity = of
    return str(price_list_id or ""), min_quantity or Decimal(0)


def _when(change: PriceChange) -> tuple[datetime, bool]:
    # At one instant the store's own price is read last.
    return change.effective_at or _EVER, change.own


def _without_repeats(points: Sequence[PricePoint]) -> list[PricePoint]:
    kept: list[PricePoint] = []
    for point in points:
        if kept and kept[-1].effective_at == point.effective_at:
            kept.pop()
        if not kept or kept[-1].unit_price_minor != point.unit_price_minor:
            kept.append(point)
    return kept


def _from_now(points: Sequence[PricePoint], now: datetime) -> list[PricePoint]:
    in_force = 0
    for index, point in enumerate(points):
        if point.effective_at is None or point.effective_at <= now:
            in_force = index
    kept = list(points[in_force:])
    first = kept[0].effective_at if kept else None
    if first is not None and first <= now:
        # What holds now holds at once: the clock of a shop may be behind ours (promise E).
        kept[0] = PricePoint(unit_price_minor=kept[0].unit_price_minor)
    return kept
