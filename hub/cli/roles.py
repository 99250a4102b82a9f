"""Runs the hub's roles, any of them in one process: serve, ingest, work.

A signal drains: the streams end first, then the requests, then what works in the background is
cancelled (it may be, at any moment: every commit is whole). A part that fails ends the program.
"""

import asyncio
import os
import signal
from collections.abc import Collection, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random
from typing import Any, Literal

from hub.catalog.proposals import ProductProposals
from hub.catalog.publishing import CatalogPublisher
from hub.cli.housekeeping import Housekeeping
from hub.collections.service import CollectionWriter
from hub.dashboard.live import LiveFeed
from hub.events.service import DiscrepancyList
from hub.ingest.broker import Broker
from hub.ingest.reprojection import Reprojection
from hub.ingest.shell import IngestShell
from hub.ingest.tasks import ProjectionLoop
from hub.kit.announcing import announce_ready
from hub.kit.clock import SystemClock
from hub.kit.db import Database
from hub.kit.health import Check
from hub.kit.ids import system_ids
from hub.kit.logging import configure_logging
from hub.kit.memory import relax_collector
from hub.kit.safety import refuse_unsafe_database
from hub.kit.server import HttpServer
from hub.main import Outside, build_feed, create_app
from hub.settings import HubSettings
from hub.tenancy.service import Tenancy
from hub.worker import IngestDatabases, build_ingest, build_projector, fact_handlers
from protocol.errors import Refused, Unavailable

Role = Literal["serve", "ingest", "work"]
ALL_ROLES: frozenset[Role] = frozenset({"serve", "ingest", "work"})
_INGEST_POOL = 4


async def run_serve(settings: HubSettings) -> None:
    """The API and the dashboard alone."""
    await run_roles(settings, {"serve"})


async def run_roles(settings: HubSettings, roles: Collection[Role]) -> None:
    """Run these roles until SIGTERM or SIGINT. Raises Refused on an unsafe database."""
    configure_logging(settings.log_level)
    relax_collector()
    async with AsyncExitStack() as stack:
        if not {"ingest", "work"}.isdisjoint(roles):
            await _refuse_unsafe_locks(settings)
        program = await _Program.open(settings, stack)
        await program.run(roles)


class _Program:
    """What the roles of one process share."""

    def __init__(self, settings: HubSettings, stack: AsyncExitStack, database: Database) -> None:
        clock = SystemClock()
        self._settings = settings
        self._stack = stack
        self._outside = Outside(
            database=database, clock=clock, ids=system_ids(clock), random_bytes=os.urandom
        )
        self._stopping = asyncio.Event()

    @classmethod
    async def open(cls, settings: HubSettings, stack: AsyncExitStack) -> "_Program":
        database = Database(settings.url("database_url"), pool_size=settings.database_pool_size)
        stack.push_async_callback(database.close)
        await refuse_unsafe_database(database)
        return cls(settings, stack, database)

    async def run(self, roles: Collection[Role]) -> None:
        self._listen_to_signals()
        feed = build_feed(self._outside)
        loop = self._projection(feed) if "work" in roles else None
        housekeeping = self._housekeeping() if "work" in roles else None
        shell = await self._ingest(loop) if "ingest" in roles else None
        parts: list[Coroutine[Any, Any, None]] = []
        if loop is not None:
            parts.append(loop.run())
        if housekeeping is not None:
            parts.append(housekeeping.run())
        if shell is not None:
            parts.append(shell.run())
        background = [asyncio.create_task(part) for part in parts]
        serving = asyncio.create_task(
            self._serve(feed, shell) if "serve" in roles else self._wait()
        )
        done, _ = await asyncio.wait([serving, *background], return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await serving
        for task in done - {serving}:
            task.result()

    async def _serve(self, feed: LiveFeed, shell: IngestShell | None) -> None:
        outside = self._outside
        if shell is not None:
            outside = replace(outside, checks={"broker": _connected(shell)})
        settings = self._settings
        server = HttpServer(
            create_app(settings, outside, feed=feed),
            host=settings.listen_host,
            port=settings.listen_port,
            announce=announce_ready,
            trusted_proxies=settings.trusted_proxies,
        )
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        feed.close()
        server.stop()
        await serving

    async def _wait(self) -> None:
        announce_ready(None)
        await self._stopping.wait()

    def _housekeeping(self) -> Housekeeping:
        clock = self._outside.clock
        tenancy = Tenancy(
            clock=clock,
            random_bytes=self._outside.random_bytes,
            writer=CollectionWriter(clock),
        )
        return Housekeeping(
            self._outside.database,
            locks_url=self._settings.url("lock_database_url"),
            clock=clock,
            tenancy=tenancy,
            months_ahead=self._settings.partitions_ahead_months,
        )

    def _projection(self, feed: LiveFeed) -> ProjectionLoop:
        clock, ids = self._outside.clock, self._outside.ids
        publisher = CatalogPublisher(clock=clock, writer=CollectionWriter(clock))
        discrepancies = DiscrepancyList(clock)
        proposals = [
            ProductProposals(clock=clock, ids=ids, publisher=publisher, discrepancies=discrepancies)
        ]
        projector = build_projector(
            self._outside.database,
            fact_handlers(clock=clock, proposals=proposals),
            clock=clock,
            ids=ids,
            on_projected=feed.on_projected,
        )
        parked = Reprojection(self._outside.database, projector)
        return ProjectionLoop(projector, parked, rng=Random(os.urandom(8)))  # noqa: S311

    async def _ingest(self, loop: ProjectionLoop | None) -> IngestShell:
        settings = self._settings
        inbox = Database(settings.url("ingest_database_url"), pool_size=_INGEST_POOL)
        self._stack.push_async_callback(inbox.close)
        await refuse_unsafe_database(inbox)
        databases = IngestDatabases(
            tenants=self._outside.database,
            inbox=inbox,
            locks_url=settings.url("lock_database_url"),
        )
        shell = build_ingest(
            databases, _broker(settings), clock=self._outside.clock, ids=self._outside.ids
        )
        if loop is not None:
            shell.on_committed = loop.wake
        return shell

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)


async def _refuse_unsafe_locks(settings: HubSettings) -> None:
    """Whoever only takes locks could still do everything else with them."""
    locks = Database(settings.url("lock_database_url"), pool_size=1)
    try:
        await refuse_unsafe_database(locks)
    finally:
        await locks.close()


def _broker(settings: HubSettings) -> Broker:
    if settings.broker_host is None:
        raise Refused("setting-missing", "Set HANOUT_HUB_BROKER_HOST.")
    if settings.broker_tls and settings.ca_file is None:
        raise Refused("setting-missing", "Set HANOUT_HUB_CA_FILE, or HANOUT_HUB_BROKER_TLS=false.")
    return Broker(
        host=settings.broker_host,
        port=settings.broker_port,
        client_id=settings.ingest_worker_name,
        ca_file=settings.ca_file if settings.broker_tls else None,
        certificate_file=settings.certificate_file,
        key_file=settings.key_file,
    )


def _connected(shell: IngestShell) -> Check:
    async def broker_is_there() -> None:
        if not shell.connected:
            raise Unavailable("broker-away", "The broker is not connected; devices keep all.")

    return broker_is_there
