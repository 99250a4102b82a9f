"""Keeping the people of a tenant's shops. Methods take the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from hub.collections.service import CollectionWriter
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.passwords import Passwords
from hub.staff import repository, rules
from hub.staff.models import StaffMember
from protocol.codec.items import encode_item, item_key
from protocol.messages import collections

STAFF = "staff"


class Staff:
    """People and PINs. A PIN is short: its argon2id hash slows who reads a shop's disk, the
    throttling at the shop's door stops who guesses."""

    def __init__(self, *, clock: Clock, passwords: Passwords, writer: CollectionWriter) -> None:
        self._clock = clock
        self._passwords = passwords
        self._writer = writer

    async def put_member(self, session: TenantSession, member: StaffMember) -> None:
        """Create or change a person; the caller publishes."""
        await repository.put_member(session, member, at=self._clock.now())

    async def set_pin(self, session: TenantSession, staff_id: UUID, *, pin: str) -> None:
        """Set a PIN; the one that is set already stays as it is. Raises Malformed `bad-pin`.

        The caller publishes.
        """
        rules.checked_pin(pin)
        stored = await repository.pin_hash(session, staff_id)
        if stored is not None and await self._passwords.verify(pin, stored):
            return
        pin_hash = await self._passwords.hash(pin)
        await repository.put_pin(session, staff_id, pin_hash=pin_hash, at=self._clock.now())

    async def publish(self, session: TenantSession, store_ids: Sequence[UUID]) -> None:
        """Make each store's `staff` exactly the people who may sign in there."""
        await self._writer.hold(session, store_ids, collection=STAFF)
        members = await repository.published_members(session)
        for store_id in sorted(store_ids):
            items = [
                collections.StaffMember(
                    staff_id=member["staff_id"],
                    name=member["name"],
                    roles=member["roles"],
                    pin_hash=member["pin_hash"],
                    active=member["active"],
                )
                for member in members
                if not member["store_ids"] or store_id in member["store_ids"]
            ]
            await self._writer.replace_all(
                session,
                store_id=store_id,
                collection=STAFF,
                rows={item_key(item): encode_item(item) for item in items},
            )
