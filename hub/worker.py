"""Builds what works in the background: the projector with every slice's handler, in their order."""

from collections.abc import Sequence

from hub.analytics.projection import RollupsProjection
from hub.customers.projection import CustomersProjection
from hub.events.service import DiscrepancyList, EventLog
from hub.ingest.ports import FactHandler
from hub.ingest.projector import OnProjected, Projector
from hub.ingest.settling import Settling
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.ids import IdSource
from hub.sales.projection import SalesProjection, SalesTotals
from hub.stock.projection import StockProjection
from hub.tills.projection import TillsProjection


def fact_handlers(*, clock: Clock, proposals: Sequence[FactHandler]) -> list[FactHandler]:
    """All handlers. Tickets come before tills, whose Z counts them.

    `proposals`: the catalogue's, which need what publishing needs.
    """
    discrepancies = DiscrepancyList(clock)
    return [
        *proposals,
        CustomersProjection(),
        SalesProjection(discrepancies),
        StockProjection(),
        TillsProjection(SalesTotals(), discrepancies),
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
