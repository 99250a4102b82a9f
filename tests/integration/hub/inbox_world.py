"""A migrated database with a tenant's shop, its device, and a way to fill the inbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from hub.ingest.inbox import DeviceRef, InboxMove
from hub.ingest.postgres_inbox import PostgresInbox
from hub.ingest.postgres_sync import PostgresSync
from hub.ingest.projector import Projector
from hub.ingest.reprojection import Reprojection
from hub.kit.clock import SystemClock
from hub.kit.db import Database
from hub.kit.ids import system_ids
from hub.kit.schema import upgrade
from hub.worker import build_projector, fact_handlers
from protocol.codec.chain import genesis, link
from protocol.session.hub import Epoch, Row
from protocol.vocabulary.ids import uuid7
from provisioning.demo.postgres import PostgresServer
from tests.integration.hub.conftest import PASSWORDS

RECEIVED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_TABLES = (
    "sale",
    "sale_line",
    "sale_tax_line",
    "sale_tender",
    "stock_movement",
    "stock_on_hand",
    "shift",
    "cash_movement",
    "z_report",
    "invoice",
    "customer",
    "person_key",
    "discrepancy",
    "fact_effect",
    "quarantine",
    "event",
    "rollup_hour_store_sku",
    "rollup_day_store",
    "rollup_day_store_tax",
    "rollup_day_store_tender",
)
# What a repetition makes anew, or what the order of groups decides.
_VOLATILE = {
    "discrepancy": ("recorded_at",),
    "quarantine": ("id", "received_at"),
    "event": ("recorded_at", "position"),
    "person_key": ("received_at",),
}


class Device:
    """A shop's agent as the hub sees it: where its journal stands."""

    def __init__(self, ref: DeviceRef) -> None:
        self.ref = ref
        self.epoch = Epoch(
            epoch=1,
            parent=0,
            base=0,
            base_hash=genesis(ref.device_id),
            hwm=0,
            hash=genesis(ref.device_id),
        )


class InboxWorld:
    """One migrated database. Everything random comes from `seed`."""

    def __init__(self, server: PostgresServer, database: str, *, seed: int = 1) -> None:
        self.server = server
        self.name = database
        self.random = Random(seed)
        self.app_url = server.url(database, user="app", password=PASSWORDS["app"])
        self.app = Database(self.app_url)
        self.ingest = Database(server.url(database, user="ingest", password=PASSWORDS["ingest"]))
        clock = SystemClock()
        self.clock = clock
        self.ids = system_ids(clock)
        self.inbox = PostgresInbox(self.ingest, tenants=self.app, ids=self.ids)
        self.sync = PostgresSync()

    def new_id(self) -> UUID:
        """A repeatable UUIDv7."""
        return uuid7(self.random.getrandbits(40), self.random.getrandbits(74))

    def projector(self, **more: Any) -> Projector:
        """A projector with every handler but the catalogue's."""
        handlers = fact_handlers(clock=self.clock, proposals=more.pop("handlers", []))
        return build_projector(self.app, handlers, clock=self.clock, ids=self.ids, **more)

    async def new_device(
        self, *, organization_id: UUID | None = None, store_id: UUID | None = None
    ) -> Device:
        """A device; of a new shop of a new tenant unless they are given."""
        tenant, store, device = organization_id or self.new_id(), store_id, self.new_id()
        async with self.superuser() as connection:
            if organization_id is None:
                await connection.execute(
                    "insert into organization values ($1, 'Épicerie', 'DZD', now())", tenant
                )
                await connection.execute("insert into tenant_counter values ($1)", tenant)
            if store is None:
                store = self.new_id()
                await connection.execute(
                    "insert into store (organization_id, store_id, code, name, currency, timezone,"
                    " created_at) values ($1, $2, $3, 'Bab El Oued', 'DZD', $4, now())",
                    tenant,
                    store,
                    str(store)[:8] + str(store)[-6:],
                    "Africa/Algiers",
                )
            await connection.execute(
                "insert into device (organization_id, device_id, store_id, name, created_at)"
                " values ($1, $2, $3, 'agent', now())",
                tenant,
                device,
                store,
            )
        made = Device(
            DeviceRef(device_id=device, organization_id=tenant, store_id=store, active=True)
        )
        async with self.app.tenant(tenant) as session:
            await self.sync.ensure_device(session, device, genesis(device), at=RECEIVED_AT)
        return made

    async def send(
        self,
        device: Device,
        facts: Sequence[bytes],
        *,
        keys: dict[int, dict[str, bytes]] | None = None,
        dead: dict[int, str] | None = None,
    ) -> None:
        """Append facts to the device's inbox. `keys` and `dead` go by index into `facts`."""
        rows, hash_, seq = [], device.epoch.hash, device.epoch.hwm
        for index, raw in enumerate(facts):
            seq += 1
            hash_ = link(hash_, epoch=device.epoch.epoch, seq=seq, raw=raw)
            rows.append(Row(seq=seq, raw=raw, hash=hash_, dead=(dead or {}).get(index)))
        first = device.epoch.hwm + 1
        device.epoch = Epoch(
            epoch=device.epoch.epoch,
            parent=device.epoch.parent,
            base=device.epoch.base,
            base_hash=device.epoch.base_hash,
            hwm=seq,
            hash=hash_,
        )
        move = InboxMove(
            device=device.ref,
            epoch=device.epoch,
            rows=rows,
            dropped=[],
            keys={first + index: named for index, named in (keys or {}).items()},
        )
        async with self.inbox.transaction([device.ref]) as transaction:
            await transaction.write([move], at=RECEIVED_AT)

    async def issue_epoch(self, device: Device, *, base: int) -> None:
        """The device forks at `base`: what it sends from now on continues from there."""
        organization_id, device_id = device.ref.organization_id, device.ref.device_id
        async with self.app.tenant(organization_id) as session:
            view = await self.sync.view(session, device_id)
            place = view.place(view.current.epoch, base)
            hashes = await self.sync.hashes_at(session, device_id, [place])
            base_hash = hashes[place] if base else genesis(device_id)
            device.epoch = Epoch(
                epoch=view.current.epoch + 1,
                parent=view.current.epoch,
                base=base,
                base_hash=base_hash,
                hwm=base,
                hash=base_hash,
            )
            await self.sync.issue_epoch(session, view, device.epoch, at=RECEIVED_AT)

    async def project_all(self, projector: Projector | None = None) -> int:
        """Until nothing is due; how many facts."""
        projector = projector or self.projector()
        total = 0
        while settled := await projector.run_once():
            total += settled
        return total

    async def reproject(self) -> int:
        """Everything parked once more; how many facts took effect."""
        return await Reprojection(self.app, self.projector()).run()

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Past every policy."""
        connection = await asyncpg.connect(self.server.url(self.name))
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """As superuser."""
        async with self.superuser() as connection:
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def books(self, organization_id: UUID) -> dict[str, list[str]]:
        """The tenant's rows of every projected table, without what a repetition makes anew."""
        books = {}
        for table in _TABLES:
            gone = "".join(f" - '{column}'" for column in _VOLATILE.get(table, ()))
            sql = f"select (to_jsonb(t){gone})::text as row from {table} t"
            rows = await self.rows(f"{sql} where organization_id = $1", organization_id)
            books[table] = sorted(row["row"] for row in rows)
        return books

    async def close(self) -> None:
        """Give the connections back."""
        await self.app.close()
        await self.ingest.close()


async def until(holds: Callable[[], Awaitable[bool]], *, within_s: float = 60.0) -> None:
    """Look again and again until it holds; fails when it does not in time."""
    for _ in range(int(within_s / 0.01)):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {within_s} s")


@asynccontextmanager
async def inbox_world(
    server: PostgresServer, database: str, *, seed: int = 1
) -> AsyncIterator[InboxWorld]:
    """Migrate the database, unless it is, and open it."""
    await upgrade(server.url(database), {"passwords": PASSWORDS})
    world = InboxWorld(server, database, seed=seed)
    try:
        yield world
    finally:
        await world.close()
