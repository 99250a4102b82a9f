"""What a shop is told of a product: its catalogue row and its schedule of prices."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from protocol.checkout.prices import PricePoint

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PriceChange:
    """A price from an instant on (None: since ever); `own` prices are the store's alone."""

    effective_at: datetime | None
    unit_price_minor: int
    own: bool


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


def language_of(name: str) -> str:
    """The language under which a name of unknown language is kept: `ar` by its letters, or `fr`."""
    return "ar" if _ARABIC.search(name) else "fr"


def proposed_sku(product_id: UUID, code: str | None) -> str:
    """The SKU of a product that a shop proposed: its code, else a word made of its id."""
    return code or f"N-{product_id.hex[-12:].upper()}"


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
