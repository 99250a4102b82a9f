"""The pooler as a program that can be killed and started again."""

from pathlib import Path

from provisioning.demo.spawning import ChildSpec
from tests.integration.hub.kit.pgbouncer import PgBouncer


def pooler_spec(pooler: PgBouncer, folder: Path) -> ChildSpec:
    """PgBouncer under its launcher's eyes."""
    return ChildSpec(
        name="pooler",
        wrapper=pooler.wrapper,
        command=pooler.command,
        log_file=folder / "pooler.log",
        ready=lambda child: "process up" in child.output(),
    )
