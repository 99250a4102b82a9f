"""What a command says must reach somebody: an output that cannot be written is an error, in words.

The work itself may be done by then, so the sentence asks for the same command again: each may be
repeated.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import typer
from rich.console import Console, RenderableType
from typer.core import TyperGroup

_UNWRITTEN = 1


class SpeakingGroup(TyperGroup):
    """Commands whose unwritable output ends with a sentence on stderr and exit code 1."""

    def main(self, *args: Any, **more: Any) -> Any:
        """As Typer's; help is written before any command is invoked."""
        with _heard():
            return super().main(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """As Typer's, which would end in silence where a pipe is closed."""
        with _heard():
            return super().invoke(ctx)


def show(shown: RenderableType) -> None:
    """A table for people, through one write."""
    console = Console()
    with console.capture() as captured:
        console.print(shown)
    typer.echo(captured.get(), nl=False)


@contextmanager
def _heard() -> Iterator[None]:
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except (OSError, UnicodeEncodeError) as error:
        _let_go()
        with suppress(OSError):
            typer.echo(
                f"hanout-provision: the output cannot be written ({error}). The work may"
                " be done: give the same command again, with an output that takes it.",
                err=True,
            )
        sys.exit(_UNWRITTEN)


def _let_go() -> None:
    """What is still buffered goes nowhere: the interpreter would try it again at its end."""
    with suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
