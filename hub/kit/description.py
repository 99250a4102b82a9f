"""The API's description (OpenAPI): complete, served without a sign-in, from the code."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hub.kit.problem_responses import ProblemDocument

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
            schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]
