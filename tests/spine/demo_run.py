"""`python -m provisioning.demo` as a person or a script runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
_STARTS_S = 240
_ENDS_S = 60
# In a mount namespace of its own, nothing is where Mosquitto and its installer would be.
_HIDE = """
PATH="$PATH:/usr/sbin"
for program in mosquitto apt-get; do
  if found=$(command -v $program); then mount --bind /dev/null "$found"; fi
done
exec "$@"
"""


class DemoRun:
    """A demo on a folder. Its stdout is JSON lines or it is wrong."""

    def __init__(self, folder: Path, *arguments: str, wrapper: Sequence[str] = ()) -> None:
        self.folder = folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._log = folder.with_suffix(".log").open("ab")
        self._running = subprocess.Popen(
            [
                *wrapper,
                *(sys.executable, "-m", "provisioning.demo"),
                *(*arguments, "--data-dir", str(folder)),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    def line(self) -> dict[str, Any]:
        """The next line of stdout. Raises AssertionError with the log when there is none."""
        assert self._running.stdout is not None
        raw = _read_line(self._running.stdout)
        assert raw, f"the demo ended without a line: {self.log_tail()}"
        found: dict[str, Any] = json.loads(raw)
        return found

    def finish(self, timeout_s: float = _STARTS_S) -> tuple[int, list[dict[str, Any]]]:
        """Wait for its own end: exit code and all the lines that are left."""
        out, _ = self._running.communicate(timeout=timeout_s)
        return self._running.returncode, [json.loads(line) for line in out.splitlines()]

    def ctrl_c(self) -> int:
        """What a terminal sends: SIGINT to everyone in the foreground. The exit code."""
        os.killpg(self._running.pid, signal.SIGINT)
        return self._running.wait(_ENDS_S)

    def terminate(self) -> int:
        """SIGTERM to the program alone. The exit code."""
        self._running.terminate()
        return self._running.wait(_ENDS_S)

    def log_tail(self) -> str:
        """What it told people last."""
        return self.folder.with_suffix(".log").read_text(errors="replace")[-3000:]

    def close(self) -> None:
        """Ends it if a test left it running."""
        if self._running.poll() is None:
            self._running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(_ENDS_S)
            self._running.kill()
        self._running.communicate()
        self._log.close()


@contextmanager
def demo_run(folder: Path, *arguments: str, wrapper: Sequence[str] = ()) -> Iterator[DemoRun]:
    """Start it; whatever happens it ends with the block. `wrapper` must end in an exec."""
    run = DemoRun(folder, *arguments, wrapper=wrapper)
    try:
        yield run
    finally:
        run.close()


def without_mosquitto() -> tuple[str, ...]:
    """A wrapper: on this machine Mosquitto is not installed and cannot be."""
    own = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *own, "--mount", "sh", "-c", _HIDE, "sh")


def left_running(folder: Path) -> list[str]:
    """Command lines of programs that name the folder or stand in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            stands_in = os.readlink(entry / "cwd")
            if str(folder) in command or stands_in.startswith(str(folder)):
                found.append(command)
    return found


def _read_line(stdout: IO[bytes]) -> bytes:
    """A line, or nothing when it ended. Bounded by the program's own deadlines."""
    began = time.monotonic()
    raw = stdout.readline()
    assert time.monotonic() - began < _STARTS_S
    return raw
