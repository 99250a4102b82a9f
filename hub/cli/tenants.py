"""`hanout-hub seed` and `hanout-hub user`: each builds what it needs and ends."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from hub.cli.invoking import read_settings, run_to_end
from hub.cli.seed_file import SeedFile
from hub.cli.seeding import Seeding
from hub.identity.service import Identity
from hub.kit.clock import SystemClock
from hub.kit.db import Database, Timeouts
from hub.kit.ids import system_ids
from hub.kit.passwords import Passwords
from hub.kit.safety import refuse_unsafe_database
from hub.settings import HubSettings

app = typer.Typer()
user = typer.Typer(no_args_is_help=True, help="Users of the hub.")
app.add_typer(user, name="user")

# A tenant with many thousand products is one transaction.
_SEED_TIMEOUTS = Timeouts(
    statement_ms=120_000, lock_ms=30_000, idle_ms=60_000, transaction_ms=3_600_000
)


@app.command()
def seed(file: Annotated[Path, typer.Argument(help="Tenants as JSON.", exists=True)]) -> None:
    """Create or update the tenants of a file, and publish to their shops. May be repeated."""
    settings = read_settings()
    try:
        tenants = SeedFile.model_validate_json(file.read_bytes())
    except ValidationError as error:
        typer.echo(f"{file} is no seed file: {error}", err=True)
        raise typer.Exit(1) from error
    run_to_end(lambda: _seed(settings, tenants))
    stores = sum(len(tenant.stores) for tenant in tenants.tenants)
    products = sum(len(tenant.products) for tenant in tenants.tenants)
    typer.echo(f"{len(tenants.tenants)} tenants, {stores} stores, {products} products.")


@user.command("reset")
def reset_password(
    email: Annotated[str, typer.Argument(help="Whose password.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Give a user a new password and end their sessions."""
    settings = read_settings()
    run_to_end(lambda: _reset(settings, email, password))
    typer.echo(f"{email} has a new password; every session is ended.")


async def _seed(settings: HubSettings, tenants: SeedFile) -> None:
    clock, passwords = SystemClock(), Passwords()
    database = Database(settings.url("database_url"), pool_size=2, timeouts=_SEED_TIMEOUTS)
    try:
        await refuse_unsafe_database(database)
        ids = system_ids(clock)
        await Seeding(database, clock=clock, ids=ids, passwords=passwords).seed(tenants)
    finally:
        passwords.close()
        await database.close()


async def _reset(settings: HubSettings, email: str, password: str) -> None:
    clock, passwords = SystemClock(), Passwords()
    database = Database(settings.url("database_url"), pool_size=2)
    try:
        await refuse_unsafe_database(database)
        identity = Identity(
            database,
            clock=clock,
            ids=system_ids(clock),
            passwords=passwords,
            random_bytes=os.urandom,
        )
        await identity.reset_password(email, password)
    finally:
        passwords.close()
        await database.close()
