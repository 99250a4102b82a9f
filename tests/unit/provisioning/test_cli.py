"""The technician's command, against an address where nobody answers and its own help."""

from typer.testing import CliRunner

from provisioning.cli import app
from provisioning.demo.ports import free_port


def test_an_address_where_nobody_answers_is_said_and_has_its_own_exit_code() -> None:
    done = CliRunner().invoke(app, ["status", f"http://127.0.0.1:{free_port()}"])
    assert done.exit_code == 2
    assert "No agent answers" in done.stderr


def test_an_address_that_is_none_is_said_too() -> None:
    done = CliRunner().invoke(app, ["status", "shop one"])
    assert done.exit_code == 2


def test_help_names_the_command() -> None:
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    assert "status" in done.stdout
