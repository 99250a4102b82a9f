"""A box's folder while it is claimed: files that survive a power cut, one claim at a time.

Law: a file is whole as it was or whole as it becomes, and on disk when `write` returns. The
configuration is written last: where it is, the box is claimed.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from protocol.errors import Refused

KEY, CERTIFICATE, AUTHORITY, CONFIGURATION = "device.key", "device.crt", "ca.crt", "agent.toml"
RECORD = "claim.json"
DATA = "data"
TIME_FLOOR = f"{DATA}/time-floor"


class BoxFolder:
    """Made if missing, locked while in its `with`. Raises Refused `folder-in-use`, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def __enter__(self) -> "BoxFolder":
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(self.path.parent)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise Refused("folder-in-use", f"Another command works on {self.path}.") from error
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

    def write(self, name: str, content: bytes) -> None:
        """Put the file in place, readable by its owner alone."""
        path = self.path / name
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700)
            sync_folder(self.path)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the folder's names durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
