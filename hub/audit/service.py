"""Writing the audit trail."""

from hub.audit import repository
from hub.audit.models import Act
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.ids import IdSource


class AuditTrail:
    """Appends entries; the caller's transaction makes act and entry one."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids

    async def record(self, session: TenantSession, act: Act) -> None:
        """Append the act to its tenant's trail."""
        await repository.append(session, act, entry_id=self._ids.next(), at=self._clock.now())
