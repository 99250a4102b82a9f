"""The latest moment that somebody trustworthy is known to have named: it cannot be earlier.

A box without a clock battery boots in 1970 and may find no time server. With this floor it can
tell that its clock is wrong, and still judge whether a server's certificate has expired. Law: only
an authenticated hub's time raises it, never our own clock, so that a clock years ahead leaves no
trace; and never beyond `limit` (our own certificate's end), which an authenticated hub cannot pass.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.kit.durable_files import write_durably

FILENAME = "time-floor"
# An SD card is not written for every ack.
_STEP = timedelta(hours=1)


class TimeFloor:
    """Kept in a file of the agent's folder, as Unix seconds."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILENAME
        self._at = self._read()

    @property
    def at(self) -> datetime | None:
        """It is not earlier than this; None before anyone has told."""
        return self._at

    def raise_to(self, at: datetime, *, limit: datetime) -> None:
        """Somebody trustworthy says that it is `at`; raises OSError when it cannot be kept."""
        at = min(at, limit)
        if self._at is None or at >= self._at + _STEP:
            write_durably(self._file, f"{int(at.timestamp())}\n".encode())
            self._at = at.replace(microsecond=0)

    def _read(self) -> datetime | None:
        with suppress(OSError, ValueError, OverflowError):
            return datetime.fromtimestamp(int(self._file.read_text()), UTC)
        return None
