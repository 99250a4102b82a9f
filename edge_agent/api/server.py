"""The HTTP server: one process, one event loop, signals left to the caller."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

_BACKLOG = 512
# Requests in flight when the agent ends get so long; live streams end by themselves.
_DRAIN_S = 10
_KEEP_ALIVE_S = 75


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves the signals alone."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_listening()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def url_of(listener: socket.socket) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: FastAPI,
    listener: socket.socket,
    *,
    until: asyncio.Event,
    on_listening: Callable[[], None],
) -> None:
    """Answer requests until the event is set, then let those in flight finish."""
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            proxy_headers=False,  # nothing here asks where a request came from
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_DRAIN_S,
        ),
        on_listening,
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    ending = asyncio.create_task(until.wait(), name="http-until")
    try:
        await asyncio.wait((serving, ending), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        ending.cancel()
