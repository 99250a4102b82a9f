"""Refuses a wheel without what browsers load: those files are built, not committed (DESIGN §7)."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = (
    "edge_agent/register_app/dist/index.html",
    "edge_agent/register_app/dist/licenses.md",
    "hub/dashboard/static/built/htmx.min.js",
    "hub/dashboard/static/built/htmx.LICENSE.txt",
)


class BrowserAssets(BuildHookInterface):
    """An editable install is made before anything is built, and reads the folders as they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        missing = [path for path in BUILT if not (Path(self.root) / path).is_file()]
        if missing and version != "editable":
            self.app.abort(
                f"hanout: the wheel would lack {', '.join(missing)}; run `make assets` first"
            )
