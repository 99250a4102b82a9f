"""What the worker says of messages that it cannot use."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy.exc
from structlog.testing import capture_logs

from hub.ingest.admission import Admission
from hub.ingest.broker import Broker, BrokerConnection, Inbound, Outbound
from hub.ingest.greeting import Greeting
from hub.ingest.inbox import DeviceRef, InboxStore, Quarantined
from hub.ingest.intake import Intake
from hub.ingest.orders import Orders
from hub.ingest.partitions import Change, PartitionLocks
from hub.ingest.presence import PresenceBook
from hub.ingest.shell import Connect, IngestShell, ShellPace
from hub.kit.clock import SystemClock
from protocol.errors import Unavailable
from protocol.vocabulary.ids import partition_of

KNOWN = UUID("01890000-0000-7000-8000-00000000000a")
STRANGER = UUID("01890000-0000-7000-8000-00000000000b")


class OneShop:
    """Implements `inbox.DeviceDirectory` and what intake and presence write."""

    def __init__(self) -> None:
        self.kept: list[Quarantined] = []

    async def device(self, device_id: UUID) -> DeviceRef | None:
        if device_id != KNOWN:
            return None
        return DeviceRef(device_id=KNOWN, organization_id=KNOWN, store_id=KNOWN, active=True)

    def owner(self, device_id: UUID) -> UUID:
        return device_id

    async def quarantine(self, items: Sequence[Quarantined], *, at: datetime) -> None:
        self.kept += items


class Picky(Intake):
    """Its database has no column for some message; `done` when it took four others."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.taken: list[bytes] = []
        self.done = asyncio.Event()

    async def take(self, messages: Sequence[Inbound]) -> list[Outbound]:
        payloads = [message.payload for message in messages]
        if b"poison" in payloads:
            raise sqlalchemy.exc.DBAPIError("insert", {}, ValueError("no column takes it"))
        self.taken += payloads
        if len(self.taken) == 4:
            self.done.set()
        return []


class NoPartitions(PartitionLocks):
    """Another worker holds them all."""

    async def round(self) -> Change:
        return Change(frozenset(), frozenset())

    async def release(self) -> None:
        """Nothing is held."""


class Quiet(PresenceBook, Orders):
    """Nobody is online, and nobody is asked for anything."""

    def __init__(self, shop: OneShop) -> None:
        self._shop = shop
        self.shown = asyncio.Event()

    async def flush(self) -> None:
        """Nothing was said."""

    async def stale_wants(self) -> list[DeviceRef]:
        return []

    def online(self) -> list[DeviceRef]:
        return []

    async def tell(self, devices: object, publish: object) -> None:
        """Nothing; the worker comes here right after it showed what it forgot."""
        if self._shop.kept:
            self.shown.set()


class Delivering(BrokerConnection):
    """A broker that delivers these messages and then is silent."""

    def __init__(self, messages: Sequence[Inbound]) -> None:
        self._left = list(messages)

    def dropped(self) -> int:
        return 0

    async def receive(self) -> Inbound:
        if not self._left:
            await asyncio.Event().wait()
        return self._left.pop(0)


class Breaking(Delivering):
    """A broker that goes away when it is told to."""

    def __init__(self) -> None:
        super().__init__([])
        self.read = asyncio.Event()
        self.gone = asyncio.Event()

    async def receive(self) -> Inbound:
        self.read.set()
        await self.gone.wait()
        raise Unavailable("broker-unavailable", "gone")


def new_shell(
    shop: OneShop, quiet: Quiet, connect: Connect, *, intake: type[Intake] = Intake
) -> IngestShell:
    clock = SystemClock()
    return IngestShell(
        broker=Broker(host="broker", port=1883, client_id="worker"),
        partitions=NoPartitions(cast("Any", None)),
        intake=intake(
            store=cast("InboxStore", shop),
            directory=shop,
            admission=Admission(clock=clock, rng=Random(1)),
            clock=clock,
        ),
        greeting=cast("Greeting", None),
        presence=quiet,
        orders=quiet,
        directory=shop,
        pace=ShellPace(want_ms=10),
        rng=Random(1),
        connect=connect,
    )


async def test_what_is_kept_aside_is_not_called_forgotten() -> None:
    # No device is in this partition, so neither topic is one.
    messages = [Inbound(f"r1/99/{device}/up/hello", b"x") for device in (STRANGER, KNOWN)]
    shop = OneShop()
    quiet = Quiet(shop)

    @asynccontextmanager
    async def connect(_: Broker) -> AsyncIterator[BrokerConnection]:
        yield Delivering(messages)

    shell = new_shell(shop, quiet, connect)
    with capture_logs() as said:
        running = asyncio.create_task(shell.run())
        async with asyncio.timeout(20):
            await quiet.shown.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    kept = [each for each in said if each["event"] == "message_kept_aside"]
    (forgotten,) = [each for each in said if each["event"] == "messages_forgotten"]
    (item,) = shop.kept
    assert (item.device.device_id, item.bytes) == (KNOWN, f"{messages[1].topic}\nx".encode())
    assert [(each["topic"], each["code"]) for each in kept] == [(messages[1].topic, item.reason)]
    assert forgotten["so_far"] == {item.reason: 1}


async def test_a_batch_that_no_column_takes_is_kept_aside_alone() -> None:
    """Those that came with it are taken, and the hub goes on."""
    topic = f"r1/{partition_of(KNOWN)}/{KNOWN}/up/ev"
    messages = [Inbound(topic, word) for word in (b"a", b"b", b"poison", b"c", b"d")]
    shop = OneShop()
    quiet = Quiet(shop)

    @asynccontextmanager
    async def connect(_: Broker) -> AsyncIterator[BrokerConnection]:
        yield Delivering(messages)

    shell = new_shell(shop, quiet, connect, intake=Picky)
    picky = cast("Picky", shell._intake)
    running = asyncio.create_task(shell.run())
    async with asyncio.timeout(20):
        await picky.done.wait()
        await quiet.shown.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sorted(picky.taken) == [b"a", b"b", b"c", b"d"]
    (item,) = shop.kept
    assert (item.reason, item.bytes) == ("unfit", f"{topic}\npoison".encode())


async def test_a_connection_that_is_cancelled_from_within_is_made_anew() -> None:
    again, shop = Breaking(), OneShop()
    tries = itertools.count()

    @asynccontextmanager
    async def connect(_: Broker) -> AsyncIterator[BrokerConnection]:
        if next(tries) == 0:
            raise asyncio.CancelledError
        yield again

    running = asyncio.create_task(new_shell(shop, Quiet(shop), connect).run())
    async with asyncio.timeout(20):
        await again.read.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_when_told_to_while_the_connection_breaks(steps: int) -> None:
    breaking, shop = Breaking(), OneShop()

    @asynccontextmanager
    async def connect(_: Broker) -> AsyncIterator[BrokerConnection]:
        yield breaking

    running = asyncio.create_task(new_shell(shop, Quiet(shop), connect).run())
    async with asyncio.timeout(20):
        await breaking.read.wait()
        breaking.gone.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
