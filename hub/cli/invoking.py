"""What every command does first and last: read the settings, say in a sentence what went wrong."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError

from hub.settings import HubSettings
from protocol.errors import HanoutError


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
