"""The highest Z of each register, for boxes that lost theirs (promise N)."""

from uuid import UUID

from hub.kit.db import TenantSession
from hub.tills import repository
from protocol.messages.sync import RegisterFloor


class TillFloors:
    """Implements ingest's `FloorSource`."""

    async def floors(self, session: TenantSession, store_id: UUID) -> list[RegisterFloor]:
        """One for each register of the store that has a Z in the books."""
        return await repository.highest_z_reports(session, store_id)
