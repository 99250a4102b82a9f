"""A box's folder while it is claimed: files that survive a power cut, one claim at a time.

Law: a file is whole as it was or whole as it becomes, and on disk when `write` returns. The
configuration is written last: where it is, the box is claimed. Whoever may write in the folder owns
the box, so it is nobody's but its owner's.
"""

import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from protocol.errors import Refused

KEY, CERTIFICATE, AUTHORITY, CONFIGURATION = "device.key", "device.crt", "ca.crt", "agent.toml"
RECORD = "claim.json"
DATA = "data"
TIME_FLOOR = f"{DATA}/time-floor"
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_USED_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BoxFolder:
    """Made if missing, locked while in its `with`.

    Raises Refused `folder-in-use`, `open-folder`, OSError. `sync` makes a folder's names durable.
    """

    def __init__(self, path: Path, *, sync: Callable[[Path], None] | None = None) -> None:
        self.path = path
        self._sync = sync or sync_folder
        self._descriptor = -1

    def __enter__(self) -> "BoxFolder":
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sync_parents()
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise Refused("folder-in-use", f"Another command works on {self.path}.") from error
        mode = stat.S_IMODE(os.fstat(self._descriptor).st_mode)
        if mode & _WRITTEN_BY_OTHERS:
            os.close(self._descriptor)
            raise Refused(
                "open-folder",
                f"Others may write in {self.path} (mode {mode:04o}), and who may write there owns"
                f" the box: run `chmod go-w {self.path}`, or name a folder of its own.",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def read(self, name: str) -> bytes | None:
        """The file, or None when there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def secret(self, name: str) -> bytes | None:
        """As `read`, of what only the owner may read or write; raises Refused `open-key`."""
        found = self.read(name)
        path = self.path / name
        if found is not None and stat.S_IMODE(path.stat().st_mode) & _USED_BY_OTHERS:
            raise Refused(
                "open-key",
                f"Others may read or change {path}, so it is no secret: remove it and run the same"
                " command again. A code that was used with it needs a new one.",
            )
        return found

    def write(self, name: str, content: bytes) -> None:
        """Put the file in place, readable by its owner alone."""
        path = self.path / name
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700)
            self._sync(self.path)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        self._sync(path.parent)

    def _sync_parents(self) -> None:
        """All of them: an earlier run may have made some and been killed before they were safe."""
        for parent in self.path.absolute().parents:
            try:
                self._sync(parent)
            except PermissionError:
                return  # What we may not read we have not made.


def sync_folder(path: Path) -> None:
    """Make the folder's names durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
