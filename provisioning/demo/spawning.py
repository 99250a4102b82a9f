"""One child program: started, watched and ended so that nothing is ever left behind.

Four nets, because each alone has a hole:
- the child leads a session of its own, so Ctrl-C in the terminal reaches only the launcher, and
  one signal to its group reaches its own children too;
- PR_SET_PDEATHSIG ends it when the launcher dies, even by SIGKILL. The kernel ties that signal to
  the *thread* that forked, so each child is forked from a thread that lives as long as its object;
- a record (`NAME.pid`) of pid, start time and boot lets the next start end what is still running;
- a dead leader is reaped only after its group got SIGKILL: until then its number cannot be reused.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from protocol.errors import Unavailable
from provisioning.demo.leftovers import end_leftover, write_record

_POLL_S = 0.02
_LOG_LIMIT_BYTES = 8 * 1024 * 1024
_TAIL_LINES = 15


class ChildFailed(Unavailable):
    """A child ended before it was ready, or was not in time; the message ends with its log."""

    code = "child-failed"


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """What to run and when it counts as up.

    `wrapper` changes who runs the command (see `privilege`) and must end in an exec of it. `env` is
    added to the launcher's own environment. `ready` is asked every 20 ms until it says
    yes; `ready_timeout_s` bounds that, `stop_timeout_s` the wait between `stop_signal` and SIGKILL.
    """

    name: str
    command: tuple[str, ...]
    log_file: Path
    ready: Callable[["Child"], bool] = lambda _child: True
    wrapper: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_timeout_s: float = 30.0
    stop_timeout_s: float = 10.0


class Child:
    """One program under a `ChildSpec`. Not for two threads at once; `Children` serialises.

    `record_dir` holds `NAME.pid` while the program runs.
    """

    def __init__(self, spec: ChildSpec, *, record_dir: Path) -> None:
        self.spec = spec
        self._record = record_dir / f"{spec.name}.pid"
        self._popen: subprocess.Popen[bytes] | None = None
        self._forker: ThreadPoolExecutor | None = None
        self._log_offset = 0
        self._given_up = threading.Event()

    @property
    def pid(self) -> int | None:
        """The running program's pid, else None."""
        return self._popen.pid if self._popen is not None and self.exit_status() is None else None

    def start(self) -> None:
        """Ends a leftover of an earlier launcher, starts, waits until ready.

        Raises ChildFailed; then nothing of it runs any more.
        """
        assert self.pid is None, f"{self.spec.name} already runs"
        self.kill()  # reaps one that ended by itself
        end_leftover(self._record, timeout_s=self.spec.stop_timeout_s)
        if self._forker is None:
            self._forker = ThreadPoolExecutor(1, thread_name_prefix=f"forks-{self.spec.name}")
        try:
            self._forker.submit(self._spawn).result()
            self._wait_until_ready()
        except BaseException:  # also Ctrl-C: whatever ends the wait ends the child
            self.kill()
            raise

    def stop(self) -> None:
        """Ends it gracefully, or by SIGKILL after `stop_timeout_s`. No effect when not running."""
        self._end(self.spec.stop_signal)

    def kill(self) -> None:
        """SIGKILL to the whole group, as a crash would. No effect when not running."""
        self._end(signal.SIGKILL)

    def give_up(self) -> None:
        """Makes a start in progress, and every later one, fail at once. From any thread."""
        self._given_up.set()

    def why_ended(self) -> str:
        """How the program ended and the last lines it wrote."""
        return f"{self.spec.name} ended with status {self.exit_status()}. {self.log_tail()}"

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the program alone. Raises Unavailable when it does not run."""
        if self._popen is None or self.exit_status() is not None:
            raise Unavailable("child-gone", f"{self.spec.name} does not run.")
        os.kill(self._popen.pid, number)

    def exit_status(self) -> int | None:
        """None while it runs, else its return code (negative: the signal). Does not reap."""
        if self._popen is None:
            return None
        if self._popen.returncode is not None:
            return self._popen.returncode
        ended = os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def log_position(self) -> int:
        """Where the next line it writes will begin."""
        return self.spec.log_file.stat().st_size

    def output(self, position: int | None = None) -> str:
        """What it wrote to its log from `position` on, else since its last start (first 8 MiB)."""
        with self.spec.log_file.open("rb") as log:
            log.seek(self._log_offset if position is None else position)
            return log.read(_LOG_LIMIT_BYTES).decode(errors="replace")

    def log_tail(self) -> str:
        """The last lines it wrote, to say why it failed."""
        return "\n".join(deque(self.output().splitlines(), maxlen=_TAIL_LINES))

    def json_line(self, event: str) -> dict[str, object] | None:
        """The first JSON object with this `event` that it printed since its last start."""
        for line in self.output().splitlines():
            with suppress(ValueError):
                found = json.loads(line) if f'"{event}"' in line else None
                if isinstance(found, dict) and found.get("event") == event:
                    return found
        return None

    def _spawn(self) -> None:
        spec = self.spec
        self._record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        spec.log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if spec.log_file.exists() and spec.log_file.stat().st_size > _LOG_LIMIT_BYTES:
            spec.log_file.replace(spec.log_file.with_suffix(".1.log"))
        with spec.log_file.open("ab") as log:
            self._log_offset = log.tell()
            self._popen = subprocess.Popen(
                [*spec.wrapper, *_dies_with_launcher(spec.stop_signal), *spec.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.env},
                cwd=spec.cwd,
                start_new_session=True,
            )
        write_record(self._record, pid=self._popen.pid)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.spec.ready_timeout_s
        while not self.spec.ready(self):
            if self.exit_status() is not None:
                raise ChildFailed("child-failed", f"Before it was ready, {self.why_ended()}")
            if self._given_up.is_set() or time.monotonic() > deadline:
                why = f"{self.spec.name} was not ready in time"
                raise ChildFailed("child-failed", f"{why}. {self.log_tail()}")
            time.sleep(_POLL_S)

    def _end(self, number: signal.Signals) -> None:
        if self._popen is None:
            return
        if self.exit_status() is None:
            os.kill(self._popen.pid, number)
            deadline = time.monotonic() + self.spec.stop_timeout_s
            while self.exit_status() is None and time.monotonic() < deadline:
                time.sleep(_POLL_S)
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(timeout=10)
        self._popen = None
        self._record.unlink(missing_ok=True)
        if self._forker is not None:
            self._forker.shutdown()
            self._forker = None


def _dies_with_launcher(number: signal.Signals) -> tuple[str, ...]:
    """Told by the kernel to end with the thread that started it.

    Comes after the wrapper: entering a namespace or changing the user clears the setting.
    """
    return ("setpriv", "--pdeathsig", number.name.removeprefix("SIG"))
