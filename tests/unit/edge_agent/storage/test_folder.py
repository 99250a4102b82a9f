import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.storage.folder import AgentFolder
from protocol.errors import Unavailable


def test_one_agent_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "shop"
    with AgentFolder(path) as folder:
        assert folder.database.parent == path
        assert path.stat().st_mode & 0o077 == 0
        with pytest.raises(Unavailable) as refusal:
            AgentFolder(path)
        assert refusal.value.code == "folder-in-use"
        assert str(path) in refusal.value.message
    AgentFolder(path).close()


def test_a_killed_agent_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from edge_agent.storage.folder import AgentFolder; "
        "folder = AgentFolder(pathlib.Path(sys.argv[1])); print('locked', flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(Unavailable, match=str(other.pid)):
            AgentFolder(tmp_path)
        other.kill()
        other.wait()
    AgentFolder(tmp_path).close()
