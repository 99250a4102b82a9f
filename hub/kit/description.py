"""The API's description (OpenAPI): complete, served without a sign-in, from the code."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from hub.kit.http import Answer, Strict
from hub.kit.problem_responses import ProblemDocument
from hub.kit.problems import MEDIA_TYPE

_ABOUT = """\
Stores, devices, catalogue, sales, stock and events of one organization.

Sign in with `POST /v1/auth/sign-in` and send the access token as a bearer. Lists take `limit` and
`cursor` and answer `items` and `next`. Money is in integer minor units with its currency; sums of
different currencies do not exist. Quantities are decimal strings. Errors are `problem+json`
(RFC 9457) with a stable `type`; unknown fields and parameters are refused.
"""


def describe(app: FastAPI) -> None:
    """Let `app` serve its description, with the problem document among the schemas."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=_ABOUT,
                routes=app.routes,
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            _drop_foreign_problems(schema)
            schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
            # FastAPI drops what is null from examples, and with it required fields.
            for model in _descendants(Answer, Strict):
                extra = model.model_config.get("json_schema_extra")
                if model.__name__ in schemas and isinstance(extra, dict):
                    schemas[model.__name__].update(extra)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _drop_foreign_problems(schema: dict[str, Any]) -> None:
    """FastAPI announces a 422 of its own for every parameter; here those answer 400."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            unprocessable = operation["responses"].get("422", {})
            if MEDIA_TYPE not in unprocessable.get("content", {MEDIA_TYPE: None}):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)


def _descendants(*models: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in models:
        yield model
        yield from _descendants(*model.__subclasses__())
