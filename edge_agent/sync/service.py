"""The agent's sync: connect, run, and when it breaks wait and connect again, for ever.

The shop never waits for any of it (promise E): everything here may fail at any moment.
"""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import replace

from edge_agent.kit.clock import Clock
from edge_agent.sync.connection_run import (
    ConnectionRun,
    FloorListener,
    learn_nothing,
    source_not_known,
)
from edge_agent.sync.ports import CommandsPort, JournalPort, Message, ReplicasPort, Transport
from edge_agent.sync.status import StatusBoard, SyncStatus
from protocol.codec.control import encode_control
from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from protocol.messages.sync import Presence
from protocol.session.edge import Boot, EdgeSession
from protocol.session.timing import Timing, backoff_ms

_log = structlog.get_logger(__name__)
_SWEEP_PAUSE_S = 0.05
_SWEEP_PERIOD_S = 3600.0
# A connection that held so long was a good one: the next break starts with the short wait again.
_GOOD_CONNECTION_MS = 60_000


class SyncPace(Struct, frozen=True, kw_only=True):
    """Milliseconds between attempts, first to last, and between heartbeats."""

    connect_jitter_ms: int = 120_000
    backoff_initial_ms: int = 1_000
    backoff_max_ms: int = 300_000
    heartbeat_ms: int = 15_000
    timing: Timing = Timing()


class SyncService:
    """`run` until cancelled; `wake` after every commit that appended facts."""

    def __init__(
        self,
        *,
        boot: Boot,
        transport: Transport,
        journal: JournalPort,
        replicas: ReplicasPort,
        clock: Clock,
        pace: SyncPace,
        rng: Random,
    ) -> None:
        self._boot = boot
        self._transport = transport
        self._journal = journal
        self._replicas = replicas
        self._clock = clock
        self._pace = pace
        self._rng = rng
        self._status = StatusBoard()
        self._run: ConnectionRun | None = None
        self._swept = asyncio.Event()
        self._listeners: list[Callable[[str], None]] = []
        self.clock_source: Callable[[], str] = source_not_known
        self.commands: CommandsPort | None = None
        self.on_floors: FloorListener = learn_nothing

    def wake(self) -> None:
        """Facts were committed. Cheap; never waits."""
        if self._run is not None:
            self._run.wake()

    def reconnect(self) -> None:
        """Make the connection anew, if there is one: with what is in the folder now."""
        if self._run is not None:
            self._run.leave()

    def status(self) -> SyncStatus:
        """What to show."""
        return self._status.snapshot()

    def on_replicas_changed(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the collection's name after it flipped to a newer version."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Connect and stay connected, and sweep what flips leave behind, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._connect_for_ever())
            group.create_task(self._sweep_for_ever())

    async def _connect_for_ever(self) -> None:
        await asyncio.sleep(self._rng.randint(0, self._pace.connect_jitter_ms) / 1000)
        attempt = 0
        while True:
            began_ms = self._clock.monotonic_ms()
            try:
                await _apart(self._connect_once())
            except* Unavailable as broken:
                _log.info("sync_offline", reasons=[str(error) for error in broken.exceptions])
            self._status.connected = self._status.welcomed = False
            retreat_ms = self._run.retreat_ms if self._run is not None else 0
            self._run = None
            if self._clock.monotonic_ms() - began_ms > _GOOD_CONNECTION_MS:
                attempt = 0
            wait_ms = backoff_ms(
                self._rng,
                attempt=attempt,
                initial_ms=self._pace.backoff_initial_ms,
                max_ms=self._pace.backoff_max_ms,
            )
            attempt += 1
            await asyncio.sleep(max(wait_ms, retreat_ms) / 1000)

    async def _connect_once(self) -> None:
        sess = await self._journal.next_sess()
        device = DeviceTopics(self._boot.device_id)
        gone = encode_control(Presence(online=False, sess=sess))
        async with self._transport.connect(will=Message(device.presence, gone)) as connection:
            run = ConnectionRun(
                session=EdgeSession(
                    boot=replace(self._boot, clk=self.clock_source()),
                    journal=await self._journal.state(),
                    replicas=await self._replicas.replicas(),
                    sess=sess,
                    timing=self._pace.timing,
                    rng=self._rng,
                ),
                connection=connection,
                journal=self._journal,
                replicas=self._replicas,
                clock=self._clock,
                status=self._status,
                commands=self.commands,
            )
            run.on_replicas_changed = self._replicas_changed
            run.on_floors = self.on_floors
            run.clock_source = self.clock_source
            self._run = run
            run.wake()
            self._status.connected = True
            await run.run(device=device, sess=sess, heartbeat_ms=self._pace.heartbeat_ms)

    def _replicas_changed(self, collection: str) -> None:
        self._swept.set()
        for listener in self._listeners:
            listener(collection)

    async def _sweep_for_ever(self) -> None:
        while True:
            self._swept.clear()
            try:
                more = await self._replicas.sweep()
            except Unavailable as error:
                _log.warning("sweep_put_off", reason=str(error))
                more = False
            if more:
                await asyncio.sleep(_SWEEP_PAUSE_S)  # sales go first
            else:
                await self._flip_or_period()

    async def _flip_or_period(self) -> None:
        try:
            async with asyncio.timeout(_SWEEP_PERIOD_S):
                await self._swept.wait()
        except TimeoutError:
            return


async def _apart(work: Coroutine[Any, Any, None]) -> None:
    """In a task of its own: a group that breaks while its task is cancelled tells of the break
    alone (until Python 3.13), and whoever carries on after a break would go on for ever.

    Raises Unavailable `sync-broken-off` when the work was cancelled and we were not: a task group
    takes a child that ends as cancelled for one that is done, and nothing would connect anew.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if task.cancelled():
        raise Unavailable("sync-broken-off", "The connection was given up by what it is built on.")
    task.result()
