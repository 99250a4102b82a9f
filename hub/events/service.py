"""The event log of a tenant, and the list of what was found to be odd.

Both take the caller's session, because they share the projector's commit. A reader in another
process polls: notifications do not pass a pooler in transaction mode.
"""

from collections.abc import Sequence

from hub.events import repository
from hub.events.models import Discrepancy, NewEvent, StoredEvent
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from protocol.errors import NotFound

MAX_EVENTS_READ = 1000


class EventLog:
    """Appends events at gapless positions of the session's tenant and reads them again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def append(self, session: TenantSession, events: Sequence[NewEvent]) -> int:
        """Append in the given order; the position of the last one.

        Must be the last statement of the transaction (DESIGN §4): it locks the tenant's counter.
        Raises NotFound `unknown-organization` when there is none.
        """
        if not events:
            return await self.last_position(session)
        positions = await repository.append_events(session, events, recorded_at=self._clock.now())
        if len(positions) != len(events):
            raise NotFound("unknown-organization", "This organization does not exist here.")
        return max(positions)

    async def read_after(
        self, session: TenantSession, position: int, limit: int = MAX_EVENTS_READ
    ) -> list[StoredEvent]:
        """At most `limit` events beyond `position`, rising; all that will ever be below are in."""
        most = min(limit, MAX_EVENTS_READ)
        return await repository.events_after(session, after=position, most=most)

    async def last_position(self, session: TenantSession) -> int:
        """The newest position, 0 before the first. Raises NotFound `unknown-organization`."""
        position = await repository.last_position(session)
        if position is None:
            raise NotFound("unknown-organization", "This organization does not exist here.")
        return position


class DiscrepancyList:
    """Keeps differences for people to look at; recording one again changes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def record(self, session: TenantSession, found: Sequence[Discrepancy]) -> None:
        """Add them to the session's tenant."""
        if found:
            await repository.insert_discrepancies(session, found, recorded_at=self._clock.now())
