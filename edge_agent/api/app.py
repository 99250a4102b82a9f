"""The agent's HTTP application, assembled from the slices' routers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.api.doors import Door, DoorParts, Doors
from edge_agent.api.metrics import Metrics
from edge_agent.api.register_app import mount_register_app
from edge_agent.api.sentences import SENTENCES
from edge_agent.api.text import refuse_broken_text
from edge_agent.kit.body_limit import BodyLimit
from edge_agent.kit.problem_responses import describe_problems, problems
from edge_agent.kit.problems import add_problem_handlers, refuse_unknown_query
from edge_agent.kit.tracing import TraceMiddleware

_DESCRIPTION = (
    "The register API of one shop. It answers on the shop's own network, with or without a "
    "connection to the outside. Errors are problem+json (RFC 9457). Amounts are integer minor "
    "units, quantities decimal strings, ids UUIDv7 made by the caller."
)


class ApiParts(Struct, frozen=True, kw_only=True):
    """What the application is assembled from. `v1` routers answer below /v1, `root` ones at /;
    `doors`: path → short way in to a route of theirs."""

    doors: Mapping[str, Door]
    v1: Sequence[APIRouter]
    root: Sequence[APIRouter]
    metrics: Metrics
    random_bytes: Callable[[int], bytes]
    register_app_dir: Path


def build_app(parts: ApiParts) -> FastAPI:
    """Routes, problems, limits, traces, and last the register app at `/`."""
    app = FastAPI(
        title="Hanout edge agent",
        version="v1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(refuse_unknown_query)],
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the hub's (DESIGN §7)
    )
    for router in parts.v1:
        app.include_router(router, prefix="/v1", responses=problems(503))
    for router in parts.root:
        app.include_router(router)
    describe_problems(app)
    add_problem_handlers(app, sentences=SENTENCES)
    refuse_broken_text(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(TraceMiddleware, random_bytes=parts.random_bytes)
    app.add_middleware(_CountRequests, metrics=parts.metrics)
    doors = DoorParts(
        doors=parts.doors,
        problems=app.exception_handlers,
        metrics=parts.metrics,
        random_bytes=parts.random_bytes,
    )
    app.add_middleware(Doors, parts=doors)
    mount_register_app(app, parts.register_app_dir)
    return app


class _CountRequests:
    """ASGI middleware: one count per answer. Few methods and statuses make few series."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.count_request(scope["method"], status=message["status"])
            await send(message)

        await self._app(scope, receive, send_counted)
