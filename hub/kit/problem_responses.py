"""Problems on the way out, and how the API description shows them.

FastAPI's own 422 documents and answers an array; here every 4xx and 5xx is problem+json.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub.kit.problem_texts import CLASS_TEXTS
from hub.kit.problems import MEDIA_TYPE, TYPE_PREFIX, Problem, preferred_language, problem_of
from protocol.errors import HanoutError, Malformed, NotFound

_MOST_FIELDS = 50
_SHOWN = "0af7651916cd43dd8448eb211c80319c"
_CODES = {
    HTTPStatus.BAD_REQUEST: "unknown-parameter",
    HTTPStatus.UNAUTHORIZED: "token-missing",
    HTTPStatus.FORBIDDEN: "permission-missing",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.CONFLICT: "refused",
    HTTPStatus.PRECONDITION_FAILED: "revision-differs",
    HTTPStatus.UNPROCESSABLE_ENTITY: "malformed",
    HTTPStatus.PRECONDITION_REQUIRED: "revision-missing",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}
# What the class of an error cannot say: the resource moved on since it was read.
_STATUS_OF_CODE = {
    "revision-differs": HTTPStatus.PRECONDITION_FAILED,
    "revision-missing": HTTPStatus.PRECONDITION_REQUIRED,
}

PageProblem = Callable[[Request, Problem], Awaitable[Response]]


class ProblemDocument(BaseModel):
    """RFC 9457. `type` and `code` are stable; `detail` is a sentence in the caller's language."""

    type: str = Field(examples=[TYPE_PREFIX + "not-found"])
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    fields: dict[str, str] | None = Field(
        default=None, description="Offending field or parameter → why."
    )


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: these, and those that every guarded route may give."""
    every = {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.SERVICE_UNAVAILABLE,
        *statuses,
    }
    return {status.value: _documented(status) for status in sorted(every)}


def install_problems(
    app: FastAPI, *, page: PageProblem | None = None, api_prefixes: Sequence[str] = ("/v1/",)
) -> None:
    """Answer every error as problem+json, or by `page` to a browser outside `api_prefixes`."""

    async def answer(request: Request, problem: Problem) -> Response:
        is_page = "text/html" in request.headers.get("accept", "")
        if page is not None and is_page and not request.url.path.startswith(tuple(api_prefixes)):
            return await page(request, problem)
        return as_json(problem)

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HanoutError)
        return await answer(request, _problem(request, error))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return await answer(request, _problem(request, _invalid(error)))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return await answer(request, _http_problem(request, error))

    app.add_exception_handler(HanoutError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def as_json(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    return JSONResponse(
        dict(problem.body),
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )


def trace_id_of(request: Request) -> str:
    """The id under which this request is logged."""
    return str(getattr(request.state, "trace_id", ""))


def _problem(request: Request, error: HanoutError) -> Problem:
    language = preferred_language(request.headers.get("accept-language", ""))
    problem = problem_of(error, language=language, trace_id=trace_id_of(request))
    status = _STATUS_OF_CODE.get(error.code)
    if status is None:
        return problem
    body = {**problem.body, "status": status.value}
    return Problem(status=status, body=body, headers=problem.headers)


def _http_problem(request: Request, error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return _problem(request, NotFound("not-found", "There is nothing at this address."))
    code = status.phrase.lower().replace(" ", "-")
    return Problem(
        status=status,
        body={
            "type": TYPE_PREFIX + code,
            "title": status.phrase,
            "status": status.value,
            "detail": status.description or status.phrase,
            "code": code,
            "trace_id": trace_id_of(request),
        },
        headers=dict(error.headers or {}),
    )


def _invalid(error: RequestValidationError) -> HanoutError:
    """A wrong path names nothing, a wrong parameter is a bad request, a wrong body malformed."""
    found = error.errors()[:_MOST_FIELDS]
    places = {str(item["loc"][0]) for item in found}
    fields = {_place(item["loc"]): str(item["msg"]) for item in found}
    if "path" in places:
        return NotFound("not-found", "There is nothing at this address.")
    if places & {"query", "header"}:
        unknown = all(item["type"] == "extra_forbidden" for item in found)
        code = "unknown-parameter" if unknown else "bad-parameter"
        return Malformed(code, "Correct the parameters that are named.", fields=fields)
    return Malformed("malformed", "Correct the fields that are named.", fields=fields)


def _place(location: Sequence[Any]) -> str:
    inner = [str(part) for part in location[1:]]
    return ".".join(inner) or str(location[0])


def _documented(status: HTTPStatus) -> dict[str, Any]:
    title, sentence = CLASS_TEXTS.get(status, {}).get("en", (status.phrase, status.description))
    example: Mapping[str, Any] = {
        "type": TYPE_PREFIX + _CODES[status],
        "title": title,
        "status": status.value,
        "detail": sentence,
        "code": _CODES[status],
        "trace_id": _SHOWN,
    }
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }
