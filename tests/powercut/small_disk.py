"""A disk of a few MiB: a tmpfs, mounted for as long as a test needs it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TIMEOUT_S = 20


@contextmanager
def small_disk(folder: Path, *, mib: int) -> Iterator[Path]:
    """The folder, as long as the `with` lasts. Mounting needs root; raises CalledProcessError."""
    folder.mkdir(parents=True)
    options = f"size={mib}m,mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(mount, check=True, timeout=_TIMEOUT_S)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=_TIMEOUT_S)
