"""Builds the hub's serving side: the API and the dashboard in one application."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge

from hub.analytics import routes as analytics
from hub.audit.service import AuditTrail
from hub.catalog import routes as catalog
from hub.catalog.publishing import CatalogPublisher
from hub.catalog.service import CatalogService
from hub.collections.service import CollectionWriter
from hub.dashboard.forms import FormTokens
from hub.dashboard.live import LiveFeed, StreamLimits
from hub.dashboard.routes import Dashboard
from hub.dashboard.service import Reader
from hub.dashboard.visitors import Visitors
from hub.events import routes as events
from hub.events.service import EventLog
from hub.fleet import alert_routes, command_routes, device_routes
from hub.fleet import routes as fleet
from hub.fleet.alerts import DeviceAlerts
from hub.fleet.authority_files import load_authority
from hub.fleet.claiming import Claiming, Slots
from hub.fleet.directory import DeviceDirectory
from hub.fleet.enrolment import Enrolment
from hub.fleet.forgotten import ForgottenDevices
from hub.fleet.models import Whereabouts
from hub.fleet.office import Office
from hub.fleet.renewal import Renewal
from hub.fleet.revocation import Revocation
from hub.fleet.signing import DeviceSigner
from hub.identity import routes as identity_routes
from hub.identity.service import Identity
from hub.identity.tokens import AccessTokens, load_or_create_key
from hub.ingest import archive_routes
from hub.ingest import routes as ingest
from hub.ingest.archive_routes import JOURNAL_PATH
from hub.ingest.archives import MOST_ARCHIVE_BYTES, JournalArchives
from hub.kit import health
from hub.kit.body_limit import BodyLimit
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.description import describe
from hub.kit.health import Check, Readiness
from hub.kit.http import Guard
from hub.kit.ids import IdSource
from hub.kit.metrics import HttpMetrics
from hub.kit.passwords import Passwords
from hub.kit.problem_responses import install_problems
from hub.kit.safety import refuse_unsafe_database
from hub.kit.tracing import Tracing
from hub.sales import routes as sales
from hub.settings import HubSettings
from hub.stock import routes as stock
from hub.tenancy import routes as tenancy


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What the program takes from the machine. `random_bytes(n)`: n unpredictable bytes."""

    database: Database
    clock: Clock
    ids: IdSource
    random_bytes: Callable[[int], bytes]
    checks: Mapping[str, Check] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)


def build_feed(outside: Outside, limits: StreamLimits | None = None) -> LiveFeed:
    """The live feed; its `on_projected` is what a projector in the same process calls."""
    return LiveFeed(
        database=outside.database,
        event_log=EventLog(outside.clock),
        clock=outside.clock,
        limits=limits,
    )


def create_app(settings: HubSettings, outside: Outside, *, feed: LiveFeed) -> FastAPI:
    """The application. The caller closes the database and the feed."""
    passwords = Passwords()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        passwords.close()

    app = FastAPI(
        title="Hanout hub",
        version=version("hanout"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    identity = Identity(
        outside.database,
        clock=outside.clock,
        ids=outside.ids,
        passwords=passwords,
        random_bytes=outside.random_bytes,
    )
    office = _office(settings, outside)
    _add_api(app, settings, outside=outside, identity=identity, office=office)
    dashboard = _dashboard(settings, outside, identity=identity, feed=feed, office=office)
    dashboard.add_to(app)
    install_problems(app, page=dashboard.problem)
    describe(app)
    _add_health(app, outside, feed)
    app.add_middleware(BodyLimit, larger={JOURNAL_PATH: MOST_ARCHIVE_BYTES})
    app.add_middleware(HttpMetrics, registry=outside.registry)
    app.add_middleware(Tracing, new_id=lambda: outside.random_bytes(16).hex())
    return app


def _add_api(
    app: FastAPI, settings: HubSettings, *, outside: Outside, identity: Identity, office: Office
) -> None:
    database, clock = outside.database, outside.clock
    tokens = AccessTokens(load_or_create_key(settings.token_key_file), clock=clock)
    guard = Guard(tokens.read)
    trail = AuditTrail(clock=clock, ids=outside.ids)
    catalog_service = CatalogService(
        database,
        clock=clock,
        ids=outside.ids,
        publisher=CatalogPublisher(clock=clock, writer=CollectionWriter(clock)),
        trail=trail,
    )
    for router in (
        identity_routes.build_router(identity=identity, tokens=tokens, guard=guard),
        tenancy.build_router(database=database, guard=guard, clock=clock),
        fleet.build_router(database=database, guard=guard, clock=clock, office=office),
        device_routes.build_router(enrolment=office.enrolment, clock=clock),
        command_routes.build_router(
            database=database, guard=guard, clock=clock, ids=outside.ids, trail=trail
        ),
        alert_routes.build_router(
            database=database, guard=guard, alerts=DeviceAlerts(clock=clock, ids=outside.ids)
        ),
        catalog.build_router(database=database, guard=guard, catalog=catalog_service),
        # Before the sales, whose {sale_id} would take its path.
        analytics.build_router(database=database, guard=guard),
        sales.build_router(database=database, guard=guard),
        stock.build_router(database=database, guard=guard),
        events.build_router(database=database, guard=guard, event_log=EventLog(clock)),
        ingest.build_router(database=database, guard=guard),
        archive_routes.build_router(
            guard=guard, archives=_archives(outside, office.enrolment, trail)
        ),
    ):
        app.include_router(router)


def _archives(outside: Outside, enrolment: Enrolment | None, trail: AuditTrail) -> JournalArchives:
    return JournalArchives(
        outside.database,
        fleet=DeviceDirectory(outside.database, outside.clock),
        forgotten=ForgottenDevices(
            clock=outside.clock,
            trail=trail,
            alerts=DeviceAlerts(clock=outside.clock, ids=outside.ids),
        ),
        ca_pem=None if enrolment is None else enrolment.authority.pem,
        clock=outside.clock,
        ids=outside.ids,
        trail=trail,
    )


def _office(settings: HubSettings, outside: Outside) -> Office:
    database, clock = outside.database, outside.clock
    trail = AuditTrail(clock=clock, ids=outside.ids)
    revocation = Revocation(database, clock=clock, trail=trail)
    slots = Slots(
        database, clock=clock, ids=outside.ids, random_bytes=outside.random_bytes, trail=trail
    )
    return Office(
        slots=slots, revocation=revocation, enrolment=_enrolment(settings, outside, trail)
    )


def _enrolment(settings: HubSettings, outside: Outside, trail: AuditTrail) -> Enrolment | None:
    """None on a hub that has no device authority: then nobody can claim."""
    files = settings.device_ca_certificate_file, settings.device_ca_key_file
    if files[0] is None or files[1] is None:
        return None
    database, clock = outside.database, outside.clock
    authority = load_authority(files[0], files[1])
    signer = DeviceSigner(authority, outside.random_bytes)
    return Enrolment(
        authority=authority,
        whereabouts=Whereabouts(
            hub_url=settings.public_url,
            broker_host=settings.public_broker_host or settings.broker_host or "localhost",
            broker_port=settings.public_broker_port or settings.broker_port,
        ),
        claiming=Claiming(
            database,
            clock=clock,
            signer=signer,
            revocation=Revocation(database, clock=clock, trail=trail),
            trail=trail,
        ),
        renewal=Renewal(
            database,
            clock=clock,
            signer=signer,
            trail=trail,
            random_bytes=outside.random_bytes,
        ),
    )


def _dashboard(
    settings: HubSettings, outside: Outside, *, identity: Identity, feed: LiveFeed, office: Office
) -> Dashboard:
    secure = settings.public_url.startswith("https://")
    return Dashboard(
        reader=Reader(
            database=outside.database, event_log=EventLog(outside.clock), clock=outside.clock
        ),
        identity=identity,
        visitors=Visitors(identity, clock=outside.clock, secure=secure),
        forms=FormTokens(new_token=lambda: outside.random_bytes(24).hex(), secure=secure),
        feed=feed,
        office=office,
    )


def _add_health(app: FastAPI, outside: Outside, feed: LiveFeed) -> None:
    async def database_is_safe() -> None:
        await refuse_unsafe_database(outside.database)

    streams = Gauge("hanout_hub_live_streams", "Open dashboard tabs.", registry=outside.registry)
    streams.set_function(lambda: feed.stream_count)
    checks = {"database": database_is_safe, **outside.checks}
    app.include_router(
        health.build_router(
            readiness=Readiness(checks, clock=outside.clock), registry=outside.registry
        )
    )
