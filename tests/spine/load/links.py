"""A TCP link that fails as networks do: one way, silently, or by resets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Protocol, TypeVar

from provisioning.demo.ports import free_port

_CHUNK_BYTES = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close sends RST
_RESET_WITHIN_S = (0.05, 0.8)


class RoughLink:
    """Forwards `port` to `target_port`. Cleared events hold a direction up."""

    def __init__(self, target_port: int, rng: Random) -> None:
        self.port = free_port()
        self.to_broker, self.from_broker = asyncio.Event(), asyncio.Event()
        self.reset_share = 0.0
        self.resets = 0
        self._target_port = target_port
        self._rng = rng
        self._serving: set[asyncio.Task[None]] = set()
        self._silenced: set[int] = set()
        self._open: set[int] = set()
        self._numbers = 0
        self.to_broker.set()
        self.from_broker.set()

    def silence(self) -> None:
        """What is connected now is half-open: it swallows what comes, and nobody is told."""
        self._silenced |= self._open

    def reset_all(self) -> None:
        """Every connection that is open now ends."""
        for task in list(self._serving):
            task.cancel()

    async def serve(self) -> asyncio.Server:
        """Accept from now on."""
        return await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._numbers += 1
        number = self._numbers
        self._open.add(number)
        serving = asyncio.create_task(self._forward(number, reader, writer))
        self._serving.add(serving)
        await asyncio.wait([serving])
        self._serving.discard(serving)
        self._open.discard(number)

    async def _forward(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        pumps = [
            asyncio.create_task(self._pump(number, reader, back, self.to_broker)),
            asyncio.create_task(self._pump(number, there, writer, self.from_broker)),
        ]
        if self._rng.random() < self.reset_share:
            pumps.append(asyncio.create_task(self._reset()))
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for side in (writer, back):
                with suppress(OSError):
                    own = side.get_extra_info("socket")
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                side.transport.abort()

    async def _reset(self) -> None:
        await asyncio.sleep(self._rng.uniform(*_RESET_WITHIN_S))
        self.resets += 1

    async def _pump(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        flowing: asyncio.Event,
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await flowing.wait()
                if number not in self._silenced:
                    writer.write(chunk)
                    await writer.drain()


class Link(Protocol):
    """Something between a device and the broker."""

    async def serve(self) -> asyncio.Server:
        """Accept from now on."""
        ...


L = TypeVar("L", bound=Link)


@asynccontextmanager
async def opened(link: L) -> AsyncIterator[L]:
    """The link, open until the end of the block."""
    server = await link.serve()
    try:
        yield link
    finally:
        server.close()
