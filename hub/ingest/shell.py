"""The ingest worker: partitions, the broker, and what to do with what it brings.

Laws: never `#`, only the partitions held; nothing is acknowledged before its commit; a bad message
is kept or counted and stops nobody (promise I); when the database is away the worker waits and the
devices repeat themselves.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Any

import sqlalchemy.exc
import structlog
from msgspec import Struct

from hub.ingest.broker import Broker, BrokerConnection, Inbound, Outbound, connect
from hub.ingest.fair_queue import FairQueue, Waiting
from hub.ingest.greeting import Greeting
from hub.ingest.inbox import DeviceDirectory
from hub.ingest.intake import Intake
from hub.ingest.orders import Orders
from hub.ingest.partitions import PartitionLocks
from hub.ingest.presence import PresenceBook
from protocol.codec import topics
from protocol.errors import LocalProtocolError, RemoteProtocolError, Unavailable
from protocol.session.timing import backoff_ms

_log = structlog.get_logger(__name__)
# One commit takes at most so much; a message is at most 1 MiB.
_COMMIT_MESSAGES = 64
_COMMIT_BYTES = 8 * 1024 * 1024
_PUBLISHED_AT_ONCE = 32

Connect = Callable[[Broker], AbstractAsyncContextManager[BrokerConnection]]
"""How a connection is made; raises Unavailable."""


class ShellPace(Struct, frozen=True, kw_only=True):
    """Milliseconds: waits after a failure, between partition rounds, between looks at `want`."""

    backoff_initial_ms: int = 500
    backoff_max_ms: int = 30_000
    round_ms: int = 5_000
    want_ms: int = 2_000


class IngestShell:
    """`run` until cancelled. Several may run, in one process or in many."""

    def __init__(
        self,
        *,
        broker: Broker,
        partitions: PartitionLocks,
        intake: Intake,
        greeting: Greeting,
        presence: PresenceBook,
        orders: Orders,
        directory: DeviceDirectory,
        pace: ShellPace,
        rng: Random,
        connect: Connect = connect,
    ) -> None:
        self._broker = broker
        self._connect = connect
        self._partitions = partitions
        self._intake = intake
        self._greeting = greeting
        self._presence = presence
        self._orders = orders
        self._directory = directory
        self._pace = pace
        self._rng = rng
        self._queue = FairQueue()
        self._subscribed: set[int] = set()
        self._shown: dict[str, int] = {}
        self.on_committed: Callable[[], None] = _nothing
        self.connected = False
        self.refused_partitions: set[int] = set()

    async def run(self) -> None:
        """Connect and serve; after a failure wait and begin again, for ever."""
        attempt = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await _apart(self._serve())
            except* Unavailable as broken:
                _log.warning("ingest_offline", reasons=[str(e) for e in broken.exceptions])
            finally:
                self.connected = False
                self._subscribed.clear()
                await self._partitions.release()
            if asyncio.get_running_loop().time() - began > 60:
                attempt = 0
            await asyncio.sleep(self._wait_s(attempt))
            attempt += 1

    async def _serve(self) -> None:
        self._queue = FairQueue()
        async with self._connect(self._broker) as connection, asyncio.TaskGroup() as group:
            self.connected = True
            group.create_task(self._read(connection))
            group.create_task(self._work(connection))
            group.create_task(self._every(self._pace.round_ms, self._balance, connection))
            group.create_task(self._every(self._pace.want_ms, self._announce, connection))

    async def _read(self, connection: BrokerConnection) -> None:
        while True:
            forgotten = await self._queue.put(self._waiting(await connection.receive()))
            if forgotten is not None:
                self._intake.drop(forgotten)

    async def _every(
        self,
        period_ms: int,
        action: Callable[[BrokerConnection], Coroutine[Any, Any, None]],
        connection: BrokerConnection,
    ) -> None:
        while True:
            await action(connection)
            await asyncio.sleep(period_ms / 1000)

    async def _balance(self, connection: BrokerConnection) -> None:
        change = await self._partitions.round()
        for partition in sorted(change.given_up & self._subscribed):
            for topic in _topics(partition):
                await connection.unsubscribe(topic)
            self._subscribed.discard(partition)
        for partition in sorted(change.taken):
            try:
                for topic in _topics(partition):
                    await connection.subscribe(topic)
                self._subscribed.add(partition)
                self.refused_partitions.discard(partition)
            except Unavailable as error:
                if error.code != "subscription-refused":
                    raise
                # Fatal for this partition, and shown: the broker's rules lack this worker.
                self.refused_partitions.add(partition)
                _log.error("partition_refused", partition=partition, reason=str(error))

    async def _announce(self, connection: BrokerConnection) -> None:
        """Tell devices what is new and what they are asked; write down what they said."""
        self._show_forgotten(connection)
        try:
            await self._presence.flush()
            for device in await self._presence.stale_wants():
                await connection.publish(await self._greeting.want(device))
            await self._orders.tell(self._presence.online(), connection.publish)
        except Unavailable as error:
            if error.code == "broker-unavailable":
                raise
            _log.warning("announce_put_off", reason=str(error))

    def _show_forgotten(self, connection: BrokerConnection) -> None:
        """Devices repeat what found no room; that it was so is for people to see (promise L)."""
        if dropped := connection.dropped():
            self._intake.drop("incoming-full", count=dropped)
        if self._intake.dropped != self._shown:
            self._shown = dict(self._intake.dropped)
            _log.warning("messages_forgotten", so_far=self._shown)

    async def _work(self, connection: BrokerConnection) -> None:
        attempt = 0
        while True:
            messages = await self._queue.take(most=_COMMIT_MESSAGES, most_bytes=_COMMIT_BYTES)
            try:
                await self._publish(connection, await self._take(messages))
                attempt = 0
            except Unavailable as error:
                if error.code == "broker-unavailable":
                    raise
                _log.warning("ingest_waits", reason=str(error), forgotten=len(messages))
                await asyncio.sleep(self._wait_s(attempt))
                attempt += 1

    def _waiting(self, message: Inbound) -> Waiting:
        device_id = topics.device_named(message.topic)
        if device_id is None:
            return Waiting(message=message)
        return Waiting(
            message=message,
            device_id=device_id,
            owner=self._directory.owner(device_id),
            backlog=message.topic.endswith("/up/bk"),
        )

    async def _take(self, messages: list[Inbound]) -> list[Outbound]:
        """Batches together, the rest one by one and in order before them."""
        batches, replies = list[Inbound](), list[Outbound]()
        for message in messages:
            try:
                topic = topics.parse(message.topic)
                if topic.channel in ("ev", "bk"):
                    batches.append(message)
                else:
                    replies += await self._single(topic, message.payload)
            except (RemoteProtocolError, LocalProtocolError) as error:
                await self._keep_aside(message, error.code)
            except sqlalchemy.exc.DBAPIError:
                # A value that no column takes: the sender's fault, and nobody else's harm.
                _log.exception("message_unfit", topic=message.topic)
                await self._keep_aside(message, "unfit")
        if batches:
            replies += await self._take_batches(batches)
            self.on_committed()
        return replies

    async def _take_batches(self, batches: list[Inbound]) -> list[Outbound]:
        """As one commit; by halves where one of them holds what no column takes."""
        try:
            return await self._intake.take(batches)
        except sqlalchemy.exc.DBAPIError:
            if len(batches) == 1:
                _log.exception("batch_unfit", topic=batches[0].topic)
                await self._keep_aside(batches[0], "unfit")
                return []
        middle = len(batches) // 2
        first = await self._take_batches(batches[:middle])
        return first + await self._take_batches(batches[middle:])

    async def _keep_aside(self, message: Inbound, code: str) -> None:
        """Bytes and reason of what cannot be used, under the device that the topic names (I)."""
        device_id = topics.device_named(message.topic)
        device = None if device_id is None else await self._directory.device(device_id)
        if device is None:
            self._intake.drop(code)
            return
        await self._intake.keep_aside(device, code, message)
        _log.warning("message_kept_aside", topic=message.topic, code=code)

    async def _single(self, topic: topics.Topic, payload: bytes) -> list[Outbound]:
        device = await self._directory.device(topic.device_id)
        if device is None or not device.active:
            self._intake.drop("unknown-device" if device is None else "revoked-device")
            return []
        if topic.direction == "pres":
            self._presence.presence(device, payload)
            return []
        if topic.channel == "hb":
            self._presence.heartbeat(device, payload)
            return []
        if topic.channel == "cmd":
            await self._orders.answered(device, payload)
            return []
        return await self._greeting.answer(device, topic.channel, payload)

    async def _publish(self, connection: BrokerConnection, replies: list[Outbound]) -> None:
        waiting = deque(replies)
        while waiting:
            some = [waiting.popleft() for _ in range(min(_PUBLISHED_AT_ONCE, len(waiting)))]
            async with asyncio.TaskGroup() as group:
                for reply in some:
                    group.create_task(connection.publish(reply))

    def _wait_s(self, attempt: int) -> float:
        pace = self._pace
        wait_ms = backoff_ms(
            self._rng,
            attempt=attempt,
            initial_ms=pace.backoff_initial_ms,
            max_ms=pace.backoff_max_ms,
        )
        return wait_ms / 1000


def _topics(partition: int) -> tuple[str, str]:
    return f"r1/{partition}/+/up/+", f"r1/{partition}/+/pres"


async def _apart(work: Coroutine[Any, Any, None]) -> None:
    """In a task of its own: a group that breaks while its task is cancelled tells of the break
    alone (until Python 3.13), and whoever carries on after a break would go on for ever.

    Raises Unavailable `ingest-broken-off` when the work was cancelled and we were not: a task group
    takes a child that ends as cancelled for one that is done, and nothing would connect anew.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if task.cancelled():
        raise Unavailable(
            "ingest-broken-off", "The connection was given up by what it is built on."
        )
    task.result()


def _nothing() -> None:
    """Nobody listens."""
