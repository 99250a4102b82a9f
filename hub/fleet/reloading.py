"""Telling a broker on the same machine that its files changed."""

import os
import signal
from pathlib import Path
from typing import Protocol

from protocol.errors import Unavailable

_LONGEST_PID = 20


class Reload(Protocol):
    """Makes the broker read its files anew."""

    def __call__(self) -> None:
        """Raises Unavailable when the broker does not run."""
        ...


class PidFileReload:
    """SIGHUP to the process that a file names, after a look at what that process is.

    A file that outlived its broker may name somebody else by now, whom SIGHUP would end.
    """

    def __init__(self, pid_file: Path, *, program: str, proc: Path = Path("/proc")) -> None:
        self._pid_file = pid_file
        self._program = program
        self._proc = proc

    def __call__(self) -> None:
        """Raises Unavailable `broker-away`."""
        try:
            with self._pid_file.open(encoding="ascii") as file:
                pid = int(file.read(_LONGEST_PID))
            name = (self._proc / str(pid) / "comm").read_text(encoding="utf-8").strip()
            if name != self._program:
                raise Unavailable("broker-away", f"Process {pid} is no {self._program}.")
            os.kill(pid, signal.SIGHUP)
        except (OSError, ValueError) as error:
            raise Unavailable("broker-away", f"{self._program} cannot be told: {error}.") from error


def at_next_start() -> None:
    """For files that are written before the broker is there."""
