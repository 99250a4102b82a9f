"""Is the process alive, is it ready, and what has it counted.

`/livez` asks nobody, so that a database that is away restarts no hub. `/readyz` asks everything it
needs, at most every few seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from hub.kit.clock import Clock
from protocol.errors import HanoutError

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises a HanoutError that says what is not."""

_log = structlog.get_logger(__name__)
_TIMEOUT_S = 5.0
_KEEP_S = 2.0


class Readiness:
    """The checks by name, asked together; an answer is kept for two seconds."""

    def __init__(self, checks: Mapping[str, Check], *, clock: Clock) -> None:
        self._checks = checks
        self._clock = clock
        self._found: dict[str, str] = {}
        self._until_s = clock.monotonic()
        self._asking = asyncio.Lock()

    async def look(self) -> Mapping[str, str]:
        """Check → "ok", or why not."""
        async with self._asking:
            if not self._found or self._clock.monotonic() >= self._until_s:
                answers = await asyncio.gather(*map(_ask, self._checks.values()))
                self._found = dict(zip(self._checks, answers, strict=True))
                self._until_s = self._clock.monotonic() + _KEEP_S
            return self._found


def build_router(*, readiness: Readiness, registry: CollectorRegistry) -> APIRouter:
    """`/livez`, `/readyz`, `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def alive() -> Response:
        return JSONResponse({"status": "alive"})

    @router.get("/readyz")
    async def ready() -> Response:
        found = await readiness.look()
        is_ready = all(answer == "ok" for answer in found.values())
        return JSONResponse(
            {"status": "ready" if is_ready else "not-ready", "checks": dict(found)},
            status_code=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await check()
    except HanoutError as error:
        return f"{error.code}: {error.message}"
    except TimeoutError:
        return f"timeout: no answer within {_TIMEOUT_S:g} s"
    except (SQLAlchemyError, OSError):
        # What it is stands in the log, not in an answer that anybody may read.
        _log.exception("readiness check failed")
        return "failed: see the log"
    return "ok"
