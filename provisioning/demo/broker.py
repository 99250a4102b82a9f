"""An MQTT broker of our own in one folder: what every kind of broker offers.

The law is DESIGN §2.5: mutual TLS only; the certificate's common name is the user; a device
reaches its own topics and no other's. `mosquitto` and `nats` hold the two kinds.
"""

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar
from uuid import UUID

from protocol.errors import Malformed, Unavailable
from provisioning.demo.identity import Identity
from provisioning.demo.ports import free_port, listens
from provisioning.demo.privilege import in_namespace
from provisioning.demo.secret_files import write_secret
from provisioning.demo.spawning import Child, ChildSpec

MAX_PAYLOAD_BYTES = 1024 * 1024
HEADER_BYTES = 16 * 1024
_RELOAD_TIMEOUT_S = 5.0
_POLL_S = 0.02
Name = TypeVar("Name", UUID, str)


class Certificates(Protocol):
    """An authority, and what it issued to the broker."""

    @property
    def ca_file(self) -> Path:
        """The authority's certificate."""
        ...

    def server(self) -> Identity:
        """The broker's own."""
        ...


class Broker(ABC):
    """A broker on `127.0.0.1:port`; the port stays the same as long as the object lives.

    Everyone it admits shows a certificate of `pki`. `folder` keeps configuration, queues and log.
    With `guarded` the hub's gatekeeper says who is admitted, by files in `door`; else `admit_…`.
    """

    kind: str
    _ready_words: str  # it listens before it can take a SIGHUP
    _reloaded_words: str
    _door_files: tuple[str, ...]

    def __init__(
        self,
        folder: Path,
        *,
        pki: Certificates,
        port: int | None = None,
        guarded: bool = False,
    ) -> None:
        self.folder = folder.resolve()
        self.door = self.folder / "door" if guarded else None
        self.pid_file = self.folder / "broker.pid"
        self.pki = pki
        self.port = port or free_port()
        self._devices: set[UUID] = set()
        self._hub_workers: set[str] = set()
        self._child: Child | None = None
        self._admitting = Lock()

    @property
    def pid(self) -> int | None:
        """Its pid while it runs."""
        return self._child.pid if self._child else None

    def door_is_ready(self) -> bool:
        """Whether the gatekeeper's files are there, without which a guarded broker cannot start."""
        return self.door is None or all((self.door / name).exists() for name in self._door_files)

    def start(self) -> None:
        """Starts it; no effect when it runs. Raises ChildFailed with the end of its log."""
        if self.pid is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_configuration()
        self._child = self._child or self._new_child()
        self._child.start()

    def stop(self) -> None:
        """Ends it gracefully: what it queued is kept."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """SIGKILL. What it queued in the last second may be lost."""
        if self._child is not None:
            self._child.kill()

    def give_up(self) -> None:
        """Makes a start in progress fail at once. From any thread."""
        if self._child is not None:
            self._child.give_up()

    def why_ended(self) -> str:
        """How it ended and the last lines of its log."""
        return self._child.why_ended() if self._child is not None else "It was never started."

    def restart(self) -> None:
        """Stops and starts on the same port."""
        self.stop()
        self.start()

    def admit_device(self, device_id: UUID) -> None:
        """Lets a device in, at once if the broker runs. No effect when it is in already."""
        self._admit(device_id, self._devices)

    def admit_hub_worker(self, name: str) -> None:
        """Lets a hub worker in, at once if the broker runs. No effect when it is in already.

        Raises Malformed when the name could be a device's.
        """
        if not name.startswith("hub-"):
            raise Malformed("hub-worker-name", "A hub worker's name starts with hub-.")
        self._admit(name, self._hub_workers)

    def _admit(self, newcomer: Name, admitted: set[Name]) -> None:
        """One at a time: all newcomers share the configuration's files and the broker's log."""
        with self._admitting:
            if newcomer not in admitted:
                admitted.add(newcomer)
                self._reload()

    @abstractmethod
    def _configuration(self) -> Mapping[str, str]:
        """File name in the folder → text."""

    @abstractmethod
    def _command(self) -> tuple[str, ...]:
        """The program and its arguments."""

    def _write_configuration(self) -> None:
        for name, text in self._configuration().items():
            write_secret(self.folder / name, text)

    def _new_child(self) -> Child:
        spec = ChildSpec(
            name=self.kind,
            wrapper=in_namespace(),
            command=self._command(),
            log_file=self.folder / f"{self.kind}.log",
            ready=lambda child: self._ready_words in child.output() and listens(self.port),
        )
        return Child(spec, record_dir=self.folder)

    def _reload(self) -> None:
        """Rewrites the configuration and waits until a running broker has said that it read it."""
        if self._child is None or self.pid is None:
            return
        self._write_configuration()
        before = self._child.log_position()
        self._child.send(signal.SIGHUP)
        deadline = time.monotonic() + _RELOAD_TIMEOUT_S
        while self._reloaded_words not in self._child.output(before):
            if time.monotonic() > deadline:
                raise Unavailable("broker-reload", f"{self.kind} did not reload in time.")
            time.sleep(_POLL_S)
