"""Serving an application until told to stop: announced when it listens, drained when it ends."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from protocol.errors import Refused

DRAIN_S = 10


class HttpServer:
    """One listening application. `serve` ends after `stop`, when the last answer is out."""

    def __init__(
        self,
        app: FastAPI,
        *,
        host: str,
        port: int,
        announce: Callable[[str], None],
        trusted_proxies: str = "127.0.0.1",
    ) -> None:
        """`port` 0: a free one. `announce`: called with the URL once it listens.

        `trusted_proxies`: addresses and networks, by commas, whose word on who calls is believed.
        """
        self._host = host
        self._announce = announce
        self._port = port
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                forwarded_allow_ips=trusted_proxies,
                timeout_graceful_shutdown=DRAIN_S,
                timeout_keep_alive=15,
                limit_concurrency=4096,
            )
        )

    async def serve(self) -> None:
        """Listen and answer. Raises Refused `address-taken` when the address cannot be had."""
        listener = self._listen()
        serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait([serving, listening], return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._server.listening.is_set():
            port = listener.getsockname()[1]
            self._announce(f"http://{_shown(self._host)}:{port}")
        await serving

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((self._host, self._port), backlog=1024)
        except OSError as error:
            where = f"{self._host}:{self._port}"
            raise Refused("address-taken", f"No listening on {where}: {error.strerror}.") from error

    def stop(self) -> None:
        """Take no more connections and end when the open requests did; twice: end now."""
        self._server.force_exit = self._server.should_exit
        self._server.should_exit = True


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The program takes the signals itself: its other parts must end too."""
        yield


def _shown(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
