"""A trace id for every request: in the logs, in the answer's header and in every problem.

It stands outermost, so that a failure nobody expected is logged once and answered without a word
of its insides.
"""

import re
from collections.abc import Callable

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.kit.problem_responses import as_json
from hub.kit.problems import internal_problem

HEADER = "x-request-id"
_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Tracing:
    """ASGI middleware. A caller's own X-Request-Id is kept when it is a plain word."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id
        self._log = structlog.get_logger("hub.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = _given(scope) or self._new_id()
        scope.setdefault("state", {})["trace_id"] = trace_id
        started = False

        async def traced(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)[HEADER] = trace_id
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            try:
                await self._app(scope, receive, traced)
            except Exception:
                self._log.exception("request failed", method=scope["method"], path=scope["path"])
                if started:
                    raise
                await as_json(internal_problem(trace_id=trace_id))(scope, receive, traced)


def _given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == HEADER.encode():
            word = value.decode("latin-1")
            return word if _ACCEPTED.fullmatch(word) else None
    return None
