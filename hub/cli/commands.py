"""The commands; each reads the settings, builds what it needs and ends."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from hub.cli.seed_file import SeedFile
from hub.cli.seeding import Seeding
from hub.identity.service import Identity
from hub.kit import schema
from hub.kit.clock import SystemClock
from hub.kit.db import Database, Timeouts
from hub.kit.ids import system_ids
from hub.kit.passwords import Passwords
from hub.kit.safety import refuse_unsafe_role
from hub.settings import HubSettings
from protocol.errors import HanoutError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The hub: many tenants' books, and what their shops hold.",
)
user = typer.Typer(no_args_is_help=True, help="Users of the hub.")
app.add_typer(user, name="user")

# A tenant with many thousand products is one transaction.
_SEED_TIMEOUTS = Timeouts(statement_ms=120_000, lock_ms=30_000, idle_ms=60_000)


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
        async with database.lookup() as session:
            await refuse_unsafe_role(session, revision=schema.head_revision())
        ids = system_ids(clock)
        await Seeding(database, clock=clock, ids=ids, passwords=passwords).seed(tenants)
    finally:
        passwords.close()
        await database.close()


async def _reset(settings: HubSettings, email: str, password: str) -> None:
    clock, passwords = SystemClock(), Passwords()
    database = Database(settings.url("database_url"), pool_size=2)
    try:
        async with database.lookup() as session:
            await refuse_unsafe_role(session, revision=schema.head_revision())
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


def read_settings() -> HubSettings:
    """The environment's settings; ends the program with what is wrong with them."""
    try:
        return HubSettings()
    except ValidationError as error:
        typer.echo(f"The settings are wrong: {error}", err=True)
        raise typer.Exit(1) from error


def run_to_end(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it; an error of ours ends the program with its sentence and exit code 1."""
    with refusing():
        asyncio.run(work())


@contextmanager
def refusing() -> Iterator[None]:
    """An error of ours inside ends the program with its sentence and exit code 1."""
    try:
        yield
    except HanoutError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
