from pathlib import Path

import pytest
from pydantic import ValidationError

from edge_agent.settings import EdgeSettings

TOML = """
data_dir = "/var/lib/hanout"
device_id = "0192d6a0-0000-7000-8000-0000000000aa"
organization_id = "0192d6a0-0000-7000-8000-0000000000cc"
store_id = "0192d6a0-0000-7000-8000-0000000000bb"
listen_port = 8080
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "edge.toml"
    path.write_text(text)
    return path


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, TOML)
    assert EdgeSettings.from_file(path, environment={}).listen_port == 8080
    monkeypatch.setenv("HANOUT_EDGE_LISTEN_PORT", "9090")
    found = EdgeSettings.from_file(path, environment={"HANOUT_EDGE_LISTEN_PORT": "9090"})
    assert found.listen_port == 9090


@pytest.mark.parametrize(
    "more",
    [
        "colour = 'blue'",
        "listen_port = 70000",
        "broker_host = 'broker.example'",
        "backoff_initial_ms = 10\nbackoff_max_ms = 5",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, more: str) -> None:
    text = TOML.replace("listen_port = 8080", "") + more
    with pytest.raises(ValidationError):
        EdgeSettings.from_file(write(tmp_path, text), environment={})


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    found = EdgeSettings.from_file(write(tmp_path, TOML), environment={})
    with pytest.raises(ValidationError):
        found.listen_port = 1  # type: ignore[misc]
