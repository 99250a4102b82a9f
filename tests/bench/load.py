"""Tablets that ask as fast as they are answered, one connection each.

Requests are bytes made beforehand and answers are read no further than needed, so that measuring
costs little beside what is measured on a machine of two cores.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

_ANSWER_S = 30.0


class Load(Struct):
    """What the tablets saw: seconds per answer, seconds overall, and what the answers cost the
    program. Adds up over rounds."""

    latencies_s: list[float] = []
    took_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return len(self.latencies_s) / self.took_s

    @property
    def cpu_ms(self) -> float:
        """Of the program that answered, per answer."""
        return 1000 * self.cpu_s / len(self.latencies_s)

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.latencies_s + other.latencies_s,
            self.took_s + other.took_s,
            self.cpu_s + other.cpu_s,
        )


def request(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """A whole HTTP/1.1 request on a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def hammer(port: int, tablets: Sequence[Iterator[bytes]], *, seconds: float) -> Load:
    """Each tablet sends its next request when the last one is answered. Raises AssertionError on an
    answer that is no success."""
    began = time.perf_counter()
    loads = await asyncio.gather(
        *(_tablet(port, requests, until=began + seconds) for requests in tablets)
    )
    return Load([one for load in loads for one in load], time.perf_counter() - began)


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    """Status and body of the answer."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return int(head[9:12]), await reader.readexactly(int(length))


async def _tablet(port: int, requests: Iterator[bytes], *, until: float) -> list[float]:
    latencies: list[float] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        before = time.perf_counter()
        while before < until:
            async with asyncio.timeout(_ANSWER_S):
                status, body = await exchange(reader, writer, next(requests))
            after = time.perf_counter()
            assert 200 <= status < 300, f"{status}: {body[:300]!r}"
            latencies.append(after - before)
            before = after
    finally:
        writer.close()
    return latencies
