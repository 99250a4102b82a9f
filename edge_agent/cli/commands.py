"""The commands of `hanout-edge`.

Exit codes: 0 ended as asked; 1 the database failed, start the agent anew, or what was looked at is
not well; 2 the configuration or the folder is wrong, a person must look.
"""

import gc
import json
import os
import sqlite3
from pathlib import Path
from typing import Annotated, Any

import typer

from edge_agent.settings import EdgeSettings
from protocol.errors import HanoutError

app = typer.Typer(
    name="hanout-edge", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
ConfigFile = Annotated[
    Path, typer.Option("--config", help="TOML file; HANOUT_EDGE_… in the environment wins over it.")
]
_STORAGE_FAILED = 1
_MISCONFIGURED = 2
_TIMEOUT_S = 5.0


@app.callback()
def main() -> None:
    """The shop's agent: sells with nothing but power."""


@app.command()
def serve(config: ConfigFile) -> None:
    """Run the agent until SIGTERM or SIGINT. One JSON line on stdout says where it listens."""
    settings = _settings(config)
    # What is imported stays for good: the collector need neither hurry nor ever look at it.
    gc.disable()
    from edge_agent.main import run_agent  # noqa: PLC0415 — `--help` needs no web framework

    gc.freeze()
    gc.enable()
    try:
        asked = run_agent(settings, on_listening=_announce)
    except (HanoutError, OSError, sqlite3.Error) as error:
        typer.echo(f"hanout-edge: {error}", err=True)
        raise typer.Exit(_MISCONFIGURED) from error
    raise typer.Exit(0 if asked else _STORAGE_FAILED)


@app.command("sync-status")
def sync_status(
    config: ConfigFile,
    as_json: Annotated[bool, typer.Option("--json", help="The agent's answer as it is.")] = False,
) -> None:
    """What the hub does not hold yet, asked of the running agent."""
    settings = _settings(config)
    import httpx  # noqa: PLC0415 — only this command asks over HTTP

    host = settings.listen_host
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.listen_port}/v1/sync"
    try:
        answer = httpx.get(url, timeout=_TIMEOUT_S, trust_env=False)
        status = answer.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        typer.echo(f"hanout-edge: no agent answers at {url}: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(answer.text)
    else:
        _print_status(status)


@app.command()
def export(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="The file to write, NAME.hanout.")],
    everything: Annotated[
        bool, typer.Option("--all", help="All that is held, not only what the hub lacks.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Write what the hub does not hold yet into a signed file, to be brought there by hand.

    Works beside a running agent and on the card of a dead box, which it does not change. The file
    names customers: keep it as you would keep the card.

    Exit codes: 0 written, or the hub lacks nothing; 1 written up to a damaged place of the journal;
    2 not possible.
    """
    from edge_agent.cli.exporting import run_export  # noqa: PLC0415 — `serve` needs none of it

    raise typer.Exit(run_export(_settings(config), out=out, everything=everything, as_json=as_json))


@app.command()
def doctor(
    config: ConfigFile,
    full: Annotated[
        bool, typer.Option("--full", help="Check every page of the database; takes minutes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Look at this box: clock, disk, database, certificate, what it owes. Changes nothing.

    Exit codes: 0 all is well; 1 something needs a person, who is told what to do; 2 could not look.
    """
    from edge_agent.cli.doctor.command import run_doctor  # noqa: PLC0415

    raise typer.Exit(run_doctor(_settings(config), config=config, full=full, as_json=as_json))


@app.command()
def verify(
    config: Annotated[
        Path | None, typer.Option("--config", help="Of the box whose journal it is.")
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="The agent's data folder itself.")] = None,
    archive: Annotated[Path | None, typer.Option(help="An exported file, NAME.hanout.")] = None,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Of a device that signed Zs; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Prove a journal: chain, gapless numbers, every ticket's figures by its own rules, Zs against
    their tickets, perpetual totals, signatures. Changes nothing; give one of the three.

    Exit codes: 0 it holds; 1 something does not, and is named; 2 could not look.
    """
    from edge_agent.cli.verify.command import VerifyRequest, run_verify  # noqa: PLC0415

    if sum(given is not None for given in (config, journal, archive)) != 1:
        typer.echo("hanout-edge: give one of --config, --journal and --archive", err=True)
        raise typer.Exit(_MISCONFIGURED)
    settings = None if config is None else _settings(config)
    own = [] if settings is None else [settings.certificate_file]
    request = VerifyRequest(
        folder=journal if settings is None else settings.data_dir,
        archive=archive,
        certificates=tuple(file for file in [*own, *(certificate or [])] if file is not None),
    )
    raise typer.Exit(run_verify(request, as_json=as_json))


def _settings(config: Path) -> EdgeSettings:
    try:
        return EdgeSettings.from_file(config, environment=os.environ)
    except (OSError, ValueError) as error:
        typer.echo(f"hanout-edge: {config}: {error}", err=True)
        raise typer.Exit(_MISCONFIGURED) from error


def _announce(url: str) -> None:
    print(json.dumps({"event": "ready", "url": url}), flush=True)


def _print_status(status: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 — for people only
    from rich.table import Table  # noqa: PLC0415

    table = Table("sync", "")
    table.add_row("hub", "connected" if status["connected"] else "not connected")
    table.add_row("not at the hub yet", str(status["debt"]["count"]))
    for currency, value_minor in status["debt"]["value_minor"].items():
        table.add_row("  worth", f"{value_minor} minor units {currency}")
    table.add_row("oldest waits, s", str(status["debt"]["oldest_age_s"]))
    table.add_row("unreadable at the hub", str(status["dead_count"]))
    table.add_row("quarantined here", str(status["quarantined_count"]))
    table.add_row("disk left, bytes", str(status["disk_free_bytes"]))
    for name, collection in sorted(status["collections"].items()):
        table.add_row(name, f"{collection['version']} of {collection['wanted_version']}")
    Console().print(table)
