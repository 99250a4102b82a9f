"""The technicians' manual: every command in it exists as it is written there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from edge_agent.cli import app as edge
from provisioning.cli import app as provision

MANUAL = Path(__file__).parents[3] / "docs" / "technicians.md"
APPS = {"hanout-edge": edge, "hanout-provision": provision}
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
COMMANDS = [
    line.strip() for block in _BLOCK.findall(MANUAL.read_text()) for line in block.splitlines()
]


def commands_of(app: typer.Typer) -> dict[str, Any]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return dict(group.commands)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_manual_can_be_given_so(line: str) -> None:
    program, name, *arguments = shlex.split(line)
    command = commands_of(APPS[program])[name]
    command.make_context(name, arguments)  # raises UsageError for what it does not know


def test_every_command_is_in_the_manual() -> None:
    written = {tuple(line.split()[:2]) for line in COMMANDS}
    named = {name for program, name in written if program == "hanout-provision"}
    assert named == set(commands_of(provision))
