"""Small files that must survive a power cut: whole as they were, or whole as they become.

Law: temporary file, fsync, rename, fsync of the folder. What is returned from is on disk.
"""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file, readable by its owner alone; raises OSError and leaves the old one."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rename_durably(fresh, path)


def rename_durably(source: Path, target: Path) -> None:
    """Put `source` in the place of `target`, both in one folder."""
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
