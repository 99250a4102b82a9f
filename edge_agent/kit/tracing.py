"""A trace id per request: in the problem, in the logs and in the answer's `X-Trace-Id`."""

import re
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.kit.bearer import RandomBytes

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_BYTES = 16
TRACE_HEADER = b"x-trace-id"


class TraceMiddleware:
    """Takes the caller's W3C `traceparent` or draws an id of its own."""

    def __init__(self, app: ASGIApp, *, random_bytes: RandomBytes) -> None:
        self._app = app
        self._random_bytes = random_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its trace id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = trace_id_of(dict(scope["headers"]), self._random_bytes)
        header = (TRACE_HEADER, trace_id.encode("ascii"))
        keep_trace_id(scope, trace_id)

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        before = structlog.contextvars.bind_contextvars(trace_id=trace_id)
        try:
            await self._app(scope, receive, send_traced)
        finally:
            structlog.contextvars.reset_contextvars(**before)


def trace_id_of(headers: Mapping[bytes, bytes], random_bytes: RandomBytes) -> str:
    """The caller's, or a new one."""
    traceparent = headers.get(b"traceparent")
    if traceparent is not None:
        given = _TRACEPARENT.fullmatch(traceparent.decode("latin-1"))
        if given:
            return given[1]
    return random_bytes(_TRACE_BYTES).hex()


def keep_trace_id(scope: Scope, trace_id: str) -> None:
    """For whoever answers this request, also once the trace is over."""
    scope.setdefault("state", {})["trace_id"] = trace_id


def trace_id_in(scope: Scope) -> str:
    """The one that was kept; empty in an application that does not trace."""
    trace_id: str = scope.get("state", {}).get("trace_id", "")
    return trace_id
