"""Registering devices and following them. Methods take the caller's transaction."""

from uuid import UUID

from hub.fleet import repository, rules
from hub.fleet.authority import public_key_in
from hub.fleet.models import Device, DeviceKey, Sighting
from hub.kit.clock import Clock
from hub.kit.db import TenantSession

_LONGEST_VERSION = 64


class Fleet:
    """The tenant's devices. What a device says of itself is a hint; the truth is its hwm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def register(self, session: TenantSession, device: Device) -> None:
        """Create a device of a store, or change its name and certificate."""
        await repository.register(session, device, self._clock.now())

    async def greeted(self, session: TenantSession, device_id: UUID, *, agent: str) -> None:
        """The device said hello: it is there, pending no more, and this is its agent's version."""
        await repository.greeted(
            session, device_id, agent=agent[:_LONGEST_VERSION], at=self._clock.now()
        )

    async def sighted(self, session: TenantSession, device_id: UUID, *, sighting: Sighting) -> None:
        """The device was heard of. The caller knows which of its words is the last."""
        at = sighting.seen_at
        await repository.sighted(session, device_id, online=sighting.online, at=at)
        if sighting.heartbeat is not None:
            debt = rules.debt_of(sighting.heartbeat)
            await repository.heartbeat(session, device_id, debt=debt, at=at)

    async def keys_of(self, session: TenantSession, device_id: UUID) -> list[DeviceKey]:
        """The keys that the hub certified for the device, newest first, as far as it keeps them.

        A device that a seed file brought has none.
        """
        return [
            DeviceKey(
                serial=kept.serial, public_key=public_key_in(kept.pem), issued_at=kept.issued_at
            )
            for kept in await repository.certificates_of(session, device_id)
        ]

    async def forget_old(self, session: TenantSession) -> None:
        """Forget claims and certificates that ended long ago (docs/operators.md)."""
        now = self._clock.now()
        await repository.forget_claims(session, now - rules.CLAIMS_KEPT)
        await repository.forget_certificates(session, now - rules.CERTIFICATES_KEPT)
