"""The files of the repository, as the architecture tests see them."""

import subprocess
from functools import cache
from pathlib import Path

from tests.architecture.checks import Source

ROOT = Path(__file__).parents[2]


@cache
def tracked_files() -> tuple[str, ...]:
    """Paths relative to the root of all files under version control that still exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    return tuple(path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())


@cache
def sources() -> tuple[Source, ...]:
    python = (path for path in tracked_files() if path.endswith(".py"))
    return tuple(Source(path, (ROOT / path).read_text()) for path in python)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Path and content of every tracked file that is UTF-8 text."""
    found = []
    for path in tracked_files():
        try:
            found.append((path, (ROOT / path).read_text()))
        except UnicodeDecodeError:
            continue
    return tuple(found)
