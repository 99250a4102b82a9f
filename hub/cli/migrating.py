"""`hanout-hub migrate`."""

from collections.abc import Mapping

import typer

from hub.cli.invoking import read_settings, run_to_end
from hub.kit import schema

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the database's roles and schema to this release; nothing happens when they are."""
    settings = read_settings()
    given = {
        "app": settings.app_password,
        "ingest": settings.ingest_password,
        "admission": settings.admission_password,
    }
    passwords = {role: word.get_secret_value() for role, word in given.items() if word}
    attributes: Mapping[str, object] = {"passwords": passwords}
    run_to_end(lambda: schema.upgrade(settings.url("migrator_database_url"), attributes))
    typer.echo(f"The schema is at {schema.head_revision()}.")
