"""`hanout-edge doctor`: look, decide, say."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge_agent.cli.doctor import probes, rules
from edge_agent.kit.time_floor import TimeFloor
from edge_agent.settings import EdgeSettings
from protocol.messages.doctor import Diagnosis, Finding, diagnosis

_WELL, _NOT_WELL, _IMPOSSIBLE = 0, 1, 2
_STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


def run_doctor(settings: EdgeSettings, *, config: Path, full: bool, as_json: bool) -> int:
    """Print the diagnosis; the command's exit code. `config`: where the settings are from."""
    try:
        found = [
            rules.access(probes.open_to_others(config, settings)),
            *_findings(settings, now=datetime.now(UTC), full=full),
        ]
    except OSError as error:
        typer.echo(f"hanout-edge: {settings.data_dir} cannot be looked at: {error}", err=True)
        return _IMPOSSIBLE
    told = diagnosis(found)
    if as_json:
        typer.echo(msgspec.json.encode(told))
    else:
        _print(told)
    return _WELL if told.ok else _NOT_WELL


def _findings(settings: EdgeSettings, *, now: datetime, full: bool) -> list[Finding]:
    floor = TimeFloor(settings.data_dir).at
    sync, complaint = probes.running(settings)
    not_after, why = probes.certificate_end(settings)
    try:
        latency_ms, failed = probes.slowest_write_ms(settings.data_dir), ""
    except OSError as error:
        latency_ms, failed = None, str(error)
    own = [
        rules.clock(now, floor=floor, offset_ms=None if sync is None else sync.hub_offset_ms),
        rules.disk(probes.disk(settings.data_dir)),
        rules.write_latency(latency_ms, error=failed),
        rules.sqlite_version(sqlite3.sqlite_version_info[:3]),
        rules.certificate(not_after, now=max(now, floor or now), complaint=why),
    ]
    if not probes.was_started(settings.data_dir):
        return [*rules.never_started(), *own]
    journal, complaints = probes.database(settings.data_dir, full=full, now=now)
    if journal is not None:
        own += [rules.outbox(journal), rules.hub_lag(journal, sync)]
    own.append(rules.quarantine(sync))
    return [rules.agent(complaint), rules.integrity(complaints), *own]


def _print(found: Diagnosis) -> None:
    table = Table("check", "", "what to do")
    for each in found.findings:
        table.add_row(
            each.check, f"[{_STYLES[each.level]}]{escape(each.value)}[/]", escape(each.todo)
        )
    Console().print(table)
