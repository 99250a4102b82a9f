"""What the books say of Zs, for whoever proves them against the journal."""

from collections.abc import Sequence
from uuid import UUID

from hub.kit.db import TenantSession
from hub.tills import repository


class BookedZReports:
    """Asked by the proof of a journal."""

    async def net_of(self, session: TenantSession, ids: Sequence[UUID]) -> dict[UUID, int]:
        """Those of these Zs that are in the books → net amount in minor units."""
        return await repository.net_of(session, ids)
