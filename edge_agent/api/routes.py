"""What belongs to no slice: who answers here, how well, how far the sync is, what happens live."""

import asyncio
from importlib.metadata import version

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from edge_agent.api.events import EventStream
from edge_agent.api.metrics import CONTENT_TYPE, Metrics
from edge_agent.api.schemas import Health, Meta, Readiness, RegisterState, StoreState, SyncState
from edge_agent.api.sync_report import SyncReportParts, read_sync_report, storage_warnings
from edge_agent.kit.broadcast import Broadcast
from edge_agent.kit.problem_responses import problems
from edge_agent.shop.service import ShopService
from edge_agent.staff.routes import SignedIn
from edge_agent.storage.writer import Writer
from protocol.checkout import RULES_VERSION
from protocol.errors import Unavailable

NAME = "hanout-edge"


def build_agent_router(shop: ShopService) -> APIRouter:
    """`/meta`."""
    router = APIRouter(tags=["agent"])
    release = version("hanout")

    @router.get("/meta", summary="Who answers here")
    async def meta() -> Meta:
        """Versions, the store and its registers. Needs no sign-in."""
        settings = await shop.find_settings()
        registers = await shop.registers()
        return Meta(
            name=NAME,
            version=release,
            api="v1",
            device_id=shop.device_id,
            store=None
            if settings is None
            else StoreState(
                id=settings.store_id,
                name=settings.name,
                currency=settings.currency,
                timezone=settings.timezone,
                languages=settings.languages,
            ),
            registers=[
                RegisterState(id=register.register_id, name=register.name, code=register.code)
                for register in registers
            ],
            rules_version=RULES_VERSION,
        )

    return router


def build_sync_router(parts: SyncReportParts) -> APIRouter:
    """`/sync`."""
    router = APIRouter(tags=["agent"])

    @router.get("/sync", summary="The sync debt")
    async def sync() -> SyncState:
        """What the hub does not hold yet. Needs no sign-in."""
        return SyncState.of(await read_sync_report(parts))

    return router


def build_events_router(broadcast: Broadcast, closing: asyncio.Event) -> APIRouter:
    """`/events`."""
    router = APIRouter(tags=["agent"])

    @router.get(
        "/events",
        summary="Live events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def events(_: SignedIn) -> EventStream:
        """Server-sent `sale`, `shift`, `catalogue`, `sync`; after a loss, `resync`."""
        return EventStream(broadcast, closing)

    return router


def build_health_router(parts: SyncReportParts, writer: Writer, *, metrics: Metrics) -> APIRouter:
    """`/livez`, `/readyz`, `/metrics`: outside of /v1, for machines."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", summary="Is the process alive?")
    async def livez() -> Health:
        """Answers while the event loop turns."""
        return Health(status="ok")

    @router.get("/readyz", summary="Can it sell?", responses=problems(503))
    async def readyz() -> Readiness:
        """503 once the database cannot be written. A lost hub is no reason: the shop sells."""
        if writer.state != "running":
            raise Unavailable("storage-failed", "The agent's database cannot be written.")
        return Readiness(status="ready", warnings=await storage_warnings(parts))

    @router.get(
        "/metrics",
        summary="Prometheus metrics",
        response_class=Response,
        responses=problems(503),
    )
    async def scrape() -> Response:
        """Gauges as of now."""
        report = await read_sync_report(parts)
        return Response(metrics.render(report, writer), media_type=CONTENT_TYPE)

    return router
