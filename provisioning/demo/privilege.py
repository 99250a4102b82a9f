"""Running servers that refuse root.

Postgres will not run as root. DESIGN §6: a root launcher maps itself to an ordinary user inside a
user namespace, which needs no second account and reaches folders that only root may enter. Where
the kernel or a container forbids namespaces, the command runs as `nobody` and is given its folder.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

_NOBODY = 65534
_NAMESPACE = ("unshare", "--user", "--map-user=1000")
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")


def unprivileged(*, owns: Path) -> tuple[str, ...]:
    """What to put before a command so that it does not run as root; `owns`: what it must write."""
    if os.geteuid() != 0 or _namespaces_allowed():
        return in_namespace()
    _give_to_nobody(owns)
    return _AS_NOBODY


def in_namespace() -> tuple[str, ...]:
    """The same where it is possible without changing files' owners; else nothing.

    For servers that may run as root but need not, and read keys that only the launcher may.
    """
    return _NAMESPACE if os.geteuid() == 0 and _namespaces_allowed() else ()


@cache
def _namespaces_allowed() -> bool:
    """Whether this user may enter a user namespace (many containers forbid it)."""
    if shutil.which("unshare") is None:
        return False
    trial = subprocess.run([*_NAMESPACE, "true"], capture_output=True, timeout=10, check=False)
    return trial.returncode == 0


def _give_to_nobody(folder: Path) -> None:
    os.chown(folder, _NOBODY, _NOBODY)
    for path in folder.rglob("*"):
        os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
