"""A trace id per request: in the problem, in the logs and in the answer's `X-Trace-Id`."""

import re

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.kit.bearer import RandomBytes

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_BYTES = 16


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
        given = dict(scope["headers"]).get(b"traceparent")
        trace_id = _trace_id(given) or self._random_bytes(_TRACE_BYTES).hex()
        header = (b"x-trace-id", trace_id.encode("ascii"))
        scope.setdefault("state", {})["trace_id"] = trace_id

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        before = structlog.contextvars.bind_contextvars(trace_id=trace_id)
        try:
            await self._app(scope, receive, send_traced)
        finally:
            structlog.contextvars.reset_contextvars(**before)


def _trace_id(traceparent: bytes | None) -> str | None:
    if traceparent is None:
        return None
    given = _TRACEPARENT.fullmatch(traceparent.decode("latin-1"))
    return given[1] if given else None
