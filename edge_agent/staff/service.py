"""Signing in and out, and who a token is.

Laws: a wrong PIN counts on disk before it is answered, for the tablet and for the store, and a
restart forgets neither. A token is valid for twelve hours, for one tablet, and only as long as the
office lets its bearer work here.
"""

import sqlite3
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from edge_agent.kit.bearer import RandomBytes, new_token, token_hash
from edge_agent.kit.clock import Clock, from_unix_ms, unix_ms
from edge_agent.kit.throttling import ThrottleRule
from edge_agent.staff import store
from edge_agent.staff.models import Caller, SignIn
from edge_agent.staff.pins import PinVerifier
from edge_agent.staff.ports import PairedTablet
from edge_agent.staff.rules import candidates
from edge_agent.storage import throttles
from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from edge_agent.storage.writer import Writer
from protocol.errors import Throttled, Unauthenticated, Unavailable
from protocol.messages.collections import StaffMember

VALIDITY = timedelta(hours=12)
_TABLET_RULE = ThrottleRule(allowed=5)
# A right PIN clears the tablet's count but never the store's: whoever knows one PIN could else
# guess the others for ever.
_STORE_RULE = ThrottleRule(allowed=20)
_STORE_SCOPE = "pin/store"
_SIGN_INS_PER_TABLET = 20
_ENDED_PER_RUN = 500


class StaffParts(Struct, frozen=True, kw_only=True):
    """What signing in is built on. `random_bytes` must be unpredictable."""

    writer: Writer
    readers: Readers
    clock: Clock
    random_bytes: RandomBytes


class StaffService:
    """The shop's people. `collections` are what a pull writes."""

    def __init__(self, parts: StaffParts) -> None:
        self._parts = parts
        self._pins = PinVerifier(parts.random_bytes)
        self._guessing: set[UUID] = set()
        self.collections = (ReplicatedCollection("staff", (StaffMember,), index_nothing),)

    async def sign_in(self, pin: str, *, tablet: PairedTablet) -> SignIn:
        """Sign in whoever has this PIN.

        Raises Unauthenticated `wrong-pin`, Throttled `too-many-attempts`, Unavailable
        `not-provisioned-yet`.
        """
        if tablet.tablet_id in self._guessing:
            raise Throttled("one-at-a-time", "This tablet is signing in already.", retry_after_s=1)
        self._guessing.add(tablet.tablet_id)
        try:
            member = await self._guess(pin, tablet.tablet_id)
        finally:
            self._guessing.discard(tablet.tablet_id)
        return await self._begin(member, tablet)

    async def authenticate(self, token: str) -> Caller:
        """Who signed in with this token; raises Unauthenticated `not-signed-in`."""
        now_ms = unix_ms(self._parts.clock.now())
        async with self._parts.readers.connection() as reader:
            return _signed_in(await store.caller(reader, token_hash(token), now_ms=now_ms))

    def authenticate_in(self, connection: sqlite3.Connection, token: str) -> Caller:
        """As `authenticate`, inside the writer's transaction: what is committed there is done by
        someone who was signed in at that very moment, whatever ended sign-ins meanwhile."""
        now_ms = unix_ms(self._parts.clock.now())
        return _signed_in(store.caller_in(connection, token_hash(token), now_ms=now_ms))

    def name_in(self, connection: sqlite3.Connection, staff_id: UUID) -> str:
        """What to call someone on paper, inside the writer's transaction; empty once the office
        has forgotten them."""
        member = store.member_in(connection, staff_id)
        return "" if member is None else member.name

    async def sign_out(self, token: str) -> None:
        """End the sign-in of this token; once more does no harm."""
        await self._parts.writer.submit(
            lambda connection: store.end_sign_in(connection, token_hash(token))
        )

    def tidy(self, connection: sqlite3.Connection) -> int:
        """Delete some expired sign-ins; returns how many, 0 = nothing left."""
        now_ms = unix_ms(self._parts.clock.now())
        return store.end_expired(connection, now_ms=now_ms, most=_ENDED_PER_RUN)

    async def _guess(self, pin: str, tablet_id: UUID) -> StaffMember:
        now_ms = unix_ms(self._parts.clock.now())
        tablet_scope = f"pin/{tablet_id}"

        def refuse_blocked(connection: sqlite3.Connection) -> None:
            throttles.refuse_blocked(connection, tablet_scope, _TABLET_RULE, now_ms=now_ms)
            throttles.refuse_blocked(connection, _STORE_SCOPE, _STORE_RULE, now_ms=now_ms)

        def count_wrong(connection: sqlite3.Connection) -> None:
            throttles.count_wrong(connection, tablet_scope, _TABLET_RULE, now_ms=now_ms)
            throttles.count_wrong(connection, _STORE_SCOPE, _STORE_RULE, now_ms=now_ms)

        await self._parts.writer.submit(refuse_blocked)
        async with self._parts.readers.connection() as reader:
            members = await store.members(reader)
        if not members:
            raise Unavailable(
                "not-provisioned-yet", "The shop's staff has not arrived yet: connect the agent."
            )
        member = await self._pins.find(pin, candidates(members))
        if member is None:
            await self._parts.writer.submit(count_wrong)
            raise Unauthenticated("wrong-pin", "Nobody here has this PIN.")
        return member

    async def _begin(self, member: StaffMember, tablet: PairedTablet) -> SignIn:
        token = new_token(self._parts.random_bytes)
        expires_at_ms = unix_ms(self._parts.clock.now() + VALIDITY)
        caller = store.caller_of(member, tablet_id=tablet.tablet_id, register_id=tablet.register_id)

        def work(connection: sqlite3.Connection) -> None:
            throttles.forget(connection, f"pin/{tablet.tablet_id}")
            try:
                store.insert_sign_in(
                    connection, caller, token_hash=token_hash(token), expires_at_ms=expires_at_ms
                )
            except sqlite3.IntegrityError as error:  # Revoked while the PIN was compared.
                raise Unauthenticated("unknown-tablet", "Pair this tablet anew.") from error
            store.end_oldest(connection, tablet.tablet_id, most=_SIGN_INS_PER_TABLET)

        await self._parts.writer.submit(work)
        return SignIn(token=token, expires_at=from_unix_ms(expires_at_ms), caller=caller)


def _signed_in(caller: Caller | None) -> Caller:
    if caller is None:
        raise Unauthenticated("not-signed-in", "The sign-in has ended: enter your PIN again.")
    return caller
