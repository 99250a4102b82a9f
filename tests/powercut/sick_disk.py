"""A hand on the disk of a running agent: let it fail, stall, and get well again."""

import errno
import mmap
import struct
from pathlib import Path

_FSYNC_ERROR, _WRITE_ERROR, _DELAY_MS, _FAILED, _AFTER = range(5)
_COUNT = 5


class SickDisk:
    """Hand `environment` to the program; set the rest at any time."""

    def __init__(self, shim: Path, folder: Path) -> None:
        control = folder.with_name("sick")
        control.write_bytes(bytes(4 * _COUNT))
        with control.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), 0)
        self.environment = {
            "LD_PRELOAD": str(shim),
            "HANOUT_SICK_FOLDER": f"{folder.resolve()}/",
            "HANOUT_SICK_FILE": str(control),
        }

    def fail_fsync(self) -> None:
        """EIO from now on."""
        self._set(_FSYNC_ERROR, errno.EIO)

    def fail_writes(self, error: int) -> None:
        """This errno for every write; 0: none any more."""
        self._set(_WRITE_ERROR, error)

    def stall(self, delay_ms: int) -> None:
        """Every fsync takes so much longer."""
        self._set(_DELAY_MS, delay_ms)

    @property
    def failed_count(self) -> int:
        """Fsyncs that failed."""
        return self._get(_FAILED)

    @property
    def tried_after_count(self) -> int:
        """Writes and fsyncs after the first that failed."""
        return self._get(_AFTER)

    def _set(self, at: int, value: int) -> None:
        struct.pack_into("=i", self._state, 4 * at, value)

    def _get(self, at: int) -> int:
        (value,) = struct.unpack_from("=i", self._state, 4 * at)
        return int(value)
