"""The busiest addresses, answered before the layers that every other request passes.

Laws: a door is a route's short way in, for requests that leave nothing to ask; each other one goes
on to the route, which documents and refuses. What a door raises is answered by the application's
own problem handlers. Every answer is counted and bears its trace id, as everywhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.api.metrics import Metrics
from edge_agent.kit.bearer import RandomBytes, plain_token
from edge_agent.kit.body_limit import MAX_BODY_BYTES
from edge_agent.kit.tracing import TRACE_HEADER, keep_trace_id, trace_id_of
from protocol.errors import HanoutError


class Door(Protocol):
    """What answers a POST with a bearer token and a JSON body."""

    async def answer(self, token: str, body: bytes) -> tuple[int, bytes] | None:
        """Status and JSON; None, and nothing was done, for what the route must look at."""
        ...


class DoorParts(Struct, frozen=True, kw_only=True):
    """`doors` by path; `problems`: the application's handlers by class of error."""

    doors: Mapping[str, Door]
    problems: Mapping[Any, Callable[[Request, Exception], Any]]
    metrics: Metrics
    random_bytes: RandomBytes


class Doors:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, *, parts: DoorParts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at the door, or pass the request on as it came."""
        door = self._parts.doors.get(scope["path"]) if scope["type"] == "http" else None
        headers = dict(scope["headers"]) if door else {}
        token = _token(scope, headers)
        if door is None or token is None:
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return  # Nobody is left to be answered.
        trace_id = trace_id_of(headers, self._parts.random_bytes)
        keep_trace_id(scope, trace_id)
        try:
            answer = await door.answer(token, body)
        except (HanoutError, UnicodeEncodeError) as error:
            await self._refuse(error, trace_id)(scope, receive, send)
            return
        if answer is None:
            await self._app(scope, _again(body, receive), send)
            return
        status, content = answer
        self._parts.metrics.count_request("POST", status=status)
        head = [
            (b"content-length", b"%d" % len(content)),
            (b"content-type", b"application/json"),
            (TRACE_HEADER, trace_id.encode("ascii")),
        ]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": content})

    def _refuse(self, error: Exception, trace_id: str) -> ASGIApp:
        kind = HanoutError if isinstance(error, HanoutError) else UnicodeEncodeError

        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                response = await self._parts.problems[kind](Request(scope), error)
            response.headers[TRACE_HEADER.decode("ascii")] = trace_id
            self._parts.metrics.count_request("POST", status=response.status_code)
            await response(scope, receive, send)

        return refuse


def _token(scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
    """The bearer token of a request whose head leaves nothing to ask."""
    length = headers.get(b"content-length", b"")
    as_it_should_be = (
        scope["method"] == "POST"
        and not scope["query_string"]
        and headers.get(b"content-type") == b"application/json"
        and len(headers) == len(scope["headers"])  # none of them twice
        and length.isdigit()
        and int(length) <= MAX_BODY_BYTES
    )
    authorization = headers.get(b"authorization", b"").decode("latin-1")
    return plain_token(authorization) if as_it_should_be else None


async def _body(receive: Receive) -> bytes | None:
    """All of it; None when the caller has gone."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body if message["type"] == "http.request" else None


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """The body that was read already, and then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
