"""The fleet as ingest sees it: whose a device is, and what was heard of it."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from hub.fleet.commands import note_clock
from hub.fleet.directory import DeviceDirectory as FleetDirectory
from hub.fleet.models import Sighting as FleetSighting
from hub.fleet.service import Fleet
from hub.ingest.inbox import DeviceRef
from hub.ingest.ports import PageSource
from hub.ingest.presence import Sighting
from hub.kit.db import Database

_BY_TENANT = attrgetter("device.organization_id")


_MOST_OWNERS = 20_000


class Directory:
    """Implements `inbox.DeviceDirectory`."""

    def __init__(self, fleet: FleetDirectory) -> None:
        self._fleet = fleet
        self._owners: OrderedDict[UUID, UUID] = OrderedDict()

    def owner(self, device_id: UUID) -> UUID:
        """The device's tenant, or the device itself where that was not asked yet: who shall take
        turns with the others."""
        return self._owners.get(device_id, device_id)

    async def device(self, device_id: UUID) -> DeviceRef | None:
        """The device, or None when nobody registered it."""
        home = await self._fleet.find(device_id)
        if home is None:
            return None
        self._owners[device_id] = home.organization_id
        if len(self._owners) > _MOST_OWNERS:
            self._owners.popitem(last=False)
        return DeviceRef(
            device_id=device_id,
            organization_id=home.organization_id,
            store_id=home.store_id,
            active=home.status != "revoked",
        )


class Sightings:
    """Implements `presence.SightingStore`: one transaction per tenant."""

    def __init__(self, database: Database, *, fleet: Fleet, pages: PageSource) -> None:
        self._database = database
        self._fleet = fleet
        self._pages = pages

    async def write(self, sightings: Sequence[Sighting]) -> None:
        """Write what was heard."""
        for organization_id, own in groupby(sorted(sightings, key=_BY_TENANT), key=_BY_TENANT):
            async with self._database.tenant(organization_id) as session:
                for seen in own:
                    await self._fleet.sighted(
                        session,
                        seen.device.device_id,
                        sighting=FleetSighting(
                            seen_at=seen.seen_at, online=seen.online, heartbeat=seen.heartbeat
                        ),
                    )
                    if seen.heartbeat is not None and seen.heartbeat_at is not None:
                        await note_clock(
                            session,
                            seen.device.device_id,
                            at_ms=seen.heartbeat.at_ms,
                            source=seen.heartbeat.clk,
                            heard_at=seen.heartbeat_at,
                        )

    async def versions(self, devices: Sequence[DeviceRef]) -> dict[UUID, dict[str, int]]:
        """Device → the newest versions of its store's collections."""
        found: dict[UUID, dict[str, int]] = {}
        by_tenant = attrgetter("organization_id")
        for organization_id, own in groupby(sorted(devices, key=by_tenant), key=by_tenant):
            there = {device.device_id: device.store_id for device in own}
            async with self._database.tenant(organization_id) as session:
                newest = await self._pages.versions_of_stores(session, [*set(there.values())])
            found |= {device_id: newest.get(store, {}) for device_id, store in there.items()}
        return found
