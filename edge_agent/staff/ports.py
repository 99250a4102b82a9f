"""What signing in needs from the slice that knows tablets."""

from typing import Protocol
from uuid import UUID


class PairedTablet(Protocol):
    """A tablet that holds a token."""

    @property
    def tablet_id(self) -> UUID:
        """Its id."""
        ...

    @property
    def register_id(self) -> UUID:
        """The register it serves."""
        ...


class Tablets(Protocol):
    """Knows the paired tablets."""

    async def tablet(self, tablet_token: str) -> PairedTablet:
        """The tablet that holds the token; raises Unauthenticated."""
        ...
