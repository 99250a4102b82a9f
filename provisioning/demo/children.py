"""Supervision of all programs that a launcher runs.

The law: whatever happens to the launcher, nothing is left running; whatever happens to a program,
it is either ended on request, started again, or shown as failed with its reason.
"""

import fcntl
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from protocol.errors import NotFound, Unavailable
from provisioning.demo.leftovers import end_leftovers
from provisioning.demo.spawning import Child, ChildSpec

_WATCH_EVERY_S = 0.1
_BACKOFF_FIRST_S = 0.2
_BACKOFF_LAST_S = 5.0
_STEADY_AFTER_S = 60.0
_EXITS_KEPT = 100


def _locked(folder: Path) -> int:
    """Take the folder for this launcher; raises Unavailable `folder-in-use`, `folder-unusable`.

    Without it a second launcher would take the first one's living programs for leftovers.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "launcher.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(
            "folder-unusable", f"The folder {folder} cannot be used: {error.strerror}."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Unavailable(
            "folder-in-use", f"Another launcher runs on {folder}: end it first."
        ) from None
    return lock


class Program(Protocol):
    """What can be supervised: a `Child`, a Postgres server, a broker."""

    @property
    def pid(self) -> int | None:
        """Its pid while it runs."""

    def start(self) -> None:
        """Starts it and waits until it is ready. Raises Unavailable; then nothing of it runs."""

    def stop(self) -> None:
        """Ends it gracefully within its own deadline, then by force."""

    def kill(self) -> None:
        """SIGKILL."""

    def give_up(self) -> None:
        """Makes a start in progress fail at once. From any thread."""

    def why_ended(self) -> str:
        """How it ended and the last lines of its log."""


@dataclass(frozen=True, kw_only=True)
class UnexpectedExit:
    """A program ended although nobody asked for it, or could not be started again."""

    name: str
    reason: str
    given_up: bool


@dataclass(kw_only=True)
class _Supervised:
    program: Program
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: bool = False
    failures: int = 0
    started_at: float = 0.0
    due_at: float | None = None


class Children:
    """Starts, watches and ends programs; use it as a context manager.

    Entering ends what an earlier launcher left in `folder`; leaving ends everything in reverse
    order of adding. All methods may be called from any thread and block until done.
    """

    def __init__(self, folder: Path, *, restarts_in_a_row: int = 10) -> None:
        self._run_dir = folder / "run"
        self._restarts_in_a_row = restarts_in_a_row
        self._programs: dict[str, _Supervised] = {}
        self._lock: int | None = None
        self._exits: deque[UnexpectedExit] = deque(maxlen=_EXITS_KEPT)
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watches-children", daemon=True)

    def __enter__(self) -> Self:
        self._lock = _locked(self._run_dir.parent)
        end_leftovers(self._run_dir)
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def start_child(self, spec: ChildSpec) -> Child:
        """Adds a program and starts it. Raises ChildFailed when it does not become ready."""
        child = Child(spec, record_dir=self._run_dir)
        self.add(spec.name, child)
        self.start(spec.name)
        return child

    def add(self, name: str, program: Program) -> None:
        """Takes a program under supervision; it is started by `start`."""
        assert name not in self._programs, f"{name} is supervised already"
        self._programs[name] = _Supervised(program=program)

    def start(self, name: str) -> None:
        """Starts a stopped or killed program and keeps it running. Raises Unavailable."""
        one = self._named(name)
        with one.lock:
            if one.program.pid is None:
                self._start(one)
            one.wanted = True
            one.failures = 0

    def stop(self, name: str) -> None:
        """Ends a program gracefully; it stays down until `start`."""
        one = self._named(name)
        with one.lock:
            one.wanted = False
            one.program.stop()

    def kill(self, name: str) -> None:
        """SIGKILL; it stays down until `start`."""
        one = self._named(name)
        with one.lock:
            one.wanted = False
            one.program.kill()

    def pids(self) -> dict[str, int]:
        """Name → pid of all that run now."""
        found = {name: one.program.pid for name, one in self._programs.items()}
        return {name: pid for name, pid in found.items() if pid is not None}

    def unexpected_exits(self) -> tuple[UnexpectedExit, ...]:
        """The last hundred, oldest first."""
        return tuple(self._exits)

    def close(self) -> None:
        """Ends everything, last added first. May be called again."""
        self._closing.set()
        for one in self._programs.values():
            one.program.give_up()
        if self._watcher.is_alive():
            self._watcher.join()
        for one in reversed(self._programs.values()):
            with one.lock:
                one.wanted = False
                one.program.stop()

    def _named(self, name: str) -> _Supervised:
        if name not in self._programs:
            raise NotFound("unknown-child", f"Nothing named {name} is supervised.")
        return self._programs[name]

    def _start(self, one: _Supervised) -> None:
        if self._closing.is_set():
            raise Unavailable("closing", "The launcher is ending.")
        one.program.start()
        one.started_at = time.monotonic()
        one.due_at = None

    def _watch(self) -> None:
        while not self._closing.wait(_WATCH_EVERY_S):
            for name, one in list(self._programs.items()):
                if one.lock.acquire(blocking=False):  # else somebody is starting or ending it
                    try:
                        self._look_after(name, one)
                    finally:
                        one.lock.release()

    def _look_after(self, name: str, one: _Supervised) -> None:
        if not one.wanted:
            return
        now = time.monotonic()
        if one.program.pid is not None:
            if now - one.started_at > _STEADY_AFTER_S:
                one.failures = 0
        elif one.due_at is None:
            self._failed(name, one, reason=one.program.why_ended())
        elif now >= one.due_at and not self._closing.is_set():
            try:
                self._start(one)
            except Unavailable as error:
                self._failed(name, one, reason=error.message)

    def _failed(self, name: str, one: _Supervised, *, reason: str) -> None:
        """Back-off of 0.2 s doubling to 5 s; after too many in a row it stays down."""
        backoff_s = min(_BACKOFF_FIRST_S * 2**one.failures, _BACKOFF_LAST_S)
        one.failures += 1
        one.due_at = time.monotonic() + backoff_s
        one.wanted = one.failures <= self._restarts_in_a_row
        self._exits.append(UnexpectedExit(name=name, reason=reason, given_up=not one.wanted))
