"""How the API's description (OpenAPI) shows the problems that an operation may answer.

Laws: FastAPI's own 422, which is another document than what comes, is not shown. A route names what
its service refuses, with `problems`; what the application refuses before the route is asked follows
from the operation's shape and is added here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kit.body_limit import MAX_BODY_BYTES
from edge_agent.kit.problems import MEDIA_TYPE, TYPE_PREFIX
from edge_agent.kit.titles import TITLES

Responses = dict[int | str, dict[str, Any]]

_SCHEMA = "Problem"
_SHOWN_TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
# Status → code, sentence and fields of its example.
_EXAMPLES: Mapping[int, tuple[str, str, Mapping[str, str]]] = {
    400: (
        "unknown-query-parameter",
        "The query has parameters that this address does not know.",
        {"colour": "unknown; allowed: none"},
    ),
    401: ("not-signed-in", "The sign-in has ended: enter your PIN again.", {}),
    403: ("role-missing", "Ask someone with the role manager to do this.", {}),
    404: ("no-open-shift", "Open a shift on this register first.", {}),
    409: ("shift-closed", "This shift is closed; open a new one.", {}),
    413: ("request-entity-too-large", f"Send at most {MAX_BODY_BYTES} bytes in one request.", {}),
    422: (
        "malformed",
        "The request's fields are not as they must be; see `fields`.",
        {"id": "Field required"},
    ),
    429: ("too-many-attempts", "Too many wrong attempts: wait and try again.", {}),
    500: ("internal-error", "Something broke here. Tell support the trace id.", {}),
    503: ("busy", "Too many requests wait for the database; try again.", {}),
}


class ProblemDocument(BaseModel):
    """RFC 9457. `type` and `code` are stable; `title` and `detail` are in the caller's language
    (Accept-Language: fr, ar or en)."""

    model_config = ConfigDict(title=_SCHEMA)

    type: str
    title: str
    status: int
    code: str
    detail: str
    trace_id: str = Field(description="Under which the request is logged; also in `X-Trace-Id`.")
    fields: dict[str, str] = Field(
        default_factory=dict,
        description="Offending field (dotted path) or parameter → why. Only where there are some.",
    )


def problems(*statuses: int) -> Responses:
    """The `responses` of a route or router whose service refuses with these statuses."""
    return {status: _shown(status) for status in statuses}


def describe_problems(app: FastAPI) -> None:
    """Let `app` serve a description whose every operation shows its problems."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            for operation in _operations(schema):
                _show(operation)
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas[_SCHEMA] = ProblemDocument.model_json_schema()
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _operations(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def _show(operation: dict[str, Any]) -> None:
    """Add what the application answers for the operation, in place of FastAPI's 422."""
    responses = operation["responses"]
    responses.pop("422", None)
    of_frame = {400, 500}
    if "requestBody" in operation:
        of_frame |= {413, 422}
    if "parameters" in operation:
        of_frame.add(422)
    if "security" in operation:
        of_frame.add(401)
    responses.update({str(status): _shown(status) for status in of_frame})
    operation["responses"] = dict(sorted(responses.items()))


def _shown(status: int) -> dict[str, Any]:
    code, detail, fields = _EXAMPLES[status]
    title = TITLES[status]["en"]
    example: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "trace_id": _SHOWN_TRACE_ID,
    }
    if fields:
        example["fields"] = dict(fields)
    reference = {"$ref": f"#/components/schemas/{_SCHEMA}"}
    return {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": reference, "example": example}},
    }
