"""A TCP link with faults that can be switched on and off, between an agent and the broker.

The law: bytes are never altered, lost inside a living connection or reordered, as TCP promises; a
fault ends connections or holds them up.
"""

import asyncio
import socket
import struct
from contextlib import suppress

from provisioning.demo.ports import free_port

_CHUNK_BYTES = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close sends RST
_CONNECT_TIMEOUT_S = 5.0


class FaultyLink:
    """Listens on `127.0.0.1:port` and forwards to `target_port`. All methods from one event loop.

    The port stays the same as long as the object lives, also while the link is cut.
    """

    def __init__(self, *, target_port: int, port: int | None = None) -> None:
        self.port = port or free_port()
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._up.set()
        self._down.set()
        self._delay_s = 0.0

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._connections)

    async def start(self) -> None:
        """Begins to accept; no effect when it does already."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Ends every connection and accepts no more; `start` or `restore` begins anew."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self.reset()

    async def cut(self) -> None:
        """A pulled cable that the kernel notices: connections are reset, new ones refused."""
        await self.stop()

    async def reset(self) -> None:
        """Resets every connection once; new ones are welcome."""
        served = [connection.reset() for connection in self._connections]
        if served:
            await asyncio.wait(served)

    def blackhole(self, *, up: bool = True, down: bool = True) -> None:
        """Nothing moves any more and nobody is told: connections, old and new, just hang.

        With one of them False only the other direction does; `up` is towards the target.
        """
        for direction, held_up in ((self._up, up), (self._down, down)):
            if held_up:
                direction.clear()

    def delay(self, seconds: float) -> None:
        """Every chunk of up to 64 KiB waits that long, in each direction. 0 ends it."""
        self._delay_s = seconds

    async def restore(self) -> None:
        """Ends every fault; connections that hung go on where they stood."""
        self._delay_s = 0.0
        self._up.set()
        self._down.set()
        await self.start()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        self._connections.add(connection)
        try:
            await self._forward(connection, reader)
            connection.close()
        except* (OSError, asyncio.CancelledError):  # a side is gone, or reset() was called
            connection.abort()
        finally:
            self._connections.discard(connection)

    async def _forward(self, connection: "_Connection", reader: asyncio.StreamReader) -> None:
        await self._up.wait()
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            target_reader, target = await asyncio.open_connection("127.0.0.1", self._target_port)
        connection.writers.append(target)
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(self._pump(reader, target, self._up))
            pumps.create_task(self._pump(target_reader, connection.writers[0], self._down))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event
    ) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            await asyncio.sleep(self._delay_s)
            await flowing.wait()
            writer.write(chunk)
            await writer.drain()
        await flowing.wait()
        if writer.can_write_eof():
            writer.write_eof()


class _Connection:
    """The sockets of one forwarded connection (client's first) and the task that serves it."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._served_by = task
        self.writers = [client]

    def reset(self) -> "asyncio.Task[None]":
        """Ends it with RST on both sides; the task is done soon after."""
        self._served_by.cancel()
        return self._served_by

    def close(self) -> None:
        """Both sides said all they had to."""
        for writer in self.writers:
            writer.close()

    def abort(self) -> None:
        """RST instead of a goodbye."""
        for writer in self.writers:
            with suppress(OSError):  # already closed by the other side
                own = writer.get_extra_info("socket")
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()
