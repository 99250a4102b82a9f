"""How a door is read: at once where everything is as it should be.

Laws: the declared parameters are the documentation and the rule. A request that meets them is read
straight from its bytes, which is most of what FastAPI would have cost (docs/performance.md); every
other one goes FastAPI's own way and is refused there, so that a refusal has one source. On every
way a body is JSON as RFC 8259 has it: UTF-8 without a mark before it, and no NaN or Infinity. What
it calls itself does not matter: a ticket is not lost for a header.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from edge_agent.kit.bearer import plain_token

_JSON = "application/json"
# What pydantic reads as numbers and RFC 8259 does not; between quotes they are words.
_NO_NUMBERS = (b"NaN", b"Infinity")
# Python refuses longer ones; such a number is beyond every bound anyway.
_MAX_DIGITS = 4_000
# Half of the calls that Python nests: whoever writes such a value out nests as many.
_MAX_DEPTH = 500
_TOO_DEEP = "It is nested too deeply"


class DoorRoute(APIRoute):
    """A POST whose endpoint takes a JSON body, the request and a bearer token, in this order.

    What else the route depends on only the slow way asks: the endpoint sees to it by itself.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        body, *_ = get_type_hints(endpoint, include_extras=True).values()
        self._bodies: TypeAdapter[Any] = TypeAdapter(body)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's, naming offending fields by their path in the body, without the door that
        pydantic prefixes."""
        answer = super().get_route_handler()

        async def answer_with_plain_paths(request: Request) -> Response:
            try:
                return await answer(_StrictRequest(_as_json(request.scope), request.receive))
            except RequestValidationError as error:
                faults = [{**fault, "loc": _plain(fault["loc"])} for fault in error.errors()]
                raise RequestValidationError(faults, body=error.body) from error

        return answer_with_plain_paths

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        token = _token(request)
        if token is None:
            await super().handle(scope, receive, send)
            return
        try:
            body = await request.body()
        except ClientDisconnect:
            return  # Nobody is left to be answered.
        read = self._read(body)
        if read is None:
            await super().handle(scope, _again(body, receive), send)
            return
        response: Response = await self.endpoint(read, request, token)
        await response(scope, receive, send)

    handle = serve  # Starlette's name for it

    def _read(self, body: bytes) -> Any | None:
        """The declared body; None for what only the slow way may judge."""
        if any(word in body for word in _NO_NUMBERS):
            return None
        try:
            return self._bodies.validate_json(body)
        except ValidationError:
            return None


class _StrictRequest(Request):
    """A request whose JSON is that of RFC 8259."""

    async def json(self) -> Any:
        """Raises JSONDecodeError."""
        body = await self.body()
        try:
            value = json.loads(
                body.decode("utf-8"),
                object_pairs_hook=_with_sound_names,
                parse_constant=_refuse_constant,
                parse_int=_whole_number,
            )
        except UnicodeDecodeError as error:
            raise json.JSONDecodeError("It is not UTF-8", "", error.start) from error
        except RecursionError as error:
            raise json.JSONDecodeError(_TOO_DEEP, "", 0) from error
        if _is_too_deep(value):
            raise json.JSONDecodeError(_TOO_DEEP, "", 0)
        return value


def _as_json(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", _JSON.encode())]}


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no JSON number", "", 0)


def _with_sound_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """No name with half a surrogate pair, which pydantic takes for no text at all."""
    return {name.encode("utf-8", "replace").decode("utf-8"): value for name, value in pairs}


def _is_too_deep(value: Any) -> bool:
    """Level by level, since a call for each would be what it looks for."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return False
    return True


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _token(request: Request) -> str | None:
    """The bearer token of a request whose head leaves nothing to ask."""
    headers = request.headers
    as_it_should_be = (
        request.method == "POST"
        and not request.scope["query_string"]
        and headers.get("content-type") == _JSON
    )
    return plain_token(headers.get("authorization", "")) if as_it_should_be else None


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, and then whatever comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def _plain(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return tuple(part for part in path if part not in ("live", "handed_over"))
