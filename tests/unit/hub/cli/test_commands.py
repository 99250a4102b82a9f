"""The commands are found by name, and only what is asked for is imported."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hub.cli import app

_COMMANDS = [
    "migrate",
    "seed",
    "user",
    "verify",
    "ca",
    "admission",
    "serve",
    "ingest",
    "work",
    "all",
]


@pytest.mark.parametrize("command", _COMMANDS)
def test_each_says_what_it_is_for(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0
    assert f"hanout-hub {command}" in told.output or f"{command} [OPTIONS]" in told.output


def test_all_of_them_are_listed() -> None:
    told = CliRunner().invoke(app, ["--help"])
    assert told.exit_code == 0
    assert [name for name in _COMMANDS if f" {name} " not in told.output] == []


def test_an_unknown_one_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["serv"]).exit_code == 2


def test_the_authority_waits_for_no_web_server() -> None:
    """On a small machine every import is felt."""
    asked = (
        "import sys; from typer.testing import CliRunner; from hub.cli import app;"
        "CliRunner().invoke(app, ['ca', '--help']);"
        "print([name for name in ('fastapi', 'sqlalchemy', 'alembic') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, check=True, timeout=60
    )
    assert told.stdout.decode().strip() == "[]"
