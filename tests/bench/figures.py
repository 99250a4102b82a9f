"""A measured figure beside its goal, and the table of all of them."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table


class Figure(Struct, frozen=True, kw_only=True):
    """`goal` is met when `value` is at least it (`at_least`) or at most it. `beside`: what it was
    measured against in the same run, and whatever else explains it."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    beside: dict[str, float] = {}

    @property
    def met(self) -> bool | None:
        """None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(figures: Iterable[Figure]) -> Table:
    """For people."""
    shown = Table("what", "measured", "goal", "", "beside, in the same run")
    for one in figures:
        goal = "" if one.goal is None else f"{'≥' if one.at_least else '≤'} {one.goal:,g}"
        verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[one.met]
        beside = ", ".join(f"{name} {value:,.4g}" for name, value in one.beside.items())
        shown.add_row(one.name, f"{one.value:,.4g} {one.unit}", goal, verdict, beside)
    return shown


def write(path: Path, figures: Sequence[Figure], *, at: datetime) -> None:
    """For scripts."""
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[2],
    }
    document: dict[str, Any] = {
        "at": at.isoformat(timespec="seconds"),
        "machine": machine,
        "figures": [{**to_builtins(one), "met": one.met} for one in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def show(figures: Iterable[Figure]) -> None:
    """The table, on standard output."""
    Console().print(table(figures))
