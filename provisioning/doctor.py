"""The agent's own doctor, asked as a command, and the network, looked at from the same box."""

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from protocol.errors import Unavailable
from protocol.messages.doctor import Diagnosis, diagnosis
from provisioning.box_configuration import read_configuration
from provisioning.network_probes import look

_TIMEOUT_S = 600.0
_COULD_NOT_LOOK = 2


def diagnose(configuration: Path, *, full: bool) -> Diagnosis:
    """Everything that was looked at; raises Malformed, Unavailable `no-doctor`."""
    box = read_configuration(configuration)
    own = _ask_agent_doctor(configuration, full=full)
    return diagnosis([*own.findings, *look(box)])


def _ask_agent_doctor(configuration: Path, *, full: bool) -> Diagnosis:
    command = [_program(), "doctor", "--config", str(configuration), "--json"]
    if full:
        command.append("--full")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
        if done.returncode == _COULD_NOT_LOOK:
            raise Unavailable("no-doctor", done.stderr.strip()[-500:])
        return msgspec.json.decode(done.stdout, type=Diagnosis)
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise Unavailable("no-doctor", f"hanout-edge doctor could not be run: {error}") from error


def _program() -> str:
    beside = Path(sys.executable).parent / "hanout-edge"
    return str(beside) if beside.exists() else shutil.which("hanout-edge") or "hanout-edge"
