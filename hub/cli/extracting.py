"""`hanout-hub extract`: a month's figures as CSV files, whole or not at all."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hub.analytics.extract_rules import Month, Row, month_of
from hub.analytics.extract_service import MonthlyExtracts
from hub.cli.invoking import read_settings, run_to_end
from hub.kit.clock import SystemClock
from hub.kit.db import Database, Timeouts
from hub.kit.files import write_whole
from hub.kit.safety import refuse_unsafe_database
from hub.settings import HubSettings
from hub.tenancy.fiscal_service import FiscalTerms

app = typer.Typer()

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
# A month of all stores in one statement.
_TIMEOUTS = Timeouts(statement_ms=300_000, transaction_ms=600_000)


@app.command()
def extract(
    tenant: Annotated[UUID, typer.Option(help="The tenant's id.")],
    month: Annotated[str, typer.Option(help="Of business dates, as 2026-11.")],
    legal_entity: Annotated[str | None, typer.Option(help="One alone: its code.")] = None,
    out: Annotated[Path, typer.Option(help="The folder for the files.", file_okay=False)] = Path(),
) -> None:
    """Write TVA by rate, stamp duty and the daily sales journal of a month, for Excel in French."""
    settings, tables = read_settings(), dict[str, list[Row]]()

    async def run() -> None:
        tables.update(await _extract(settings, tenant, month_of(month), legal_entity=legal_entity))

    run_to_end(run)
    suffix = f"-{_NOT_IN_NAMES.sub('-', legal_entity)}" if legal_entity else ""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            typer.echo(str(_write(out / f"{name}-{month}{suffix}.csv", rows)))
    except OSError as error:
        typer.echo(f"The files cannot be written: {error}", err=True)
        raise typer.Exit(1) from error


async def _extract(
    settings: HubSettings, tenant: UUID, month: Month, *, legal_entity: str | None
) -> dict[str, list[Row]]:
    """File → its rows, headings first."""
    database = Database(settings.url("database_url"), pool_size=1, timeouts=_TIMEOUTS)
    try:
        await refuse_unsafe_database(database)
        extracts = MonthlyExtracts(database, fiscal=FiscalTerms(SystemClock()))
        taxes = await extracts.taxes(tenant, month, legal_entity=legal_entity)
        duty = await extracts.duty(tenant, month, legal_entity=legal_entity)
        journal: list[Row] = []
        columns = (TextColumn("days"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("days", total=month.last.day + 1)
            async for rows in extracts.journal(tenant, month, legal_entity=legal_entity):
                journal += rows
                progress.advance(task)
    finally:
        await database.close()
    return {"tva": taxes, "timbre": duty, "journal": journal}


def _write(file: Path, rows: Iterable[Row]) -> Path:
    """UTF-8 with a byte order mark and semicolons: how Excel in French opens it by itself."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    write_whole(file, text.getvalue().encode("utf-8-sig"))
    return file
