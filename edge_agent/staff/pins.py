"""Comparing a PIN with the staff's argon2 hashes, off the event loop and not too many at once.

Law: a PIN is kept nowhere. Those that were right since the start are remembered as a keyed hash,
under a key that lives in memory alone, so that a second sign-in is quick; a hash that the office
changes counts at once.
"""

import asyncio
import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from edge_agent.kit.bearer import RandomBytes
from protocol.messages.collections import StaffMember

_AT_ONCE = 2
_KEY_BYTES = 32


class PinVerifier:
    """Used from one event loop."""

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._key = random_bytes(_KEY_BYTES)
        self._hasher = PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[bytes, tuple[UUID, str]] = {}

    async def find(self, pin: str, members: Sequence[StaffMember]) -> StaffMember | None:
        """The first of the members whose PIN this is. A wrong PIN costs one hash per member."""
        mark = hmac.digest(self._key, pin.encode(), sha256)
        known = self._known.get(mark)
        for member in members:
            if known == (member.staff_id, member.pin_hash):
                return member
        async with self._slots:
            found = await asyncio.to_thread(self._compare, pin, members)
        if found is not None:
            self._remember(mark, found, members)
        return found

    def _compare(self, pin: str, members: Sequence[StaffMember]) -> StaffMember | None:
        for member in members:
            try:
                if self._hasher.verify(member.pin_hash, pin):
                    return member
            except (VerificationError, InvalidHashError):
                continue
        return None

    def _remember(self, mark: bytes, found: StaffMember, members: Sequence[StaffMember]) -> None:
        """Bounded by the staff: whatever belongs to nobody's present hash goes."""
        current = {(member.staff_id, member.pin_hash) for member in members}
        self._known = {mark: known for mark, known in self._known.items() if known in current}
        self._known[mark] = (found.staff_id, found.pin_hash)
