"""What ingest asks of the slices; `main` and `worker` hand it in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from hub.events.models import NewEvent, ReceivedFact
from hub.fleet.alerts import Notice, Speaker
from hub.ingest.inbox import DeviceRef
from hub.kit.db import TenantSession
from protocol.messages.sync import Hello, Page, PageRequest, RegisterFloor
from protocol.session.hub import DeviceView, Epoch, Place


class FactHandler(Protocol):
    """Makes something of facts, in the projector's own commit.

    It may count on seeing each fact exactly once, in its device's order, and must do nothing that
    a rollback does not undo. What it raises for a fact's own sake parks that fact alone.
    """

    @property
    def fact_types(self) -> frozenset[str]:
        """The types it wants to see."""
        ...

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Write what at least one fact of these types means; the events to tell."""
        ...


class SyncStore(Protocol):
    """How far devices have come, read and written as their tenant."""

    async def ensure_device(
        self, session: TenantSession, device_id: UUID, genesis: bytes, *, at: datetime
    ) -> None:
        """Give the device its first epoch, from `genesis`, unless it has an epoch already."""
        ...

    async def view(self, session: TenantSession, device_id: UUID) -> DeviceView:
        """What is durably held of the device; locked until the transaction's end."""
        ...

    async def hashes_at(
        self, session: TenantSession, device_id: UUID, places: Sequence[Place]
    ) -> dict[Place, bytes]:
        """The hashes of those places that hold a row."""
        ...

    async def issue_epoch(
        self, session: TenantSession, view: DeviceView, epoch: Epoch, *, at: datetime
    ) -> list[tuple[int, bytes]]:
        """Make this the device's current epoch; `view` is what the decision was made on.

        The seqs and bytes that were kept ahead of a gap in the one before and go with it.
        """
        ...

    async def note_hello(
        self, session: TenantSession, device_id: UUID, hello: Hello, *, at: datetime
    ) -> None:
        """Remember how far the device says that it has come."""
        ...


class PageSource(Protocol):
    """The published collections."""

    async def page_after(
        self, session: TenantSession, store_id: UUID, *, request: PageRequest
    ) -> Page:
        """The page that answers the request for this store."""
        ...

    async def versions(self, session: TenantSession, store_id: UUID) -> dict[str, int]:
        """Collection → newest version."""
        ...

    async def versions_of_stores(
        self, session: TenantSession, store_ids: Sequence[UUID]
    ) -> dict[UUID, dict[str, int]]:
        """Store → collection → newest version."""
        ...


class DeviceGreeting(Protocol):
    """Who wants to know that a device said hello."""

    async def greeted(self, session: TenantSession, device_id: UUID, *, agent: str) -> None:
        """It is there, and this is its agent's version."""
        ...


class FloorSource(Protocol):
    """Knows the Zs that the hub holds."""

    async def floors(self, session: TenantSession, device: DeviceRef) -> list[RegisterFloor]:
        """The highest Z of each register of the device's store."""
        ...


class DeviceWatch(Protocol):
    """Who looks for two boxes under one name, and tells people what is odd."""

    async def heard(
        self, session: TenantSession, device_id: UUID, speaker: Speaker
    ) -> tuple[bool, list[Notice]]:
        """Whether this box may speak for the device, and what its hello makes known."""
        ...

    async def tell(
        self, session: TenantSession, device_id: UUID, *, store_id: UUID, notices: list[Notice]
    ) -> None:
        """Tell each notice once; the last statement of the transaction."""
        ...
