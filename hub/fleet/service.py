"""Registering devices and following them. Methods take the caller's transaction."""

from uuid import UUID

from hub.fleet import repository, rules
from hub.fleet.models import Device
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from protocol.errors import NotFound
from protocol.messages.sync import Heartbeat, Presence


class Fleet:
    """The tenant's devices. What a device says of itself is a hint; the truth is its hwm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def register(self, session: TenantSession, device: Device) -> None:
        """Create a device of a store, or change its name and certificate."""
        await repository.register(session, device, self._clock.now())

    async def revoke(self, session: TenantSession, device_id: UUID) -> None:
        """No more facts from this device; raises NotFound `unknown-device`."""
        if not await repository.revoke(session, device_id, self._clock.now()):
            raise NotFound("unknown-device", "There is no such active device.")

    async def seen(self, session: TenantSession, device_id: UUID, *, agent: str = "") -> None:
        """The device said hello, with its agent's version."""
        await repository.seen(session, device_id, agent=agent[:64], at=self._clock.now())

    async def presence(
        self, session: TenantSession, device_id: UUID, *, presence: Presence
    ) -> None:
        """Birth or will; one that is older than what is known changes nothing."""
        if not 0 <= presence.sess < 2**63:
            return
        await repository.presence(
            session,
            device_id,
            online=presence.online,
            sess=presence.sess,
            at=self._clock.now(),
        )

    async def heartbeat(
        self, session: TenantSession, device_id: UUID, *, heartbeat: Heartbeat
    ) -> None:
        """Keep the device's account of its debt."""
        await repository.heartbeat(
            session, device_id, debt=rules.debt_of(heartbeat), at=self._clock.now()
        )
