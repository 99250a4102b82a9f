"""The register web app: static files from the agent itself, nothing from elsewhere (DESIGN §7)."""

from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_NOT_BUILT = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>Hanout</title>"
    "<p>The register app is not built on this machine; /openapi.json describes the API.</p></html>"
)
# Vite names what is under assets/ by its content.
_IMMUTABLE = "public, max-age=31536000, immutable"


class _RegisterApp(StaticFiles):
    """Files with strict headers; what is not named by its content is asked for anew each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        cache = _IMMUTABLE if path.startswith("assets/") else "no-cache"
        _protect(response.headers, cache=cache)
        return response


class _BesideApi(Mount):
    """What lies under /v1 is the API's alone: a wrong method there is a 405, no missing file."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            return Match.NONE, {}
        return super().matches(scope)


def mount_register_app(app: FastAPI, folder: Path) -> None:
    """Serve the built app at `/`; call it last, because it takes every path that is left."""
    if (folder / "index.html").is_file():
        files = _RegisterApp(directory=folder, html=True)
        app.router.routes.append(_BesideApi("/", app=files, name="register-app"))
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        """Say where everything else is."""
        response = HTMLResponse(_NOT_BUILT)
        _protect(response.headers, cache="no-cache")
        return response


def _protect(headers: MutableHeaders, *, cache: str) -> None:
    headers.update(SECURITY_HEADERS)
    headers["Cache-Control"] = cache
