"""What is due by the calendar: partitions ahead, rates and settings that begin, what is too old.

One process of all does it (an advisory lock on a direct connection); every step may be repeated.
"""

import asyncio
from uuid import UUID

import sqlalchemy.exc
import structlog

from hub.catalog.offer_service import Offers
from hub.catalog.publishing import CatalogPublisher
from hub.collections.service import CollectionWriter, prune_tombstones
from hub.fleet.commands import Commands
from hub.fleet.service import Fleet
from hub.identity.service import delete_old_sessions
from hub.kit.advisory import PING_S, AdvisoryLocks
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.partitions import ensure_months_ahead
from hub.tenancy.service import Tenancy, every_organization
from protocol.errors import HanoutError, Unavailable

_log = structlog.get_logger(__name__)
# The kind of the advisory lock; ingest's partitions use others.
_LOCK_KIND = 7302
_EVERY_S = 3_600.0
_RETRY_S = 30.0


class Housekeeping:
    """`run` until cancelled. `locks_url`: role app, direct."""

    def __init__(
        self,
        database: Database,
        *,
        locks_url: str,
        clock: Clock,
        tenancy: Tenancy,
        months_ahead: int,
    ) -> None:
        self._database = database
        self._locks_url = locks_url
        self._clock = clock
        self._tenancy = tenancy
        writer = CollectionWriter(clock)
        self._publisher = CatalogPublisher(clock=clock, writer=writer)
        self._offers = Offers(clock=clock, writer=writer)
        self._commands = Commands(clock)
        self._fleet = Fleet(clock)
        self._months_ahead = months_ahead

    async def run(self) -> None:
        """A round now and every hour; when something is away, soon again."""
        while True:
            try:
                await self.round()
            except Unavailable as error:
                _log.warning("housekeeping_put_off", reason=str(error))
                await asyncio.sleep(_RETRY_S)
            else:
                await asyncio.sleep(_EVERY_S)

    async def round(self) -> bool:
        """Everything once; False when another process is at it. Raises Unavailable."""
        locks = await AdvisoryLocks.open(self._locks_url)
        try:
            if not await locks.take(_LOCK_KIND, 0):
                return False
            pinging = asyncio.create_task(_keep(locks))
            try:
                await self._round()
            finally:
                pinging.cancel()
            return True
        finally:
            await locks.close()

    async def _round(self) -> None:
        today = self._clock.now().date()
        async with self._database.lookup() as session:
            await ensure_months_ahead(session, today=today, months=self._months_ahead)
        async for organization_id in every_organization(self._database):
            try:
                await self._tenant(organization_id)
            except (HanoutError, sqlalchemy.exc.DBAPIError) as error:
                # One tenant's trouble is not the others' (promise I).
                _log.error(
                    "housekeeping_failed", organization_id=str(organization_id), reason=str(error)
                )

    async def _tenant(self, organization_id: UUID) -> None:
        async with self._database.tenant(organization_id) as session:
            await self._tenancy.publish(session, await self._tenancy.store_ids(session))
        async with self._database.tenant(organization_id) as session:
            await self._publisher.publish_taxes(session)
            await self._offers.publish(session)
        async with self._database.tenant(organization_id) as session:
            await delete_old_sessions(session, self._clock)
            await self._commands.forget_old(session)
            await self._fleet.forget_old(session)
        pruned = 1
        while pruned:
            async with self._database.tenant(organization_id) as session:
                pruned = await prune_tombstones(session, self._clock)


async def _keep(locks: AdvisoryLocks) -> None:
    """The server ends a session that is silent, and the lock with it.

    When it is lost all the same, another may do the same work at once, which harms nobody.
    """
    try:
        while True:
            await asyncio.sleep(PING_S)
            await locks.count(_LOCK_KIND)
    except Unavailable as error:
        _log.warning("housekeeping_lock_lost", reason=str(error))
