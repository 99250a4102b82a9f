"""What changed, to the tabs of a tenant: one watcher per tenant that somebody looks at.

The file's law: a stream carries topics and a position, never figures, so a slow tab costs nothing
but the topics it has not yet been told (bounded by their number), and every figure is read anew
under the visitor's own permissions. The projector in the same process wakes the watcher; in a
process apart it looks by itself every second.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from hub.events.service import EventLog
from hub.fleet import readmodel as fleet
from hub.kit.clock import Clock
from hub.kit.db import Database
from protocol.errors import Throttled, Unavailable

SALES = "sales"
DEVICES = "devices"
TOPICS = (SALES, DEVICES)

_LOOK_EVERY_S = 0.8
# However often the projector rings.
_REST_S = 0.2
_DEVICES_EVERY_S = 5.0
_RETRY_S = 10


@dataclass(frozen=True, kw_only=True)
class StreamLimits:
    """How many tabs at once, and how often a quiet one is written to and checked (seconds)."""

    in_all: int = 2_000
    per_tenant: int = 200
    heartbeat_s: float = 15.0


@dataclass(eq=False)
class Subscription:
    """One tab's part: topics it has not been told, the newest position, and a bell."""

    position: int
    topics: set[str] = field(default_factory=set)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def tell(self, topics: set[str], position: int) -> None:
        """Add to what the tab will be told next."""
        self.topics |= topics
        self.position = position
        self.bell.set()

    def take(self) -> tuple[list[str], int]:
        """What to tell now; afterwards there is nothing to tell."""
        topics, self.topics = sorted(self.topics), set()
        self.bell.clear()
        return topics, self.position


@dataclass(eq=False)
class _Watch:
    """A tenant that somebody looks at."""

    subscriptions: set[Subscription] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class LiveFeed:
    """Watches tenants on behalf of their open tabs; closed once and for all by `close`."""

    def __init__(
        self,
        *,
        database: Database,
        event_log: EventLog,
        clock: Clock,
        limits: StreamLimits | None = None,
    ) -> None:
        self.limits = limits or StreamLimits()
        self._database = database
        self._event_log = event_log
        self._clock = clock
        self._watches: dict[UUID, _Watch] = {}
        self._stream_count = 0
        self._closed = False
        self._log = structlog.get_logger("hub.live")

    @property
    def stream_count(self) -> int:
        """Open tabs."""
        return self._stream_count

    def on_projected(
        self,
        organization_id: UUID,
        stores: frozenset[UUID],  # noqa: ARG002 - part of the projector's call
        position: int,  # noqa: ARG002
    ) -> None:
        """The projector in this process committed something of the tenant: look at once."""
        watch = self._watches.get(organization_id)
        if watch is not None:
            watch.wake.set()

    def admit(self, organization_id: UUID) -> None:
        """Whether one more tab may subscribe; raises Throttled, Unavailable."""
        if self._closed:
            raise Unavailable("stopping", "The hub is stopping; reconnect.")
        watch = self._watches.get(organization_id)
        full = watch is not None and len(watch.subscriptions) >= self.limits.per_tenant
        if full or self._stream_count >= self.limits.in_all:
            raise Throttled(
                "too-many-streams", "Too many pages are open; close some.", retry_after_s=_RETRY_S
            )

    @asynccontextmanager
    async def subscribe(self, organization_id: UUID, position: int) -> AsyncIterator[Subscription]:
        """A tab's subscription from an event position on. Raises Throttled, Unavailable."""
        self.admit(organization_id)
        watch = self._watches.setdefault(organization_id, _Watch())
        subscription = Subscription(position=position)
        watch.subscriptions.add(subscription)
        self._stream_count += 1
        if watch.task is None:
            watch.task = asyncio.create_task(self._run(organization_id, watch))
        watch.wake.set()
        try:
            yield subscription
        finally:
            self._stream_count -= 1
            watch.subscriptions.discard(subscription)
            if not watch.subscriptions:
                self._forget(organization_id, watch)

    def close(self) -> None:
        """End every stream; their tabs reconnect elsewhere. Idempotent."""
        self._closed = True
        for watch in self._watches.values():
            for subscription in watch.subscriptions:
                subscription.closed = True
                subscription.bell.set()

    def _forget(self, organization_id: UUID, watch: _Watch) -> None:
        if watch.task is not None:
            watch.task.cancel()
        if self._watches.get(organization_id) is watch:
            del self._watches[organization_id]

    async def _run(self, organization_id: UUID, watch: _Watch) -> None:
        pulse: tuple[object, ...] | None = None
        look_at_devices = self._clock.monotonic()
        while True:
            watch.wake.clear()
            previous = pulse
            try:
                async with self._database.tenant(organization_id) as session:
                    position = await self._event_log.last_position(session)
                    if self._clock.monotonic() >= look_at_devices:
                        pulse = await fleet.pulse(session, now=self._clock.now())
                        look_at_devices = self._clock.monotonic() + _DEVICES_EVERY_S
            except Unavailable:
                self._log.warning("the live feed waits for the database")
            else:
                heard = {DEVICES} if previous is not None and pulse != previous else set()
                for subscription in watch.subscriptions:
                    # Below as well: a restored database must not leave a tab waiting.
                    sold = {SALES} if position != subscription.position else set()
                    if heard or sold:
                        subscription.tell(heard | sold, position)
            await asyncio.sleep(_REST_S)
            await _rings(watch.wake, within_s=_LOOK_EVERY_S)


async def _rings(bell: asyncio.Event, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await bell.wait()
    except TimeoutError:
        return False
