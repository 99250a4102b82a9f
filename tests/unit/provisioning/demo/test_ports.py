"""Ports that a server can keep."""

import socket

from provisioning.demo.ports import free_port, listens


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
