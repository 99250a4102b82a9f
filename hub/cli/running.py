"""The commands that run: each a role of the hub, or all in one process, until told to stop."""

from typing import Annotated

import typer

from hub.cli.invoking import read_settings, run_to_end
from hub.cli.roles import ALL_ROLES, Role, run_roles

app = typer.Typer()

ListenPort = Annotated[
    int | None, typer.Option(help="Instead of the setting's; 0 for any free port.")
]


@app.command()
def serve(listen_port: ListenPort = None) -> None:
    """Serve the API and the dashboard."""
    _run_roles(frozenset({"serve"}), listen_port)


@app.command()
def ingest() -> None:
    """Take in what the shops send."""
    _run_roles(frozenset({"ingest"}), None)


@app.command()
def work() -> None:
    """Project the inbox into tickets, stock, tills, sums and events."""
    _run_roles(frozenset({"work"}), None)


@app.command("all")
def run_all(listen_port: ListenPort = None) -> None:
    """Serve, ingest and work in one process."""
    _run_roles(ALL_ROLES, listen_port)


def _run_roles(roles: frozenset[Role], listen_port: int | None) -> None:
    settings = read_settings()
    if listen_port is not None:
        settings = settings.model_copy(update={"listen_port": listen_port})
    run_to_end(lambda: run_roles(settings, roles))
