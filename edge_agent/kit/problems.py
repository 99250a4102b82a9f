"""Every error over HTTP, as problem+json of RFC 9457. The one table from error classes to statuses.

Law: no stack trace and no internal word leaves the process; an unexpected error says its trace id
and nothing more. Unknown query parameters are refused like unknown fields (DESIGN §5).
"""

import http
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from msgspec import Struct
from starlette.exceptions import HTTPException

from edge_agent.kit.languages import preferred_language
from edge_agent.kit.titles import TITLES
from edge_agent.kit.tracing import TRACE_HEADER, trace_id_in
from protocol.errors import (
    Forbidden,
    HanoutError,
    LocalProtocolError,
    Malformed,
    NotFound,
    Refused,
    RemoteProtocolError,
    Throttled,
    Unauthenticated,
    Unavailable,
)


class UnknownQuery(Malformed):
    """The caller's query has parameters that mean nothing here. `fields` names them."""


STATUS: Mapping[type[HanoutError], int] = {
    Refused: 409,
    NotFound: 404,
    Forbidden: 403,
    Unauthenticated: 401,
    Malformed: 422,
    UnknownQuery: 400,
    Throttled: 429,
    Unavailable: 503,
    LocalProtocolError: 500,
    RemoteProtocolError: 500,
}
MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:hanout:problem:"
# What the framework refuses by itself; the phrases of the standard library change with Python.
HTTP_CODES: Mapping[int, str] = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "request-entity-too-large",
}
# code → language → sentence; a code without one keeps the English sentence of the error.
Sentences = Mapping[str, Mapping[str, str]]
_RETRY_AFTER_S = 1
_MAX_FIELDS = 50
_log = structlog.get_logger(__name__)


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body, but for `type`, `title` and `trace_id`. `fields`: dotted path → why."""

    status: int
    code: str
    detail: str
    fields: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


class _Dependant(Protocol):
    """What FastAPI knows about a route's parameters."""

    query_params: list[Any]
    dependencies: list[Any]


def add_problem_handlers(app: FastAPI, *, sentences: Sentences | None = None) -> None:
    """Answer every error of `app` as a problem, in the caller's language where there is one."""
    answer = _Answer(sentences or {})

    async def on_ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HanoutError)
        return answer(request, problem_of(error))

    async def on_shape(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(request, _problem_of_shape(error))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return answer(request, _problem_of_http(error))

    async def on_bug(request: Request, error: Exception) -> JSONResponse:
        # Starlette asks this one outside of every middleware, where the trace is over.
        trace_id = trace_id_in(request.scope)
        _log.error("unexpected_error", path=request.url.path, trace_id=trace_id, exc_info=error)
        response = answer(request, _bug())
        response.headers[TRACE_HEADER.decode("ascii")] = trace_id
        return response

    app.add_exception_handler(HanoutError, on_ours)
    app.add_exception_handler(RequestValidationError, on_shape)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_bug)


def problem_of(error: HanoutError) -> Problem:
    """How one of our errors looks; a class not in the table is looked up by its parent."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        _log.error("protocol_error", code=error.code, exc_info=error)
        return _bug()
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, Throttled):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    return Problem(
        status=status,
        code=error.code,
        detail=error.message,
        fields=error.fields,
        headers=headers,
    )


async def refuse_unknown_query(request: Request) -> None:
    """A dependency for the whole app: raises a 400 that names the parameters no route reads."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None or not request.query_params:
        return
    known = set(_query_names(dependant))
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        allowed = ", ".join(sorted(known)) or "none"
        raise UnknownQuery(
            "unknown-query-parameter",
            "The query has parameters that this address does not know.",
            fields={name[:64]: f"unknown; allowed: {allowed}" for name in unknown[:_MAX_FIELDS]},
        )


class _Answer:
    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    def __call__(self, request: Request, problem: Problem) -> JSONResponse:
        language = preferred_language(request.headers.get("accept-language"))
        sentences = self._sentences.get(problem.code, {})
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + problem.code,
            "title": TITLES.get(problem.status, TITLES[http.HTTPStatus.BAD_REQUEST])[language],
            "status": problem.status,
            "code": problem.code,
            "detail": sentences.get(language, problem.detail),
            "trace_id": trace_id_in(request.scope),
        }
        if problem.fields:
            body["fields"] = dict(problem.fields)
        headers = {**problem.headers, "Content-Language": language}
        return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def _problem_of_shape(error: RequestValidationError) -> Problem:
    fields: dict[str, str] = {}
    for one in error.errors()[:_MAX_FIELDS]:
        source, *path = one["loc"]
        if one["type"] == "json_invalid":
            return Problem(
                status=http.HTTPStatus.BAD_REQUEST,
                code="malformed-json",
                detail="The body is not JSON.",
                fields={"body": str(one.get("ctx", {}).get("error", one["msg"]))},
            )
        fields[".".join(map(str, path)) or str(source)] = str(one["msg"])
    return Problem(
        status=http.HTTPStatus.UNPROCESSABLE_ENTITY,
        code="malformed",
        detail="The request's fields are not as they must be; see `fields`.",
        fields=fields,
    )


def _problem_of_http(error: HTTPException) -> Problem:
    phrase = http.HTTPStatus(error.status_code).phrase
    return Problem(
        status=error.status_code,
        code=HTTP_CODES.get(error.status_code) or phrase.lower().replace(" ", "-"),
        detail=str(error.detail),
        headers=error.headers or {},
    )


def _bug() -> Problem:
    return Problem(
        status=http.HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal-error",
        detail="Something broke here. Tell support the trace id.",
    )


def _query_names(dependant: _Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for dependency in dependant.dependencies:
        yield from _query_names(dependency)
