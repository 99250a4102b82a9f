"""`hanout-edge export`: the archive into a file, whole or not at all."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from edge_agent.customers.service import CustomerService
from edge_agent.journal.reading import JournalFile
from edge_agent.kit.durable_files import rename_durably
from edge_agent.settings import EdgeSettings
from edge_agent.sync.exporting import ExportParts, Span, span, write_archive
from edge_agent.sync.identity import DeviceIdentity
from protocol.codec.certificates import sign_digest
from protocol.errors import HanoutError

_WRITTEN, _DAMAGED, _IMPOSSIBLE = 0, 1, 2


def run_export(settings: EdgeSettings, *, out: Path, everything: bool, as_json: bool) -> int:
    """Write the file; the command's exit code."""
    if settings.certificate_file is None or settings.key_file is None:
        return _impossible("without certificate_file and key_file nothing can be signed")
    try:
        pair = DeviceIdentity(settings.certificate_file, settings.key_file).current()
        with JournalFile(settings.data_dir / "hanout.db") as journal:
            found = span(journal, everything=everything)
            parts = ExportParts(
                journal=journal,
                person_keys=CustomerService.keys_in,
                certificate_pem=pair.certificate_file.read_text(),
                sign=lambda digest: sign_digest(pair.key_file.read_bytes(), digest),
                created_at=datetime.now(UTC),
            )
            if found.count:
                _write(parts, found, out)
    except (HanoutError, OSError) as error:
        return _impossible(str(error))
    _report(found, out, as_json=as_json)
    return _WRITTEN if found.broken_at is None else _DAMAGED


def _write(parts: ExportParts, found: Span, out: Path) -> None:
    unfinished = out.with_name(f".{out.name}.new")
    unfinished.unlink(missing_ok=True)
    columns = (TextColumn("facts"), BarColumn(), MofNCompleteColumn())
    try:
        with (
            os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
            Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task("facts", total=found.count)
            write_archive(parts, found, to, on_progress=lambda more: progress.advance(task, more))
            to.flush()
            os.fsync(to.fileno())
        rename_durably(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)


def _report(found: Span, out: Path, *, as_json: bool) -> None:
    if as_json:
        written = str(out) if found.count else None
        told = {"from": found.first, "to": found.last, "facts": found.count, "file": written}
        typer.echo(json.dumps({**told, "broken_at": found.broken_at}))
    elif found.count:
        typer.echo(f"{out}: facts {found.first} to {found.last}, {found.count} in all.")
    else:
        typer.echo("The hub holds every fact of this journal: no file was written.")
    if found.broken_at is not None:
        typer.echo(
            f"hanout-edge: the journal is damaged at {found.broken_at}; what lies behind is not in"
            " the file. Keep the card and send it in.",
            err=True,
        )


def _impossible(why: str) -> int:
    typer.echo(f"hanout-edge: {why}", err=True)
    return _IMPOSSIBLE
