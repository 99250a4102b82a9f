"""Which module holds which command; it is imported when the command is asked for.

`hanout-hub ca init` on a small machine should not wait for a web server to be imported.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

_MODULES = {
    "migrate": "hub.cli.migrating",
    "seed": "hub.cli.tenants",
    "user": "hub.cli.tenants",
    "verify": "hub.cli.verifying",
    "extract": "hub.cli.extracting",
    "ca": "hub.cli.certificates",
    "admission": "hub.cli.admission",
    "serve": "hub.cli.running",
    "ingest": "hub.cli.running",
    "work": "hub.cli.running",
    "all": "hub.cli.running",
}


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's own parameter
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _MODULES:
            return None
        group = typer.main.get_group(import_module(_MODULES[cmd_name]).app)
        return group.get_command(ctx, cmd_name)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    help="The hub: many tenants' books, and what their shops hold.",
)


@app.callback()
def main() -> None:
    """The hub: many tenants' books, and what their shops hold."""
