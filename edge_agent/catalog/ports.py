"""What the catalogue's routes and proposals are handed from slices beside it."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from protocol.messages.collections import StoreSettings


class Store(Protocol):
    """The store whose catalogue this is."""

    @property
    def store_id(self) -> UUID:
        """Its id."""
        ...

    async def settings(self) -> StoreSettings:
        """Its settings in force; raises Unavailable `not-provisioned-yet`."""
        ...


class SignedInStaff(Protocol):
    """Who calls."""

    @property
    def staff_id(self) -> UUID:
        """The member of staff."""
        ...


RequireSignedIn = Callable[..., Awaitable[SignedInStaff]]
"""A FastAPI dependency that refuses whoever is not signed in."""
