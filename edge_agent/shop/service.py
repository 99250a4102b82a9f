"""The store's settings, its registers and its tablets.

Laws: an agent that never heard from the office says so (`not-provisioned-yet`) instead of guessing
a currency. A pairing token is compared by hash and in constant time, wrong ones are throttled; it
stays valid until the office rotates it, and pairs any number of tablets to its register.
"""

import sqlite3
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from edge_agent.kit.bearer import RandomBytes, new_token, token_hash
from edge_agent.kit.clock import Clock, unix_ms
from edge_agent.kit.throttling import ThrottleRule
from edge_agent.shop import store
from edge_agent.shop.models import House, Pairing, Tablet, TradingDay
from edge_agent.shop.rules import register_of_token, shown_regime
from edge_agent.storage import throttles
from edge_agent.storage.readers import Readers
from edge_agent.storage.remembered import Remembered
from edge_agent.storage.replicas import ReplicatedCollection, index_nothing
from edge_agent.storage.writer import Writer
from protocol.errors import NotFound, Refused, Unauthenticated, Unavailable
from protocol.messages.collections import (
    CashTerms,
    LegalEntity,
    RegisterSettings,
    StoreSettings,
)
from protocol.vocabulary.business_date import business_date
from protocol.vocabulary.ids import uuid7

MAX_TABLETS = 500
# Tokens have 128 bits and more: the throttle keeps logs and disk calm, it need not be strict.
_PAIRING_RULE = ThrottleRule(allowed=20, max_delay_ms=60_000)
_PAIRING_SCOPE = "pairing"


class ShopParts(Struct, frozen=True, kw_only=True):
    """What the shop is built on, and who it is."""

    writer: Writer
    readers: Readers
    clock: Clock
    random_bytes: RandomBytes
    device_id: UUID
    store_id: UUID


class ShopService:
    """This store. `collections` are what a pull writes."""

    def __init__(self, parts: ShopParts) -> None:
        self._parts = parts
        self.device_id = parts.device_id
        self.store_id = parts.store_id
        self._house: Remembered[UUID, House] = Remembered(most=2)
        kinds = (StoreSettings, RegisterSettings, LegalEntity, CashTerms)
        self.collections = (ReplicatedCollection("settings", kinds, index_nothing),)

    async def find_settings(self) -> StoreSettings | None:
        """The store settings in force; None before the first sync."""
        async with self._parts.readers.connection() as reader:
            return await store.settings(reader, self.store_id)

    async def settings(self) -> StoreSettings:
        """As `find_settings`; raises Unavailable `not-provisioned-yet`."""
        return _provisioned(await self.find_settings())

    async def today(self, at: datetime | None = None) -> TradingDay:
        """What day it is here (then), and its tax regime: "reel" where the office has stated none.

        Raises Unavailable `not-provisioned-yet`, Malformed `instant-out-of-range`.
        """
        at = at or self._parts.clock.now()
        async with self._parts.readers.connection() as reader:
            settings = _provisioned(await store.settings(reader, self.store_id))
            entity = None
            if settings.legal_entity_id is not None:
                entity = await store.legal_entity(reader, settings.legal_entity_id)
        on = business_date(
            at,
            timezone=settings.timezone,
            cutoff_minute=settings.cutoff_minute,
        )
        return TradingDay(settings=settings, at=at, on=on, regime=shown_regime(entity, on))

    def settings_in(self, connection: sqlite3.Connection) -> StoreSettings:
        """As `settings`, inside the writer's transaction."""
        return _provisioned(store.settings_in(connection, self.store_id))

    def house_in(self, connection: sqlite3.Connection) -> House:
        """As `settings_in`, with the legal entity and the terms of cash."""
        known = self._house.at(connection)
        house = known.get(self.store_id)
        if house is None:
            settings = self.settings_in(connection)
            entity_id = settings.legal_entity_id
            house = House(
                settings=settings,
                legal_entity=(
                    None if entity_id is None else store.legal_entity_in(connection, entity_id)
                ),
                cash_terms=store.cash_terms_in(connection, settings.currency),
            )
            known[self.store_id] = house
        return house

    async def registers(self) -> list[RegisterSettings]:
        """The registers in use."""
        async with self._parts.readers.connection() as reader:
            found = await store.registers(reader)
        return [register for register in found if register.active]

    def register_in(self, connection: sqlite3.Connection, register_id: UUID) -> RegisterSettings:
        """A register, even one out of use, inside the writer's transaction.

        Raises NotFound `unknown-register`.
        """
        register = store.register_in(connection, register_id)
        if register is None:
            raise NotFound("unknown-register", "The office has removed this register.")
        return register

    async def pair(self, pairing_token: str, *, tablet_name: str) -> Pairing:
        """Pair a tablet to the register whose token this is.

        Raises Unauthenticated `wrong-pairing-token`, Throttled, Refused `too-many-tablets`,
        Unavailable `not-provisioned-yet`.
        """
        now_ms = unix_ms(self._parts.clock.now())
        hashed = sha256(pairing_token.encode("utf-8", "surrogatepass")).hexdigest()
        random = self._parts.random_bytes
        tablet_id = uuid7(now_ms, int.from_bytes(random(10), "big") >> 6)
        tablet_token = new_token(random)

        def work(connection: sqlite3.Connection) -> Pairing | None:
            self.settings_in(connection)
            throttles.refuse_blocked(connection, _PAIRING_SCOPE, _PAIRING_RULE, now_ms=now_ms)
            register = register_of_token(store.registers_in(connection), hashed)
            if register is None:
                throttles.count_wrong(connection, _PAIRING_SCOPE, _PAIRING_RULE, now_ms=now_ms)
                return None
            if store.tablet_count(connection) >= MAX_TABLETS:
                raise Refused("too-many-tablets", "Revoke tablets that are not used any more.")
            tablet = Tablet(tablet_id=tablet_id, name=tablet_name, register_id=register.register_id)
            store.insert_tablet(
                connection, tablet, token_hash=token_hash(tablet_token), paired_at_ms=now_ms
            )
            return Pairing(tablet_id=tablet_id, tablet_token=tablet_token, register=register)

        # The count of a wrong token must survive the refusal, hence None and not a raise inside.
        pairing = await self._parts.writer.submit(work)
        if pairing is None:
            raise Unauthenticated("wrong-pairing-token", "Read the register's pairing code anew.")
        return pairing

    async def tablet(self, tablet_token: str) -> Tablet:
        """The tablet that holds the token; raises Unauthenticated `unknown-tablet`."""
        async with self._parts.readers.connection() as reader:
            tablet = await store.tablet_by_token(reader, token_hash(tablet_token))
        if tablet is None:
            raise Unauthenticated("unknown-tablet", "Pair this tablet anew.")
        return tablet

    async def revoke(self, tablet_id: UUID) -> None:
        """Take the tablet's token back; its sign-ins end at once. Raises NotFound."""
        if not await self._parts.writer.submit(
            lambda connection: store.delete_tablet(connection, tablet_id)
        ):
            raise NotFound("unknown-tablet", "No tablet with this id is paired.")


def _provisioned(settings: StoreSettings | None) -> StoreSettings:
    if settings is None:
        raise Unavailable(
            "not-provisioned-yet", "The store's settings have not arrived yet: connect the agent."
        )
    return settings
