import asyncio

import pytest
from starlette.types import Message

from edge_agent.api.events import EventStream
from edge_agent.kit.broadcast import Broadcast
from protocol.errors import Unavailable

SCOPE = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.4"}}


class Listener:
    """A client of one stream that never hangs up by itself."""

    def __init__(self, broadcast: Broadcast, closing: asyncio.Event) -> None:
        self.text = ""
        self.arrived = asyncio.Event()
        self.task = asyncio.create_task(
            EventStream(broadcast, closing)(dict(SCOPE), self._receive, self._send)
        )

    async def _receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: Message) -> None:
        self.text += bytes(message.get("body", b"")).decode()
        self.arrived.set()

    async def wait_for(self, text: str) -> None:
        while text not in self.text:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 5)


async def test_events_arrive_with_their_numbers_and_the_stream_ends_with_the_agent() -> None:
    broadcast, closing = Broadcast(), asyncio.Event()
    listener = Listener(broadcast, closing)
    await listener.wait_for("retry")
    broadcast.publish("sale", {"payable_minor": 12000})
    broadcast.publish("shift", {"status": "open"})
    await listener.wait_for("status")
    assert 'id: 1\nevent: sale\ndata: {"payable_minor":12000}\n\n' in listener.text
    assert 'id: 2\nevent: shift\ndata: {"status":"open"}\n\n' in listener.text
    closing.set()
    await asyncio.wait_for(listener.task, 5)


async def test_a_stream_that_is_gone_makes_room_for_another() -> None:
    broadcast = Broadcast(max_subscribers=1)
    first = Listener(broadcast, asyncio.Event())
    await first.wait_for("retry")
    with pytest.raises(Unavailable, match="too-many-listeners"):
        await Listener(broadcast, asyncio.Event()).task
    first.task.cancel()
    await asyncio.gather(first.task, return_exceptions=True)
    second = Listener(broadcast, asyncio.Event())
    await second.wait_for("retry")
    second.task.cancel()
    await asyncio.gather(second.task, return_exceptions=True)
