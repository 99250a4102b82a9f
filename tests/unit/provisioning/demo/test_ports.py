"""Ports that a server can keep."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from provisioning.demo.ports import free_port, keep, listens

_OTHER = """
import sys
from provisioning.demo.ports import keep
print([keep(int(port)) for port in sys.argv[1:]], flush=True)
sys.stdin.read()
"""


@contextmanager
def kept_elsewhere(*ports: int) -> Iterator[str]:
    """What a second program was told when it asked for these ports; it lives inside the block."""
    command = (sys.executable, "-c", _OTHER, *map(str, ports))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        yield other.stdout.readline().strip()


def test_a_free_port_is_below_the_ephemeral_range_and_free() -> None:
    for _ in range(20):
        port = free_port()
        assert 1_024 < port < 32_768
        assert not listens(port)


def test_a_port_listens_while_somebody_accepts_on_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listens(port)
    assert not listens(port)


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)
    assert not keep(ports[0])


def test_a_port_belongs_to_one_program_until_it_ends() -> None:
    # No port at all, so that a second run of the tests on this machine cannot have it.
    mine, theirs = free_port(), 100_000 + os.getpid()
    with kept_elsewhere(mine, theirs) as told:
        assert told == "[False, True]"
        assert not keep(theirs)
    assert keep(theirs)
