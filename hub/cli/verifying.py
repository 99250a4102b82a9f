"""`hanout-hub verify`: proves the hub's copy of journals, and the books against them.

Exit codes: 0 everything holds, 1 not possible now, 2 wrong usage, 3 something does not hold.
"""

import json
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from hub.cli.invoking import read_settings, run_to_end
from hub.fleet.service import Fleet
from hub.ingest.proof import DeviceProof, JournalProofs
from hub.ingest.proof_rules import FactsProof
from hub.kit.clock import SystemClock
from hub.kit.db import Database
from hub.kit.safety import refuse_unsafe_database
from hub.settings import HubSettings
from protocol.errors import NotFound

app = typer.Typer()

DOES_NOT_HOLD = 3
_SHOWN_FINDINGS = 40
_COLUMNS = {"facts": "rows", "tickets": "tickets", "Z": "z_reports", "invoices": "invoices"}
_BESIDES = {
    "repeated": "sent again",
    "pending": "not in the books yet",
    "unchecked": "signed by keys that the hub does not keep",
}


@app.command()
def verify(
    tenant: Annotated[UUID, typer.Option(help="The tenant's id.")],
    store: Annotated[str | None, typer.Option(help="One store alone: its id or code.")] = None,
    device: Annotated[UUID | None, typer.Option(help="One device alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Read every journal anew: chain, gaps, figures, series, Z reports, signatures, the books.

    Changes nothing. 0: all of it holds; 3: something does not, and is listed.
    """
    settings, proofs = read_settings(), list[DeviceProof]()
    run_to_end(lambda: _prove(settings, proofs, tenant=tenant, store=store, device=device))
    if as_json:
        typer.echo(json.dumps(_summary(proofs)))
    else:
        _show(proofs)
    if any(proof.findings for proof in proofs):
        raise typer.Exit(DOES_NOT_HOLD)


async def _prove(
    settings: HubSettings,
    proofs: list[DeviceProof],
    *,
    tenant: UUID,
    store: str | None,
    device: UUID | None,
) -> None:
    """Adds one proof per device, in the order in which the boxes of each store came."""
    clock = SystemClock()
    database = Database(settings.url("database_url"), pool_size=1)
    columns = (TextColumn("facts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        await refuse_unsafe_database(database)
        journals = JournalProofs(database, fleet=Fleet(clock))
        found = await journals.devices(tenant, store=store, device_id=device)
        if not found:
            raise NotFound("unknown-device", "There is no such tenant, store or device.")
        stores: dict[UUID, FactsProof] = {}
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("facts", total=sum(rows for _, rows in found))
            for one, _ in found:
                facts = stores.setdefault(one.store_id, FactsProof(whole=device is None))
                proofs.append(
                    await journals.prove(
                        tenant,
                        one,
                        facts,
                        on_read=lambda more: progress.advance(task, more),
                    )
                )
    finally:
        await database.close()


def _summary(proofs: list[DeviceProof]) -> dict[str, Any]:
    return {
        "proven": not any(proof.findings for proof in proofs),
        "findings": sum(len(proof.findings) + proof.more for proof in proofs),
        "devices": msgspec.to_builtins(proofs),
    }


def _show(proofs: list[DeviceProof]) -> None:
    console = Console()
    table = Table(title="Journals", caption=_besides(proofs))
    for heading in ("store", "device"):
        table.add_column(heading, overflow="fold")
    for heading in (*_COLUMNS, "does not hold"):
        table.add_column(heading, justify="right")
    for proof in proofs:
        counts = [f"{getattr(proof, name):,}" for name in _COLUMNS.values()]
        odd = len(proof.findings) + proof.more
        table.add_row(escape(proof.store), escape(proof.name), *counts, f"{odd:,}")
    console.print(table)
    for proof in proofs:
        if proof.findings:
            console.print(_findings(proof))


def _besides(proofs: list[DeviceProof]) -> str | None:
    sums = {name: sum(getattr(proof, name) for proof in proofs) for name in _BESIDES}
    words = [f"{count:,} {_BESIDES[name]}" for name, count in sums.items() if count]
    return "; ".join(words) or None


def _findings(proof: DeviceProof) -> Table:
    beyond = len(proof.findings) + proof.more - _SHOWN_FINDINGS
    more = f"{beyond:,} more: --json lists them" if beyond > 0 else None
    table = Table(title=f"{escape(proof.store)}, {escape(proof.name)}", caption=more)
    for heading in ("epoch", "seq", "what", "where", "expected", "found", "fact"):
        table.add_column(heading, overflow="fold")
    for one in proof.findings[:_SHOWN_FINDINGS]:
        words = (one.code, one.subject, one.expected, one.found, one.fact_id)
        table.add_row(
            str(one.epoch), str(one.seq), *(escape(str(word)) if word else "" for word in words)
        )
    return table
