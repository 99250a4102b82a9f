"""Only the broker is told, and only while it is the broker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.fleet.reloading import PidFileReload
from protocol.errors import Unavailable


def own_name() -> str:
    return Path(f"/proc/{os.getpid()}/comm").read_text(encoding="utf-8").strip()


def test_the_named_program_gets_sighup(tmp_path: Path) -> None:
    pid_file = tmp_path / "broker.pid"
    body = (
        "import signal, sys; signal.signal(signal.SIGHUP, lambda *_: sys.exit(7));"
        "print('up', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", body], stdout=subprocess.PIPE) as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline() == b"up\n"
        pid_file.write_text(f"{broker.pid}\n")
        name = Path(f"/proc/{broker.pid}/comm").read_text(encoding="utf-8").strip()
        PidFileReload(pid_file, program=name)()
        assert broker.wait(10) == 7


def test_who_took_over_its_number_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "broker.pid"
    pid_file.write_text(str(os.getpid()))
    got = []
    before = signal.signal(signal.SIGHUP, lambda *_: got.append(1))
    try:
        with pytest.raises(Unavailable) as caught:
            PidFileReload(pid_file, program="mosquitto")()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert caught.value.code == "broker-away"
    assert got == []
    assert own_name() != "mosquitto"


@pytest.mark.parametrize("content", [None, "", "x", "-1", "99999999999999999999999"])
def test_a_file_that_names_nobody_is_a_broker_that_is_away(
    tmp_path: Path, content: str | None
) -> None:
    pid_file = tmp_path / "broker.pid"
    if content is not None:
        pid_file.write_text(content)
    with pytest.raises(Unavailable):
        PidFileReload(pid_file, program="mosquitto")()
