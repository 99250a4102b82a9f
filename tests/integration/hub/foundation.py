"""The hub's lower slices over one database, and a shop's view of what they publish."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub.audit.service import AuditTrail
from hub.catalog.publishing import CatalogPublisher
from hub.catalog.service import CatalogService
from hub.cli.seed_file import SeedFile
from hub.cli.seeding import Seeding
from hub.collections.service import CollectionReader, CollectionWriter
from hub.identity.service import Identity
from hub.kit.db import Database
from hub.kit.ids import system_ids
from hub.kit.passwords import Passwords
from hub.kit.permissions import Permission, Principal
from hub.tenancy.service import Tenancy
from protocol.codec.items import decode_item
from protocol.messages.collections import Item
from protocol.messages.sync import PageRequest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class SetClock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


class Foundation:
    """Everything below ingest, as `main` and `cli` build it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock()
        self.ids = system_ids(self.clock)
        self.passwords = Passwords()
        self.writer = CollectionWriter(self.clock)
        self.publisher = CatalogPublisher(clock=self.clock, writer=self.writer)
        self.tenancy = Tenancy(clock=self.clock, random_bytes=os.urandom, writer=self.writer)
        self.identity = Identity(
            database,
            clock=self.clock,
            ids=self.ids,
            passwords=self.passwords,
            random_bytes=os.urandom,
        )
        self.catalog = CatalogService(
            database,
            clock=self.clock,
            ids=self.ids,
            publisher=self.publisher,
            trail=AuditTrail(clock=self.clock, ids=self.ids),
        )

    async def seed(self, document: dict[str, Any]) -> None:
        seeding = Seeding(self.database, clock=self.clock, ids=self.ids, passwords=self.passwords)
        await seeding.seed(SeedFile.model_validate_json(json.dumps(document)))

    async def published(
        self, organization_id: UUID, store_id: UUID, collection: str
    ) -> dict[str, Item]:
        """What a shop that pulls now holds; small collections only."""
        request = PageRequest(rid="1", collection=collection)
        async with self.database.tenant(organization_id) as session:
            page = await CollectionReader().page_after(session, store_id, request=request)
        assert page.done
        items = {put.key: decode_item(put.key, bytes(put.payload)) for put in page.puts}
        assert None not in items.values()
        return {key: item for key, item in items.items() if item is not None}

    async def versions(self, organization_id: UUID, store_id: UUID) -> dict[str, int]:
        async with self.database.tenant(organization_id) as session:
            return await CollectionReader().versions(session, store_id)

    def principal(
        self, organization_id: UUID, permissions: Sequence[Permission] = tuple(Permission)
    ) -> Principal:
        return Principal(
            user_id=self.ids.next(),
            organization_id=organization_id,
            permissions=frozenset(permissions),
        )
