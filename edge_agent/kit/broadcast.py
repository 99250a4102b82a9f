"""Live events inside the process: one publishes, every subscriber has a bounded queue of its own.

Law: publishing never waits and never fails. A subscriber who is too slow loses the oldest events
and is told so by one `resync` event in their place: it then reads the state anew (promise G).
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from protocol.errors import Unavailable

RESYNC = "resync"


class LiveEvent(Struct, frozen=True, kw_only=True):
    """`number` rises by one with every event since the process began; it is the SSE `id`."""

    number: int
    kind: str
    payload: Mapping[str, Any] = {}


class Subscription:
    """One reader's queue. Used from the event loop only."""

    def __init__(self, *, capacity: int) -> None:
        self._events: deque[LiveEvent] = deque(maxlen=capacity)
        self._lost = 0
        self._ready = asyncio.Event()

    async def next(self) -> LiveEvent:
        """The next event; waits for one. After a loss, first a `resync` that counts the lost."""
        while not self._events:
            self._ready.clear()
            await self._ready.wait()
        if self._lost:
            lost, self._lost = self._lost, 0
            return LiveEvent(number=self._events[0].number - 1, kind=RESYNC, payload={"lost": lost})
        return self._events.popleft()

    def _put(self, event: LiveEvent) -> None:
        self._lost += len(self._events) == self._events.maxlen
        self._events.append(event)
        self._ready.set()


class Broadcast:
    """The agent's live events. Used from the event loop only."""

    def __init__(self, *, capacity: int = 256, max_subscribers: int = 64) -> None:
        self._capacity = capacity
        self._max_subscribers = max_subscribers
        self._subscriptions: set[Subscription] = set()
        self._number = 0

    def publish(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Give the event to whoever listens now."""
        self._number += 1
        event = LiveEvent(number=self._number, kind=kind, payload=payload)
        for subscription in self._subscriptions:
            subscription._put(event)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """Listen inside the `with`; raises Unavailable `too-many-listeners`."""
        if len(self._subscriptions) >= self._max_subscribers:
            raise Unavailable("too-many-listeners", "Too many screens listen here; try later.")
        subscription = Subscription(capacity=self._capacity)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
