"""Builds the agent. The only place that constructs anything; whatever is built is handed on.

Law: a slice receives values and services, never settings; nothing is started here.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from random import Random

import uvloop
from fastapi import FastAPI
from msgspec import Struct

from edge_agent.api.agent import Agent
from edge_agent.api.app import ApiParts, build_app
from edge_agent.api.metrics import Metrics
from edge_agent.api.routes import (
    build_agent_router,
    build_events_router,
    build_health_router,
    build_sync_router,
)
from edge_agent.api.sync_report import SyncReportParts
from edge_agent.catalog import routes as catalog_routes
from edge_agent.catalog.proposals import ProposalParts, ProposalService
from edge_agent.catalog.service import CatalogService
from edge_agent.checkout import routes as checkout_routes
from edge_agent.checkout.service import CheckoutParts, CheckoutService
from edge_agent.customers import routes as customer_routes
from edge_agent.customers.service import CustomerParts, CustomerService
from edge_agent.journal.salvage import new_salvager
from edge_agent.journal.service import Journal
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.clock import Clock, SystemClock, unix_ms
from edge_agent.kit.hardware import hardware_fingerprint
from edge_agent.kit.logging import configure_logging
from edge_agent.sales import routes as sales_routes
from edge_agent.sales.service import SalesService
from edge_agent.sales.tasks import TicketSweep
from edge_agent.settings import EdgeSettings
from edge_agent.shop import routes as shop_routes
from edge_agent.shop.service import ShopParts, ShopService
from edge_agent.staff import routes as staff_routes
from edge_agent.staff.service import StaffParts, StaffService
from edge_agent.stock import routes as stock_routes
from edge_agent.stock.service import StockParts, StockService
from edge_agent.storage.folder import AgentFolder
from edge_agent.storage.readers import Readers
from edge_agent.storage.replicas import ReplicatedCollection
from edge_agent.storage.room import DiskRoom
from edge_agent.storage.writer import Writer
from edge_agent.sync.commands import CommandDesk
from edge_agent.sync.identity import DeviceIdentity
from edge_agent.sync.kinds import KindParts, build_kinds, renewal_kinds
from edge_agent.sync.mqtt import Broker, MqttTransport
from edge_agent.sync.renewal import RenewalPace, RenewalService
from edge_agent.sync.renewal_parts import RenewalPlace, build_renewal
from edge_agent.sync.resync import ResyncingReplicas
from edge_agent.sync.service import SyncPace, SyncService
from edge_agent.sync.storage import SyncStorage
from edge_agent.tills import routes as till_routes
from edge_agent.tills.service import TillParts, TillService
from protocol.session.edge import Boot
from protocol.session.timing import Timing
from protocol.vocabulary.ids import Uuid7Source

# What the wheel ships; absent in a tree where nobody has built it.
_BUILT_REGISTER_APP = Path(__file__).parent / "register_app" / "dist"


class _Reference(Struct, frozen=True, kw_only=True):
    """What the office owns and this shop reads."""

    catalog: CatalogService
    proposals: ProposalService
    shop: ShopService
    staff: StaffService

    @property
    def collections(self) -> tuple[ReplicatedCollection, ...]:
        """All that the hub publishes to this shop."""
        return (*self.shop.collections, *self.staff.collections, *self.catalog.collections)


class _Trade(Struct, frozen=True, kw_only=True):
    """What this shop owns and the hub is told."""

    tickets: SalesService
    sweep: TicketSweep
    stock: StockService
    customers: CustomerService
    tills: TillService
    checkout: CheckoutService


class _Ground(Struct, frozen=True, kw_only=True):
    """What every slice stands on."""

    settings: EdgeSettings
    folder: AgentFolder
    room: DiskRoom
    writer: Writer
    readers: Readers
    journal: Journal
    broadcast: Broadcast
    clock: Clock
    random_bytes: Callable[[int], bytes]


def run_agent(settings: EdgeSettings, *, on_listening: Callable[[str], None]) -> bool:
    """Build and run until SIGTERM or SIGINT; False when the database failed.

    Raises Refused, Unavailable, OSError or sqlite3.Error when the agent cannot begin.
    """
    configure_logging(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run_until_signal(settings, on_listening))


async def _run_until_signal(settings: EdgeSettings, on_listening: Callable[[str], None]) -> bool:
    return await create_agent(settings).live(on_listening=on_listening)


def create_agent(
    settings: EdgeSettings,
    *,
    clock: Clock | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Agent:
    """Build everything and start nothing; raises Unavailable `folder-in-use`."""
    folder = AgentFolder(settings.data_dir)
    readers = Readers(folder.database)
    clock = clock or SystemClock()
    room = DiskRoom(folder.path, ballast_bytes=settings.ballast_bytes)
    salvager = new_salvager(clock, device_id=settings.device_id, epoch=settings.epoch)
    ground = _Ground(
        settings=settings,
        folder=folder,
        room=room,
        writer=Writer(folder.database, room=room, salvager=salvager),
        readers=readers,
        journal=Journal(readers, clock, retention_days=settings.journal_retention_days),
        broadcast=Broadcast(),
        clock=clock,
        random_bytes=random_bytes,
    )
    reference = _reference(ground)
    trade = _trade(ground, reference)
    renewal = _renewal(ground)
    sync = _sync(ground, reference, trade=trade, renewal=renewal)
    closing = asyncio.Event()
    return Agent(
        device_id=settings.device_id,
        epoch=settings.epoch,
        listen_host=settings.listen_host,
        listen_port=settings.listen_port,
        app=_app(ground, reference, trade=trade, sync=sync, closing=closing),
        folder=folder,
        room=room,
        writer=ground.writer,
        readers=readers,
        journal=ground.journal,
        collections=reference.collections,
        tidy=(reference.catalog.tidy, reference.staff.tidy, trade.sweep.tidy),
        sync=sync,
        renewal=renewal,
        broadcast=ground.broadcast,
        closing=closing,
    )


def _reference(ground: _Ground) -> _Reference:
    writer, readers, clock = ground.writer, ground.readers, ground.clock
    catalog = CatalogService(readers, clock)
    shop = ShopService(
        ShopParts(
            writer=writer,
            readers=readers,
            clock=clock,
            random_bytes=ground.random_bytes,
            device_id=ground.settings.device_id,
            store_id=ground.settings.store_id,
        )
    )
    proposals = ProposalService(
        ProposalParts(
            writer=writer, journal=ground.journal, catalog=catalog, store=shop, clock=clock
        )
    )
    staff = StaffService(
        StaffParts(writer=writer, readers=readers, clock=clock, random_bytes=ground.random_bytes)
    )
    return _Reference(catalog=catalog, proposals=proposals, shop=shop, staff=staff)


def _trade(ground: _Ground, reference: _Reference) -> _Trade:
    writer, journal, clock = ground.writer, ground.journal, ground.clock
    catalog, shop = reference.catalog, reference.shop
    tickets = SalesService(ground.readers)
    stock = StockService(
        StockParts(
            writer=writer,
            readers=ground.readers,
            journal=journal,
            catalog=catalog,
            shop=shop,
            clock=clock,
        )
    )
    journal.on_pruned(stock.forget)
    customers = CustomerService(
        CustomerParts(
            writer=writer,
            journal=journal,
            shop=shop,
            clock=clock,
            random_bytes=ground.random_bytes,
        )
    )
    tills = TillService(
        TillParts(
            writer=writer,
            journal=journal,
            tickets=tickets,
            shop=shop,
            clock=clock,
            new_id=Uuid7Source(lambda: unix_ms(clock.now()), ground.random_bytes).next,
            broadcast=ground.broadcast,
        )
    )
    checkout = CheckoutService(
        CheckoutParts(
            writer=writer,
            journal=journal,
            tickets=tickets,
            tills=tills,
            stock=stock,
            catalog=catalog,
            shop=shop,
            staff=reference.staff,
            clock=clock,
            broadcast=ground.broadcast,
        )
    )
    days = ground.settings.ticket_retention_days
    return _Trade(
        tickets=tickets,
        sweep=TicketSweep(tickets, journal, clock=clock, days=days),
        stock=stock,
        customers=customers,
        tills=tills,
        checkout=checkout,
    )


def _renewal(ground: _Ground) -> RenewalService | None:
    """None where the broker is spoken to in the clear: then there is nothing to renew."""
    settings = ground.settings
    if settings.tls_files is None:
        return None
    ca_file, certificate_file, key_file = settings.tls_files
    return build_renewal(
        RenewalPlace(
            device_id=settings.device_id,
            identity=DeviceIdentity(certificate_file, key_file),
            ca_file=ca_file,
            folder=ground.folder.path,
            hub_url=settings.hub_url,
        ),
        clock=ground.clock,
        pace=RenewalPace(
            retry_initial_ms=settings.renewal_retry_initial_ms,
            retry_max_ms=settings.renewal_retry_max_ms,
        ),
        rng=Random(ground.random_bytes(16)),  # noqa: S311 — waits, not secrets
    )


def _sync(
    ground: _Ground,
    reference: _Reference,
    *,
    trade: _Trade,
    renewal: RenewalService | None,
) -> SyncService | None:
    settings = ground.settings
    if settings.broker_host is None:
        return None
    broker = Broker(
        host=settings.broker_host,
        port=settings.broker_port,
        client_id=str(settings.device_id),
        tls=None if renewal is None else renewal.context,
    )
    storage = SyncStorage(
        writer=ground.writer,
        journal=ground.journal,
        collections=reference.collections,
        person_keys=trade.customers.keys_in,
        folder=settings.data_dir,
    )
    replicas = ResyncingReplicas(
        storage, writer=ground.writer, collections=[one.name for one in reference.collections]
    )
    random, agent = ground.random_bytes, f"hanout {version('hanout')}"
    sync = SyncService(
        boot=Boot(
            device_id=settings.device_id,
            boot=random(8).hex(),
            agent=agent,
            fingerprint=hardware_fingerprint(settings.hardware_files),
        ),
        transport=MqttTransport(broker),
        journal=storage,
        replicas=replicas,
        clock=ground.clock,
        pace=SyncPace(
            connect_jitter_ms=settings.connect_jitter_ms,
            backoff_initial_ms=settings.backoff_initial_ms,
            backoff_max_ms=settings.backoff_max_ms,
            timing=Timing(
                answer_initial_ms=settings.answer_initial_ms,
                answer_max_ms=settings.answer_max_ms,
                clone_wait_ms=settings.clone_wait_ms,
            ),
        ),
        rng=Random(random(16)),  # noqa: S311 — waits, not secrets
    )
    kinds = build_kinds(
        KindParts(agent=agent, sync=sync, journal=storage, replicas=replicas, restart=_ask_to_end)
    )
    if renewal is not None:
        kinds = {**kinds, **renewal_kinds(renewal)}
    sync.on_floors = trade.tills.raise_floors
    sync.commands = CommandDesk(writer=ground.writer, clock=ground.clock, kinds=kinds)
    return sync


def _ask_to_end() -> None:
    """As if it had been told to end; what supervises it starts it again."""
    signal.raise_signal(signal.SIGTERM)


def _app(
    ground: _Ground,
    reference: _Reference,
    *,
    trade: _Trade,
    sync: SyncService | None,
    closing: asyncio.Event,
) -> FastAPI:
    metrics = Metrics()
    report = SyncReportParts(
        writer=ground.writer,
        journal=ground.journal,
        tickets=trade.tickets,
        readers=ground.readers,
        room=ground.room,
        sync=sync,
        clock=ground.clock,
    )
    app = build_app(
        ApiParts(
            v1=(  # tried in this order: the busiest first
                checkout_routes.build_router(trade.checkout),
                shop_routes.build_router(
                    reference.shop, require_manager=staff_routes.require_manager
                ),
                staff_routes.build_router(reference.staff, tablets=reference.shop),
                catalog_routes.build_router(
                    reference.catalog,
                    reference.proposals,
                    store=reference.shop,
                    require_signed_in=staff_routes.require_signed_in,
                ),
                till_routes.build_router(trade.tills),
                sales_routes.build_router(trade.tickets),
                stock_routes.build_router(trade.stock),
                customer_routes.build_router(trade.customers),
                build_agent_router(reference.shop),
                build_sync_router(report),
                build_events_router(ground.broadcast, closing),
            ),
            root=(build_health_router(report, ground.writer, metrics=metrics),),
            metrics=metrics,
            random_bytes=ground.random_bytes,
            register_app_dir=ground.settings.register_app_dir or _BUILT_REGISTER_APP,
        )
    )
    staff_routes.provide_staff(app, reference.staff)
    return app
