"""Files that hold secrets."""

import os
from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, complete or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as secret:
        secret.write(text)
    fresh.replace(path)
