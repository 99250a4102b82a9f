"""Builds what works in the background: ingest, and the projector with every slice's handler."""

import os
from collections.abc import Sequence
from random import Random

from msgspec import Struct

from hub.analytics.projection import RollupsProjection
from hub.collections.service import CollectionReader
from hub.customers.projection import CustomersProjection
from hub.events.service import DiscrepancyList, EventLog
from hub.fleet.alerts import DeviceAlerts
from hub.fleet.commands import Commands
from hub.fleet.directory import DeviceDirectory
from hub.fleet.service import Fleet
from hub.ingest.admission import Admission
from hub.ingest.broker import Broker
from hub.ingest.devices import Directory, Sightings
from hub.ingest.floors import Floors
from hub.ingest.greeting import Greeting
from hub.ingest.intake import Intake
from hub.ingest.orders import Orders
from hub.ingest.partitions import PartitionLocks
from hub.ingest.ports import FactHandler
from hub.ingest.postgres_inbox import PostgresInbox
from hub.ingest.postgres_sync import PostgresSync
from hub.ingest.presence import PresenceBook
from hub.ingest.projector import OnProjected, Projector
from hub.ingest.settling import Settling
from hub.ingest.shell import IngestShell, ShellPace
from hub.kit.advisory import AdvisoryLocks
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.ids import IdSource
from hub.sales.invoice_projection import InvoicesProjection
from hub.sales.projection import SalesProjection, SalesTotals
from hub.stock.projection import StockProjection
from hub.tills.floors import TillFloors
from hub.tills.projection import TillsProjection


def fact_handlers(*, clock: Clock, proposals: Sequence[FactHandler]) -> list[FactHandler]:
    """All handlers. Tickets come before invoices, which stand on them, and before tills, whose Z
    counts them.

    `proposals`: the catalogue's, which need what publishing needs.
    """
    discrepancies = DiscrepancyList(clock)
    return [
        *proposals,
        CustomersProjection(),
        SalesProjection(discrepancies),
        InvoicesProjection(discrepancies),
        StockProjection(),
        TillsProjection(SalesTotals(), discrepancies, fleet=Fleet(clock)),
        RollupsProjection(),
    ]


def build_projector(
    database: Database,
    handlers: Sequence[FactHandler],
    *,
    clock: Clock,
    ids: IdSource,
    on_projected: OnProjected | None = None,
) -> Projector:
    """A projector over the role `app`'s database."""
    settling = Settling(handlers, clock=clock, ids=ids)
    return Projector(database, settling, EventLog(clock), clock=clock, on_projected=on_projected)


class IngestDatabases(Struct, frozen=True, kw_only=True):
    """`tenants`: role app. `inbox`: role ingest. `locks_url`: role app, direct."""

    tenants: Database
    inbox: Database
    locks_url: str


def build_ingest(
    databases: IngestDatabases, broker: Broker, *, clock: Clock, ids: IdSource
) -> IngestShell:
    """One ingest worker. `broker.client_id` is the CN of its certificate."""
    fleet, pages = Fleet(clock), CollectionReader()
    directory = Directory(DeviceDirectory(databases.tenants, clock))
    inbox = PostgresInbox(databases.inbox, tenants=databases.tenants, ids=ids)
    rng = Random(os.urandom(8))  # noqa: S311 - waits are drawn, nothing is kept secret
    admission = Admission(clock=clock, rng=rng)
    return IngestShell(
        broker=broker,
        partitions=PartitionLocks(lambda: AdvisoryLocks.open(databases.locks_url)),
        intake=Intake(store=inbox, directory=directory, admission=admission, clock=clock),
        greeting=Greeting(
            database=databases.tenants,
            sync=PostgresSync(),
            pages=pages,
            fleet=fleet,
            watch=DeviceAlerts(clock=clock, ids=ids),
            floors=Floors(TillFloors()),
            admission=admission,
            clock=clock,
            ids=ids,
        ),
        presence=PresenceBook(
            store=Sightings(databases.tenants, fleet=fleet, pages=pages), clock=clock
        ),
        orders=Orders(databases.tenants, Commands(clock)),
        directory=directory,
        pace=ShellPace(),
        rng=rng,
    )
