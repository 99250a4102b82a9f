"""What waits between the broker's client and ingest is bounded, and what is dropped counted."""

import asyncio

import aiomqtt
import pytest

from hub.ingest.broker import INCOMING_BYTES, IncomingQueue

_LARGE = 1024 * 1024


def message(size: int) -> aiomqtt.Message:
    return aiomqtt.Message("t", bytes(size), 1, False, 1, None)


@pytest.mark.fault(32, "G,H")
async def test_large_messages_fill_it_by_their_bytes() -> None:
    """However slow ingest is, no more than so many bytes wait for it; the rest is counted."""
    queue = IncomingQueue(maxsize=4096)
    most = INCOMING_BYTES // _LARGE
    for _ in range(most):
        queue.put_nowait(message(_LARGE))
    for _ in range(3):
        with pytest.raises(asyncio.QueueFull):
            queue.put_nowait(message(1))
    assert (queue.qsize(), queue.dropped) == (most, 3)
    await queue.get()
    queue.put_nowait(message(1))


def test_small_ones_by_their_number() -> None:
    queue = IncomingQueue(maxsize=5)
    for _ in range(5):
        queue.put_nowait(message(0))
    assert queue.full()
    while not queue.empty():
        queue.get_nowait()
    assert not queue.full()
