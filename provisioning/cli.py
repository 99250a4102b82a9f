"""`hanout-provision`: the technician's and the office's command line. It speaks HTTP and commands.

Exit codes: 0 all is well, 1 something is wrong and a person must act, 2 wrong usage, or who was
asked does not answer: the same command again may succeed.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from protocol.errors import HanoutError, Malformed, Unavailable
from protocol.messages.doctor import Diagnosis
from provisioning.output import SpeakingGroup, show

app = typer.Typer(
    name="hanout-provision",
    cls=SpeakingGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_WRONG, _NO_ANSWER = 1, 2
_STYLES = {"ok": "green", "warning": "yellow", "error": "red"}

AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
ConfigFile = Annotated[Path, typer.Option("--config", help="The box's agent.toml.")]
HubUrl = Annotated[str, typer.Option("--hub", help="The hub's address, https://….")]
Token = Annotated[
    str | None, typer.Option("--token", envvar="HANOUT_TOKEN", help="An access token.")
]
Email = Annotated[str | None, typer.Option("--email", help="Sign in as this user.")]
Password = Annotated[
    str | None,
    typer.Option(envvar="HANOUT_PASSWORD", help="Asked for where it is not given.", hidden=True),
]


@app.callback()
def main() -> None:
    """Set shops up, look after their boxes, replace and retire them."""


@app.command()
def claim(
    code: Annotated[str, typer.Argument(help="The office's code, or the link in its QR.")],
    directory: Annotated[
        Path, typer.Option("--directory", help="Where the box keeps all that is its own.")
    ],
    hub: Annotated[
        str | None, typer.Option("--hub", help="The hub's address; the link names it.")
    ] = None,
    ca: Annotated[
        str | None,
        typer.Option("--ca", help="Fingerprint of the hub's authority; the link names it."),
    ] = None,
    listen_host: Annotated[str, typer.Option(help="Where tablets reach the agent.")] = "0.0.0.0",  # noqa: S104 — the shop's network
    listen_port: Annotated[int, typer.Option(min=0, max=65535)] = 8443,
    as_json: AsJson = False,
) -> None:
    """Turn this blank box into the shop's agent: key, certificate and configuration.

    Interrupted at any moment, the same command continues and ends with the same identity; when
    all was done already, it says so again and changes nothing.

    Exit codes: 0 claimed; 1 refused (code wrong, used or expired; folder claimed with another
    code; others may write there; not the expected hub), or the output could not be written; 2 wrong
    usage, or the hub is not reached: try again.
    """
    from provisioning.box import blank_box, claim_box  # noqa: PLC0415 — `--help` needs none of it
    from provisioning.claim_link import claim_link  # noqa: PLC0415

    with _told_in_words():
        link = claim_link(code, hub_url=hub, ca=ca)
        box = blank_box(version("hanout"), listen_host=listen_host, listen_port=listen_port)
        found, warning = claim_box(directory, link, box)
    if warning:
        typer.echo(f"hanout-provision: {warning}", err=True)
    configuration = str(directory / "agent.toml")
    if as_json:
        told = {"device_id": str(found.device_id), "name": found.name, "store": found.store_name}
        typer.echo(json.dumps({**told, "configuration": configuration}, ensure_ascii=False))
    else:
        typer.echo(f"This box is {found.name} of {found.store_name}, device {found.device_id}.")
        typer.echo(f"Start it: hanout-edge serve --config {configuration}")


@app.command()
def doctor(
    config: ConfigFile,
    full: Annotated[
        bool, typer.Option("--full", help="Check every page of the database; takes minutes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at a box and at its way to broker and hub, and say what to do. Changes nothing.

    Exit codes: 0 all is well; 1 something needs a person; 2 could not look.
    """
    from provisioning.doctor import diagnose  # noqa: PLC0415

    with _told_in_words(refused=_NO_ANSWER):
        found = diagnose(config, full=full)
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        _print_diagnosis(found)
    raise typer.Exit(0 if found.ok else _WRONG)


@app.command()
def rotate(
    config: ConfigFile,
    timeout_s: Annotated[float, typer.Option("--timeout", help="Seconds to wait.")] = 60.0,
) -> None:
    """Have the running agent renew its certificate with a new key now.

    Exit codes: 0 the hub welcomed the agent with the new certificate; 1 the renewal was refused; 2
    the configuration cannot be used, or nobody answered in time: the old certificate stays in use.
    """
    from provisioning.rotation import rotate as ask  # noqa: PLC0415

    with _told_in_words():
        told = ask(config, request_id=uuid.uuid4().hex, timeout_s=timeout_s)
    typer.echo(told)


@app.command()
def replace(
    hub: HubUrl,
    device: Annotated[
        uuid.UUID, typer.Option("--device", help="The id of the device to be replaced.")
    ],
    name: Annotated[
        str | None, typer.Option(help="The new box's name; else the old one's.")
    ] = None,
    token: Token = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """At the office: a code with which another box takes a dead one's place.

    The dead box is revoked as soon as the new one has claimed; bring its journal in with `import`.

    Exit codes: 0 here is the code; 1 refused; 2 wrong usage, or the hub is not reached.
    """
    from provisioning.office import replacement_claim, signed_in  # noqa: PLC0415

    with (
        _told_in_words(),
        signed_in(hub, token=token, email=email, password=_asked(email, password)) as office,
    ):
        found = replacement_claim(office, device, name=name)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print_claim(found)


@app.command("import")
def import_journal(
    file: Annotated[Path, typer.Argument(help="What `hanout-edge export` wrote.")],
    hub: HubUrl,
    token: Token = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """At the office: hand a dead box's journal to the hub. Repeating it changes nothing.

    Exit codes: 0 the hub holds all of it; 1 refused, the sentence says why; 2 wrong usage, the file
    is no journal, or the hub is not reached.
    """
    from provisioning.office import bring, signed_in  # noqa: PLC0415

    columns = (TextColumn("sent"), BarColumn(), DownloadColumn())
    with (
        _told_in_words(),
        signed_in(hub, token=token, email=email, password=_asked(email, password)) as office,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("sent", total=file.stat().st_size if file.exists() else None)
        found = bring(office, file, on_progress=lambda more: progress.advance(task, more))
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(
            f"Facts {found['from']} to {found['to']} of device {found['device_id']}:"
            f" {found['new']} new, {found['known']} known already."
        )


@app.command()
def status(
    agent: Annotated[str, typer.Argument(help="The agent's address, as http://192.168.1.20:8443.")],
    as_json: AsJson = False,
) -> None:
    """Whether a shop's agent serves, and what it still owes the hub.

    Exit codes: 0 it serves; 1 it answers and is not ready; 2 no agent answers there.
    """
    from provisioning.agent_status import asked, table  # noqa: PLC0415

    with _told_in_words():
        found, told = asked(agent)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        show(table(agent, told))
    raise typer.Exit(0 if told.ready else _WRONG)


@contextmanager
def _told_in_words(*, refused: int = _WRONG) -> Iterator[None]:
    """What goes wrong inside is one sentence on stderr and an exit code."""
    try:
        yield
    except HanoutError as error:
        typer.echo(f"hanout-provision: {error.message}", err=True)
        again = isinstance(error, Malformed | Unavailable)
        raise typer.Exit(_NO_ANSWER if again else refused) from error
    except UnicodeError as error:
        typer.echo("hanout-provision: an option holds what is no text: type it anew.", err=True)
        raise typer.Exit(_NO_ANSWER) from error
    except OSError as error:
        typer.echo(f"hanout-provision: {error}", err=True)
        raise typer.Exit(refused) from error


def _asked(email: str | None, password: str | None) -> str | None:
    if email and not password:
        return str(typer.prompt("Password", hide_input=True, err=True))
    return password


def _print_claim(found: dict[str, Any]) -> None:
    import segno  # noqa: PLC0415 — only here

    typer.echo(f"{found['store_name']}, {found['name']}: {found['code']}")
    typer.echo(f"holds until {found['expires_at']}; shown only now. On the new box:")
    typer.echo(f"  hanout-provision claim '{found['claim_uri']}' --directory /var/lib/hanout")
    segno.make(found["claim_uri"], error="m").terminal(compact=True)


def _print_diagnosis(found: Diagnosis) -> None:
    table = Table("check", "", "what to do")
    for each in found.findings:
        table.add_row(
            each.check, f"[{_STYLES[each.level]}]{escape(each.value)}[/]", escape(each.todo)
        )
    show(table)
