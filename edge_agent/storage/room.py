"""Room on the disk: a reserve for sales, and when others must wait (promises E, G, L).

Law: the last room belongs to sales. While little is left, `Writer.submit_spare` refuses what can
wait; when a write finds no room at all, the ballast is given up once and the write repeated. It is
reserved again as soon as there is room for it.
"""

import os
from pathlib import Path
from typing import Literal

from msgspec import Struct

MIB = 1024 * 1024
_LOW_SHARE = 10
_LOW_BYTES = 1024 * MIB
RoomState = Literal["ample", "low", "full"]


class RoomSeen(Struct, frozen=True, kw_only=True):
    """`low`: less than a tenth of the disk and less than 1 GiB are left. `full`: the ballast was
    given up. `ballast_bytes`: held now."""

    state: RoomState
    free_bytes: int
    total_bytes: int
    ballast_bytes: int


class DiskRoom:
    """The file system of one folder. Any thread may call; only the writer's releases."""

    def __init__(self, folder: Path, *, ballast_bytes: int = 64 * MIB) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        self._ballast_bytes = ballast_bytes
        self._released = False

    def look(self) -> RoomSeen:
        """As of now; one system call or two."""
        seen = os.statvfs(self._folder)
        free, total = seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize
        return RoomSeen(
            state="full" if self._released else "low" if _is_low(free, total) else "ample",
            free_bytes=free,
            total_bytes=total,
            ballast_bytes=self._held_bytes(),
        )

    def release(self) -> bool:
        """Give the ballast up for sales; False when there is none to give."""
        held = self._held_bytes()
        self._released = True
        self._ballast.unlink(missing_ok=True)
        return held > 0

    def reserve(self) -> None:
        """Hold the ballast, if it leaves room beside it; begin anew after a release."""
        missing = self._ballast_bytes - self._held_bytes()
        seen = os.statvfs(self._folder)
        left = seen.f_bavail * seen.f_frsize - missing
        if _is_low(left, seen.f_blocks * seen.f_frsize):
            return
        if missing:
            file = os.open(self._ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, self._ballast_bytes)
            finally:
                os.close(file)
        self._released = False

    def _held_bytes(self) -> int:
        try:
            held = os.stat(self._ballast)
        except FileNotFoundError:
            return 0
        return held.st_blocks * 512


def _is_low(free_bytes: int, total_bytes: int) -> bool:
    return free_bytes < min(_LOW_BYTES, total_bytes // _LOW_SHARE)
