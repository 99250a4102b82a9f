"""`.ci/venv` makes a whole environment of whatever an interruption left behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

# What `pip install -e .` asks of a build backend, with nothing to fetch.
BACKEND = """\
import zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "hanout-0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        folder = "hanout-0.dist-info"
        wheel.writestr(f"{folder}/METADATA", "Metadata-Version: 2.1\\nName: hanout\\nVersion: 0\\n")
        wheel.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{folder}/RECORD", "")
    return name
"""
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout that needs nothing from the network."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "venv", tmp_path / ".ci")
    (tmp_path / "requirements").mkdir()
    for name in ("bootstrap", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").touch()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    return tmp_path


def make_environment(tree: Path) -> subprocess.CompletedProcess[str]:
    alone = {**os.environ, "PYTHON": sys.executable, "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [".ci/venv"], cwd=tree, env=alone, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.slow
def test_an_environment_whose_making_was_interrupted_is_made_anew(tree: Path) -> None:
    """Python stands in the folder before pip does; a whole environment is left as it is."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True, timeout=60
    )
    mended = make_environment(tree)
    assert mended.returncode == 0, mended.stderr
    assert "making .venv" in mended.stderr
    assert (tree / ".venv" / ".stamp").is_file()

    again = make_environment(tree)
    assert again.returncode == 0, again.stderr
    assert "making .venv" not in again.stderr
