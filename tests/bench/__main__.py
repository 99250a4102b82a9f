"""`python -m tests.bench [NAME…] [--json FILE]`: every figure beside its limit (DESIGN §8).

Nothing here is a timed test: a missed goal is shown, and the exit code stays 0.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.bench import edge, hub
from tests.bench.figures import Figure, show, write
from tests.bench.papers import papers
from tests.bench.pricing import pricing
from tests.bench.week import week

Measurement = Callable[[Path], Awaitable[list[Figure]]]
_RESULTS = Path(__file__).resolve().parents[2] / "bench-results"
MEASUREMENTS: dict[str, Measurement] = {
    "sale": edge.durable_sale,
    "sale-slow-disk": edge.durable_sale_slow_disk,
    "barcode": edge.barcode,
    "pricing": pricing,
    "papers": papers,
    "ingest": hub.ingest,
    "projection": hub.projection,
    "week": week,
    "agent": edge.weight,
}


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(MEASUREMENTS)}; all by default.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where to write; else bench-results/TIME.json.")
    ] = None,
) -> None:
    """Measure on real components and print a table."""
    unknown = sorted(set(names or ()) - set(MEASUREMENTS))
    if unknown:
        raise typer.BadParameter(f"no measurement is named {', '.join(unknown)}")
    console = Console(stderr=True)
    at = datetime.now(UTC)
    _RESULTS.mkdir(exist_ok=True)
    figures: list[Figure] = []
    # Beside the results, because /tmp may be memory and fsync there costs nothing.
    with tempfile.TemporaryDirectory(dir=_RESULTS, prefix="running-") as folder:
        for name in names or MEASUREMENTS:
            with console.status(f"measuring {name}"):
                place = Path(folder) / name
                place.mkdir()
                figures += asyncio.run(_measured(MEASUREMENTS[name], place))
    show(figures)
    write(json_file or _RESULTS / f"{at:%Y%m%dT%H%M%S}.json", figures, at=at)


async def _measured(measure: Measurement, folder: Path) -> list[Figure]:
    return await measure(folder)


if __name__ == "__main__":
    typer.run(bench)
