"""Free loopback ports that stay free.

The laws: ports are taken below the kernel's ephemeral range. A client that keeps connecting to a
dead server's ephemeral port may be given that very port as its own and then holds it, so that the
server cannot come back to the address its clients know. And a port belongs to the process that
asked for it until that process ends: between asking and listening, or while its server is down,
nobody else's demo or test is given the same one.
"""

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock

from protocol.errors import Unavailable

_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 20_000
_ATTEMPTS = 200
_kept: set[int] = set()
_keeping = Lock()


def free_port() -> int:
    """A port of this process's own that nobody listens on now.

    Raises Unavailable when 200 attempts find none.
    """
    highest = _first_ephemeral_port() - 1
    lowest = min(_LOWEST, highest - 1_000)
    for _ in range(_ATTEMPTS):
        port = random.SystemRandom().randint(lowest, highest)
        if _can_listen(port) and keep(port):
            return port
    raise Unavailable("no-free-port", f"No free port found from {lowest} to {highest}.")


def keep(port: int) -> bool:
    """Makes a port this process's own until it ends; False when somebody already has it.

    The kernel keeps the list: one locked byte per port in one file, freed with the process however
    it ends. Raises OSError when the machine's temporary folder cannot be written.
    """
    with _keeping:
        if port in _kept:
            return False
        try:
            fcntl.lockf(_list_of_ports(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except BlockingIOError:
            return False
        _kept.add(port)
        return True


def listens(port: int, *, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s):
            return True
    except OSError:
        return False


@cache
def _list_of_ports() -> int:
    """Opened once and never closed: closing any descriptor of a file gives up all its locks."""
    path = Path(tempfile.gettempdir()) / f"hanout-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _first_ephemeral_port() -> int:
    try:
        return int(_RANGE_FILE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
