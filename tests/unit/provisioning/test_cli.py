"""The technician's command, against an address where nobody answers and its own help."""

from uuid import UUID

import pytest
from typer.testing import CliRunner

from provisioning.cli import app
from provisioning.demo.ports import free_port


def test_an_address_where_nobody_answers_is_said_and_has_its_own_exit_code() -> None:
    done = CliRunner().invoke(app, ["status", f"http://127.0.0.1:{free_port()}"])
    assert done.exit_code == 2
    assert "No agent answers" in done.stderr


@pytest.mark.parametrize(
    "address",
    ["shop one", "http://127.0.0.1:abc", "http://hub..example", "http://xn--a.example", "\udcff"],
)
def test_an_address_that_is_none_is_said_too(address: str) -> None:
    done = CliRunner().invoke(app, ["status", address])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("address", ["http://127.0.0.1:abc", "https://hub..example", "hub"])
@pytest.mark.parametrize(
    "command",
    [
        ["claim", "7KQ2-M9XA-04ZT", "--directory", "nowhere"],
        ["replace", "--device", str(UUID(int=1)), "--token", "own"],
        ["import", "nothing.hanout", "--token", "own"],
    ],
)
def test_a_hub_that_is_no_address_is_wrong_usage(command: list[str], address: str) -> None:
    done = CliRunner().invoke(app, [*command, "--hub", address])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "is no address" in done.stderr


def test_a_configuration_that_is_missing_is_wrong_usage() -> None:
    for command in ("rotate", "doctor"):
        done = CliRunner().invoke(app, [command, "--config", "nothing.toml"])
        assert (done.exit_code, "cannot be used" in done.stderr) == (2, True)


def test_help_names_the_command() -> None:
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    assert "status" in done.stdout
