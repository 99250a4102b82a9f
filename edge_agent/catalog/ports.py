"""What the catalogue's routes and proposals are handed from slices beside it."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from protocol.checkout.tax import RegimeKind
from protocol.messages.collections import StoreSettings


class TradingDay(Protocol):
    """The shop's business day at a moment."""

    @property
    def settings(self) -> StoreSettings:
        """The store's settings in force."""
        ...

    @property
    def at(self) -> datetime:
        """The moment that was asked for."""
        ...

    @property
    def on(self) -> date:
        """The business date."""
        ...

    @property
    def regime(self) -> RegimeKind:
        """The tax regime of that day."""
        ...


class Store(Protocol):
    """The store whose catalogue this is."""

    @property
    def store_id(self) -> UUID:
        """Its id."""
        ...

    async def settings(self) -> StoreSettings:
        """Its settings in force; raises Unavailable `not-provisioned-yet`."""
        ...


class TradingStore(Store, Protocol):
    """The same with what day it is there."""

    async def today(self, at: datetime | None = None) -> TradingDay:
        """Its business day then, or now; raises Unavailable `not-provisioned-yet`, Malformed
        `instant-out-of-range`."""
        ...


class SignedInStaff(Protocol):
    """Who calls."""

    @property
    def staff_id(self) -> UUID:
        """The member of staff."""
        ...


RequireSignedIn = Callable[..., Awaitable[SignedInStaff]]
"""A FastAPI dependency that refuses whoever is not signed in."""
