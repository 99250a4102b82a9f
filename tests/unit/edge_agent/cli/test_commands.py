from pathlib import Path

from typer.testing import CliRunner

from edge_agent.cli import app
from tests.integration.edge_agent.shop_seed import write_config

runner = CliRunner()


def test_a_wrong_configuration_is_told_on_stderr_with_2(tmp_path: Path) -> None:
    missing = runner.invoke(app, ["serve", "--config", str(tmp_path / "none.toml")])
    assert (missing.exit_code, missing.stdout) == (2, "")
    wrong = runner.invoke(
        app, ["serve", "--config", str(write_config(tmp_path, listen_port=99_999))]
    )
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "listen_port" in wrong.stderr


def test_without_an_agent_there_is_no_status(tmp_path: Path) -> None:
    config = write_config(tmp_path, listen_port=1)
    told = runner.invoke(app, ["sync-status", "--config", str(config), "--json"])
    assert (told.exit_code, told.stdout) == (1, "")
    assert "no agent answers" in told.stderr
