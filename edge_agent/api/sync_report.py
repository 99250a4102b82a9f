"""The sync debt: what this shop holds that the hub does not, in one place (promises G and L)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from edge_agent.api.ports import SyncPort
from edge_agent.journal.models import Debt, DeviceState
from edge_agent.journal.service import Journal
from edge_agent.kit.clock import Clock
from edge_agent.sales.service import SalesService
from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import CollectionState, collection_states
from edge_agent.storage.room import DiskRoom, RoomSeen
from edge_agent.storage.salvage import Salvage, salvages
from edge_agent.storage.writer import Writer
from edge_agent.sync.status import SyncStatus

_SLOW_S = 2.0


class SyncReportParts(Struct, frozen=True, kw_only=True):
    """Where the report gets its figures. `sync` is None on an agent without a broker."""

    writer: Writer
    journal: Journal
    tickets: SalesService
    readers: Readers
    room: DiskRoom
    sync: SyncPort | None
    clock: Clock


class SyncReport(Struct, frozen=True, kw_only=True):
    """One look. `oldest_age_s`: how long the oldest fact has waited, None without debt."""

    device: DeviceState
    debt: Debt
    status: SyncStatus | None
    collections: Mapping[str, CollectionState]
    quarantined_count: int
    room: RoomSeen
    salvages: Sequence[Salvage]
    storage_busy_s: float
    at: datetime

    @property
    def oldest_age_s(self) -> int | None:
        """Never negative: the device's clock may have been set back."""
        if self.debt.oldest_at is None:
            return None
        return max(0, int((self.at - self.debt.oldest_at).total_seconds()))


async def storage_warnings(parts: SyncReportParts) -> list[str]:
    """What is wrong with the disk, or waits in quarantine, although the shop sells. Raises
    Unavailable."""
    state = parts.room.look().state
    warnings = [] if state == "ample" else [f"disk-{state}"]
    if parts.writer.busy_s > _SLOW_S:
        warnings.append("storage-slow")
    async with parts.readers.connection() as reader:
        if await salvages(reader):
            warnings.append("database-salvaged")
    if await parts.tickets.quarantined_count():
        warnings.append("tickets-quarantined")
    return warnings


async def read_sync_report(parts: SyncReportParts) -> SyncReport:
    """Ask everyone but the writer, which a slow disk may hold up.

    Raises Unavailable when the database cannot be read.
    """
    async with parts.readers.connection() as reader:
        collections = await collection_states(reader)
        salvaged = await salvages(reader)
    return SyncReport(
        device=await parts.journal.read_state(),
        debt=await parts.journal.debt(),
        status=None if parts.sync is None else parts.sync.status(),
        collections=collections,
        quarantined_count=await parts.tickets.quarantined_count(),
        room=parts.room.look(),
        salvages=salvaged,
        storage_busy_s=parts.writer.busy_s,
        at=parts.clock.now(),
    )
