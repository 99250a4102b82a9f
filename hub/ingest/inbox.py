"""What intake asks of the device directory and of the inbox."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from protocol.session.hub import Epoch, Row


class DeviceRef(Struct, frozen=True, kw_only=True):
    """Whose a device is. `active`: neither revoked nor retired."""

    device_id: UUID
    organization_id: UUID
    store_id: UUID
    active: bool


class DeviceDirectory(Protocol):
    """From the name on the broker to the tenant; a device never changes tenant."""

    async def device(self, device_id: UUID) -> DeviceRef | None:
        """The device, or None when nobody registered it."""
        ...

    def owner(self, device_id: UUID) -> UUID:
        """Its tenant as far as it is known at once, else the device's own id."""
        ...


class Quarantined(Struct, frozen=True, kw_only=True):
    """A message that may not take effect, kept with its bytes. Seqs are 0 where unknown."""

    device: DeviceRef
    reason: str
    bytes: bytes
    epoch: int = 0
    first: int = 0
    last: int = 0
    fact_id: UUID | None = None


class InboxMove(Struct, frozen=True, kw_only=True):
    """What one commit does to one device: new rows, ahead rows that never fitted, where it stands.

    `keys`: seq → person id → key, for the people sealed in that fact.
    """

    device: DeviceRef
    epoch: Epoch
    rows: list[Row]
    dropped: list[int]
    keys: dict[int, dict[str, bytes]]


class InboxTransaction(Protocol):
    """An open transaction that holds the `device_sync` rows of the devices it was opened for."""

    @property
    def current(self) -> Mapping[UUID, Epoch]:
        """Each device's current epoch; a device that never said hello is missing."""
        ...

    async def hashes_held(
        self, batches: Sequence[tuple[DeviceRef, int, int, int]]
    ) -> dict[UUID, dict[int, bytes]]:
        """For (device, epoch, first, last): seq → hash of what the inbox has in these ranges."""
        ...

    async def ahead(self, device: DeviceRef, epoch: Epoch) -> tuple[Row, ...]:
        """The rows beyond the contiguous prefix, rising."""
        ...

    async def write(self, moves: Sequence[InboxMove], *, at: datetime) -> None:
        """All of it."""
        ...


class InboxStore(Protocol):
    """The inbox."""

    def transaction(
        self, devices: Sequence[DeviceRef]
    ) -> AbstractAsyncContextManager[InboxTransaction]:
        """Committed at the end; raises Unavailable when the database cannot serve."""
        ...

    async def quarantine(self, items: Sequence[Quarantined], *, at: datetime) -> None:
        """Keep these messages; the same bytes again change nothing."""
        ...
