"""The agent's folder, locked: two agents writing one database would corrupt it (DESIGN §2)."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from protocol.errors import Unavailable


class AgentFolder:
    """Holds the lock from construction until `close`, and at the latest until the process ends.

    Raises Unavailable `folder-in-use` when another agent has it.
    """

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self.database = path / "hanout.db"
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._lock, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._lock)
            raise Unavailable(
                "folder-in-use",
                f"Another agent (process {owner}) runs on {path}: stop it or use another folder.",
            ) from None
        # Written over, never cut first: an agent must start on a full disk.
        os.pwrite(self._lock, f"{os.getpid():<20}".encode("ascii"), 0)

    def close(self) -> None:
        """Let the next agent in. Close the database first."""
        os.close(self._lock)

    def __enter__(self) -> "AgentFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
