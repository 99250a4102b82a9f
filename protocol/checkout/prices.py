"""Which price a product has: by price list, customer, date and quantity.

The file's law: of all prices that hold for the customer at that moment and for that quantity the
lowest counts; among equals the shop's own list, then the list's id, decides which is named.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class PricePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One price from an instant on; without one it holds since ever.

    It holds until the next point of the same list and quantity. `price_list_id` None: the shop's
    own list. `min_quantity`: of the product on the ticket, None = any.
    """

    unit_price_minor: int
    effective_at: datetime | None = None
    price_list_id: UUID | None = None
    min_quantity: Decimal | None = None


class PriceChoice(Struct, frozen=True, kw_only=True):
    """A price and whose list it came from; None is the shop's own."""

    unit_price_minor: int
    price_list_id: UUID | None


class PriceListTerms(Protocol):
    """For whom and when a price list holds; both ends are inclusive, None is open."""

    @property
    def price_list_id(self) -> UUID: ...

    @property
    def everybody(self) -> bool: ...

    @property
    def customer_ids(self) -> Collection[UUID]: ...

    @property
    def valid_from(self) -> date | None: ...

    @property
    def valid_until(self) -> date | None: ...


def price_in_force(
    points: Sequence[PricePoint],
    *,
    at: datetime,
    quantity: Decimal,
    price_lists: Collection[UUID],
) -> PriceChoice | None:
    """The lowest price that holds; None if there is none.

    `quantity`: of the product on the whole ticket. `price_lists`: those that hold for the customer.
    Of two points of one instant the later in the list holds; a price below zero is none.
    """
    holding: dict[tuple[UUID | None, Decimal | None], PricePoint] = {}
    for point in points:
        if not _counts(point, at=at, quantity=quantity, price_lists=price_lists):
            continue
        key = (point.price_list_id, point.min_quantity)
        before = holding.get(key)
        if before is None or not _is_later(before, point):
            holding[key] = point
    prices = [point for point in holding.values() if point.unit_price_minor >= 0]
    if not prices:
        return None
    lowest = min(prices, key=_rank)
    return PriceChoice(unit_price_minor=lowest.unit_price_minor, price_list_id=lowest.price_list_id)


def lists_in_force(
    lists: Iterable[PriceListTerms], *, customer_id: UUID | None, on: date
) -> tuple[UUID, ...]:
    """The price lists that hold for a customer (None: nobody known) on a day, by id."""
    return tuple(
        sorted(
            terms.price_list_id
            for terms in lists
            if (terms.everybody or customer_id in terms.customer_ids)
            and (terms.valid_from is None or terms.valid_from <= on)
            and (terms.valid_until is None or on <= terms.valid_until)
        )
    )


def _counts(
    point: PricePoint, *, at: datetime, quantity: Decimal, price_lists: Collection[UUID]
) -> bool:
    return (
        (point.effective_at is None or point.effective_at <= at)
        and (point.price_list_id is None or point.price_list_id in price_lists)
        and (point.min_quantity is None or point.min_quantity <= quantity)
    )


def _is_later(one: PricePoint, other: PricePoint) -> bool:
    if one.effective_at is None or other.effective_at is None:
        return other.effective_at is None and one.effective_at is not None
    return one.effective_at > other.effective_at


def _rank(point: PricePoint) -> tuple[int, str]:
    return point.unit_price_minor, str(point.price_list_id or "")
