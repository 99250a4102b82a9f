"""`hanout-edge verify`: prove, and say what does not hold."""

from pathlib import Path

import msgspec
import typer
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from edge_agent.cli.verify.sources import prove_archive, prove_folder, public_key
from edge_agent.cli.verify.verdict import MOST_FAULTS, Verdict
from protocol.errors import HanoutError

_PROVED, _NOT_PROVED, _IMPOSSIBLE = 0, 1, 2
_SHOWN = 20


class VerifyRequest(Struct, frozen=True, kw_only=True):
    """What to prove: a folder or a file, exactly one; `certificates`: files of those who may have
    signed Zs."""

    folder: Path | None = None
    archive: Path | None = None
    certificates: tuple[Path, ...] = ()


def run_verify(request: VerifyRequest, *, as_json: bool) -> int:
    """Print the verdict; the command's exit code."""
    try:
        keys = [public_key(file.read_text()) for file in request.certificates]
        verdict = _proved(request, keys)
    except (HanoutError, OSError) as error:
        typer.echo(f"hanout-edge: {error}", err=True)
        return _IMPOSSIBLE
    if as_json:
        typer.echo(msgspec.json.encode({"ok": verdict.ok, **msgspec.structs.asdict(verdict)}))
    else:
        _print(verdict)
    return _PROVED if verdict.ok else _NOT_PROVED


def _proved(request: VerifyRequest, keys: list[bytes]) -> Verdict:
    columns = (SpinnerColumn(), TextColumn("{task.completed} facts"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("facts", total=None)

        def on_progress(more: int) -> None:
            progress.advance(task, more)

        if request.archive is not None:
            return prove_archive(request.archive, keys=keys, on_progress=on_progress)
        assert request.folder is not None
        return prove_folder(request.folder, keys=keys, on_progress=on_progress)


def _print(verdict: Verdict) -> None:
    console = Console()
    counts = Table("looked at", "", "")
    for what, count, note in (
        ("facts", verdict.fact_count, f"{verdict.first_seq} to {verdict.last_seq}"),
        ("tickets", verdict.ticket_count, f"{verdict.unproved_tickets} unproved"),
        ("  that say themselves what differs", verdict.flagged_count, ""),
        ("invoices and credit notes", verdict.invoice_count, ""),
        ("Z reports", verdict.z_count, f"{verdict.unproved_zs} unproved"),
        ("  signed by a known key", verdict.signed_zs, f"{verdict.unproved_signatures} by others"),
        ("  chained anew since", verdict.rechained_zs, ""),
    ):
        counts.add_row(what, str(count), note)
    console.print(counts)
    if verdict.ok:
        console.print("[green]The journal holds.[/]")
        return
    faults = Table("fact", "fault", "where", "expected", "found")
    for fault in verdict.faults[:_SHOWN]:
        told = (fault.code, fault.subject, fault.expected, fault.found)
        faults.add_row(str(fault.seq), *map(escape, told))
    console.print(faults)
    console.print(f"[red]{verdict.fault_count} faults[/]; --json names the first {MOST_FAULTS}.")
