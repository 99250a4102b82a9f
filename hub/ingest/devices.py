"""The fleet as ingest sees it: whose a device is, and what was heard of it."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import sqlalchemy.exc
import structlog

from hub.fleet.commands import note_clock
from hub.fleet.directory import DeviceDirectory as FleetDirectory
from hub.fleet.models import Sighting as FleetSighting
from hub.fleet.service import Fleet
from hub.ingest.inbox import DeviceRef
from hub.ingest.ports import PageSource
from hub.ingest.presence import Sighting
from hub.kit.db import Database

_log = structlog.get_logger(__name__)
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
        """Write what was heard. What no column takes is left out: it is a hint, and its sender's
        fault, and nobody else's harm (promise I)."""
        for _, own in groupby(sorted(sightings, key=_BY_TENANT), key=_BY_TENANT):
            together = list(own)
            try:
                await self._write(together)
            except sqlalchemy.exc.DBAPIError:
                for seen in together:
                    await self._write_alone(seen)

    async def _write_alone(self, seen: Sighting) -> None:
        try:
            await self._write([seen])
        except sqlalchemy.exc.DBAPIError:
            _log.exception("sighting_unfit", device_id=str(seen.device.device_id))

    async def _write(self, sightings: Sequence[Sighting]) -> None:
        """Of one tenant, in one transaction."""
        async with self._database.tenant(sightings[0].device.organization_id) as session:
            for seen in sightings:
                device_id = seen.device.device_id
                sighting = FleetSighting(
                    seen_at=seen.seen_at, online=seen.online, heartbeat=seen.heartbeat
                )
                await self._fleet.sighted(session, device_id, sighting=sighting)
                if seen.heartbeat is not None and seen.heartbeat_at is not None:
                    await note_clock(
                        session,
                        device_id,
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
