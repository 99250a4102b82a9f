"""`hanout-provision`: the technician's command line. It speaks HTTP to agents, nothing else.

Exit codes: 0 all is well, 1 the agent answers and something is wrong, 2 the agent does not answer.
"""

import json
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    name="hanout-provision",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_TIMEOUT_S = 5.0
_WRONG, _NO_ANSWER = 1, 2


@app.callback()
def main() -> None:
    """Set shops up, look after their boxes."""


@app.command()
def status(
    agent: Annotated[str, typer.Argument(help="The agent's address, as http://192.168.1.20:8443.")],
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Whether a shop's agent serves, and what it still owes the hub."""
    try:
        with httpx.Client(base_url=agent, timeout=_TIMEOUT_S, trust_env=False) as client:
            found = {
                "meta": client.get("/v1/meta").raise_for_status().json(),
                "sync": client.get("/v1/sync").raise_for_status().json(),
                "ready": client.get("/readyz").is_success,
            }
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        typer.echo(f"No agent answers at {agent}: {error}", err=True)
        raise typer.Exit(_NO_ANSWER) from error
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        Console().print(_table(agent, found))
    raise typer.Exit(0 if found["ready"] else _WRONG)


def _table(agent: str, found: dict[str, Any]) -> Table:
    meta, sync = found["meta"], found["sync"]
    debt = sync["debt"]
    table = Table(title=agent, show_header=False)
    store = meta["store"]["name"] if meta.get("store") else "nothing received from the hub yet"
    table.add_row("shop", store)
    table.add_row("version", meta["version"])
    table.add_row("ready", "yes" if found["ready"] else "no")
    table.add_row("hub", "connected" if sync["connected"] else "not reached: the shop sells on")
    table.add_row("journal", f"epoch {sync['epoch']}, {sync['acked_seq']} of {sync['head_seq']}")
    table.add_row("owed to the hub", f"{debt['count']} facts")
    return table
