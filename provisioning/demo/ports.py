"""Free loopback ports that stay free.

The law: ports are taken below the kernel's ephemeral range. A client that keeps connecting to a
dead server's ephemeral port may be given that very port as its own and then holds it, so that the
server cannot come back to the address its clients know.
"""

import random
import socket
from pathlib import Path

from protocol.errors import Unavailable

_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 20_000
_ATTEMPTS = 200


def free_port() -> int:
    """A port that nobody listens on now. Raises Unavailable when 200 attempts find none."""
    highest = _first_ephemeral_port() - 1
    lowest = min(_LOWEST, highest - 1_000)
    for _ in range(_ATTEMPTS):
        port = random.SystemRandom().randint(lowest, highest)
        if _can_listen(port):
            return port
    raise Unavailable("no-free-port", f"No free port found from {lowest} to {highest}.")


def listens(port: int, *, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s):
            return True
    except OSError:
        return False


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
