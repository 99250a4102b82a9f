"""How errors look over HTTP: RFC 9457 problem+json, in the caller's language.

The one table from error classes to statuses. `detail` is the error's own sentence in English; in
French and Arabic it is the sentence of `problem_texts` for the code, else for the class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from hub.kit.problem_texts import CLASS_TEXTS, CODE_TEXTS
from protocol.errors import (
    Forbidden,
    HanoutError,
    Malformed,
    NotFound,
    Refused,
    RemoteProtocolError,
    Throttled,
    Unauthenticated,
    Unavailable,
)

LANGUAGES = ("en", "fr", "ar")
MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:hanout:problem:"

STATUS: Mapping[type[HanoutError], HTTPStatus] = {
    Refused: HTTPStatus.CONFLICT,
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Malformed: HTTPStatus.UNPROCESSABLE_ENTITY,
    Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    RemoteProtocolError: HTTPStatus.BAD_REQUEST,
}
# What is wrong with the request line itself, not with a body: 400 instead of 422.
_REQUEST_CODES = frozenset({"bad-cursor", "bad-limit", "unknown-parameter", "bad-parameter"})
_RETRY_AFTER_S = 2


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem document, its status and its headers."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_of(error: HanoutError, *, language: str = "en", trace_id: str = "") -> Problem:
    """The document for an error; one that has no status of its own is our bug and says nothing."""
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_problem(language=language, trace_id=trace_id)
    title, sentence = CLASS_TEXTS[status][language]
    detail = error.message if language == "en" else _translated(error.code, language) or sentence
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + error.code,
        "title": title,
        "status": status.value,
        "detail": detail,
        "code": error.code,
        "trace_id": trace_id,
    }
    if error.fields:
        body["fields"] = dict(error.fields)
    return Problem(status=status, body=body, headers=_headers(error))


def internal_problem(*, language: str = "en", trace_id: str = "") -> Problem:
    """What a caller may know of a failure of ours: that it is logged under this trace id."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title, sentence = CLASS_TEXTS[status][language]
    return Problem(
        status=status,
        body={
            "type": TYPE_PREFIX + "internal",
            "title": title,
            "status": status.value,
            "detail": sentence,
            "code": "internal",
            "trace_id": trace_id,
        },
    )


def status_of(error: HanoutError) -> HTTPStatus:
    """The status of the nearest class in the table; 500 for what the table does not name."""
    if isinstance(error, Malformed) and error.code in _REQUEST_CODES:
        return HTTPStatus.BAD_REQUEST
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def preferred_language(accept_language: str) -> str:
    """The first of our languages that an Accept-Language header names with the highest weight."""
    best, best_weight = "en", 0.0
    for part in accept_language[:256].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _translated(code: str, language: str) -> str | None:
    return CODE_TEXTS.get(code, {}).get(language)


def _headers(error: HanoutError) -> Mapping[str, str]:
    match error:
        case Throttled():
            return {"Retry-After": str(error.retry_after_s)}
        case Unavailable():
            return {"Retry-After": str(_RETRY_AFTER_S)}
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case _:
            return {}
