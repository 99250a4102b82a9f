"""Builds the HTTP application."""

import asyncio
from pathlib import Path

from fastapi import FastAPI

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
from edge_agent.checkout import routes as checkout_routes
from edge_agent.checkout.invoice_route import build_invoice_router
from edge_agent.checkout.live_door import LiveDoor
from edge_agent.checkout.paper_route import build_paper_router
from edge_agent.checkout.quote_route import build_quote_router
from edge_agent.checkout.retry_route import build_retry_router
from edge_agent.customers import routes as customer_routes
from edge_agent.main.ground import Ground
from edge_agent.main.slices import Reference, Trade
from edge_agent.sales import routes as sales_routes
from edge_agent.shop import routes as shop_routes
from edge_agent.staff import routes as staff_routes
from edge_agent.stock import routes as stock_routes
from edge_agent.sync.service import SyncService
from edge_agent.tills import routes as till_routes

# What the wheel ships; absent in a tree where nobody has built it.
_BUILT_REGISTER_APP = Path(__file__).parents[1] / "register_app" / "dist"


def build_agent_app(
    ground: Ground,
    reference: Reference,
    *,
    trade: Trade,
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
            doors={"/v1/sales": LiveDoor(trade.checkout)},
            v1=(  # tried in this order: the busiest first
                checkout_routes.build_router(trade.checkout),
                build_quote_router(trade.quotes),
                build_invoice_router(trade.invoices),
                build_paper_router(trade.papers),
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
                catalog_routes.build_label_router(
                    reference.labels,
                    store=reference.shop,
                    require_signed_in=staff_routes.require_signed_in,
                ),
                sales_routes.build_router(trade.tickets, trade.quarantine),
                build_retry_router(trade.checkout, trade.quarantine),
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
