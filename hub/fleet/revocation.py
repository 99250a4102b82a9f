"""Devices that may not come any more. The broker's gatekeeper follows the table within seconds."""

from uuid import UUID

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet import repository
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.permissions import Permission, Principal
from protocol.errors import NotFound

_REPLACED = "replaced"


class Revocation:
    """Revokes once and for all: a device that comes back is claimed anew."""

    def __init__(self, database: Database, *, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def revoke(self, principal: Principal, device_id: UUID, *, reason: str) -> None:
        """No more facts from this device; again: nothing happens.

        Raises NotFound `unknown-device`.
        """
        principal.require(Permission.FLEET_WRITE)
        async with self._database.tenant(principal.organization_id) as session:
            if await repository.lock(session, device_id) is None:
                raise NotFound("unknown-device", "There is no such device.")
            act = Act(
                actor_kind="user",
                actor_id=principal.user_id,
                action="device.revoked",
                subject_kind="device",
                subject_id=str(device_id),
                details={"reason": reason},
            )
            await self._revoke(session, device_id, reason=reason, act=act)

    async def replaced(self, session: TenantSession, device_id: UUID, *, by: UUID) -> None:
        """Another device came in its place."""
        act = Act(
            actor_kind="device",
            actor_id=by,
            action="device.replaced",
            subject_kind="device",
            subject_id=str(device_id),
        )
        await self._revoke(session, device_id, reason=_REPLACED, act=act)

    async def _revoke(
        self, session: TenantSession, device_id: UUID, *, reason: str, act: Act
    ) -> None:
        at = self._clock.now()
        if await repository.revoke(session, device_id, reason=reason, at=at):
            await self._trail.record(session, act)
