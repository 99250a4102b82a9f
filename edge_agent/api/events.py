"""Live events as server-sent events: what the screens of the shop follow.

Laws: a client has a bounded queue and loses the oldest events when it is too slow, which a `resync`
event tells it. The streams end by themselves when the agent ends, or it would wait for them.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from edge_agent.kit.broadcast import Broadcast, LiveEvent, Subscription

HEARTBEAT_S = 15.0
_RETRY_MS = 2000


class EventStream(StreamingResponse):
    """Subscribes when the answer begins and unsubscribes when it ends, however it ends.

    Raises Unavailable `too-many-listeners` before anything is sent.
    """

    def __init__(self, broadcast: Broadcast, closing: asyncio.Event) -> None:
        super().__init__(
            _nothing(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._broadcast = broadcast
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client or the agent goes."""
        with self._broadcast.subscribe() as subscription:
            self.body_iterator = _lines(subscription, self._closing)
            await super().__call__(scope, receive, send)


async def _nothing() -> AsyncIterator[str]:
    lines: tuple[str, ...] = ()
    for line in lines:
        yield line


async def _lines(subscription: Subscription, closing: asyncio.Event) -> AsyncIterator[str]:
    yield f"retry: {_RETRY_MS}\n\n"
    while not closing.is_set():
        event = await _next_or_silence(subscription, closing)
        yield ": alive\n\n" if event is None else _as_text(event)


async def _next_or_silence(subscription: Subscription, closing: asyncio.Event) -> LiveEvent | None:
    """The next event; None after the heartbeat's time or when the agent ends."""
    event = asyncio.ensure_future(subscription.next())
    closed = asyncio.ensure_future(closing.wait())
    try:
        await asyncio.wait(
            (event, closed), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED
        )
        return event.result() if event.done() else None
    finally:
        event.cancel()
        closed.cancel()


def _as_text(event: LiveEvent) -> str:
    payload = msgspec.json.encode(event.payload).decode("utf-8")
    return f"id: {event.number}\nevent: {event.kind}\ndata: {payload}\n\n"
