"""One connection's life: greet, then carry out what the machine says until the broker is gone."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from edge_agent.kit.clock import Clock, unix_ms
from edge_agent.sync.ports import CommandsPort, Connection, JournalPort, Message, ReplicasPort
from edge_agent.sync.status import StatusBoard
from protocol.codec.control import encode_control
from protocol.codec.topics import DeviceTopics
from protocol.errors import RemoteProtocolError, Unavailable
from protocol.messages.sync import Heartbeat, Presence, RegisterFloor
from protocol.session.edge import EdgeSession
from protocol.session.outputs import (
    Acked,
    AdoptEpoch,
    Alarm,
    HubClock,
    Output,
    Publish,
    RaiseFloors,
    ReadFacts,
    ReadHashes,
    Retreat,
    RunCommand,
    StagePage,
)

FloorListener = Callable[[Sequence[RegisterFloor]], Awaitable[None]]
"""Told the highest Zs that the hub holds; whatever it writes is on disk when it returns."""

_log = structlog.get_logger(__name__)
# Messages read from the broker and not yet carried out; aiomqtt's own queue fills behind it.
_WAITING_MESSAGES = 64
# More are forgotten: the hub asks again.
_WAITING_COMMANDS = 8


class ConnectionRun:
    """`run` returns only by an exception: Unavailable when the connection or the disk is gone."""

    def __init__(
        self,
        *,
        session: EdgeSession,
        connection: Connection,
        journal: JournalPort,
        replicas: ReplicasPort,
        clock: Clock,
        status: StatusBoard,
        commands: CommandsPort | None = None,
    ) -> None:
        self._session = session
        self._connection = connection
        self._journal = journal
        self._replicas = replicas
        self._clock = clock
        self._status = status
        self._commands = commands
        self._asked: asyncio.Queue[RunCommand] = asyncio.Queue(_WAITING_COMMANDS)
        self._incoming: asyncio.Queue[Message] = asyncio.Queue(_WAITING_MESSAGES)
        self._stirred = asyncio.Event()
        self._leaving = asyncio.Event()
        self._appended = False
        self.on_replicas_changed: Callable[[str], None] = _nothing
        self.on_floors: FloorListener = learn_nothing
        self.clock_source: Callable[[], str] = source_not_known
        # How long to stay away after this connection.
        self.retreat_ms = 0

    def wake(self) -> None:
        """Facts were committed."""
        self._appended = True
        self._stirred.set()

    def leave(self) -> None:
        """End this connection; the next one begins as any does."""
        self._leaving.set()

    async def run(self, *, device: DeviceTopics, sess: int, heartbeat_ms: int) -> None:
        """Until cancelled or the connection breaks."""
        await self._connection.subscribe([device.all_down, device.want])
        birth = encode_control(Presence(online=True, sess=sess))
        await self._connection.publish(device.presence, birth, retain=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._leave())
            group.create_task(self._read())
            group.create_task(self._beat(device, sess, heartbeat_ms))
            group.create_task(self._work(device))
            group.create_task(self._obey(device))

    async def _leave(self) -> None:
        await self._leaving.wait()
        raise Unavailable("reconnecting", "Connecting anew, as asked.")

    async def _read(self) -> None:
        while True:
            await self._incoming.put(await self._connection.receive())
            self._stirred.set()

    async def _beat(self, device: DeviceTopics, sess: int, heartbeat_ms: int) -> None:
        while True:
            debt, now = await self._journal.debt(), self._session.journal
            beat = Heartbeat(
                sess=sess,
                head=now.head,
                acked=now.acked,
                pending_count=debt.count,
                mono_ms=self._clock.monotonic_ms(),
                at_ms=unix_ms(self._clock.now()),
                clk=self.clock_source(),
                pending_value_minor=debt.value_minor,
                oldest_pending_at_ms=debt.oldest_at_ms,
                disk_free_bytes=debt.disk_free_bytes,
                dead_count=debt.dead_count,
            )
            await self._connection.publish(device.up("hb"), encode_control(beat), qos=0)
            await asyncio.sleep(heartbeat_ms / 1000)

    async def _obey(self, device: DeviceTopics) -> None:
        """Beside the work, because some commands take their time."""
        while self._commands is not None:
            asked = await self._asked.get()
            answer = await self._commands.answer(asked.command, late=asked.late)
            await self._connection.publish(device.up("cmd"), encode_control(answer.result))
            answer.then()

    async def _work(self, device: DeviceTopics) -> None:
        await self._carry_out(device, self._session.connected(self._now()))
        while True:
            await self._wait()
            while not self._incoming.empty():
                message = self._incoming.get_nowait()
                await self._carry_out(device, self._received(device, message))
            if self._appended:
                self._appended = False
                state = await self._journal.state()
                outputs = self._session.appended(state.head, state.head_hash, self._now())
                await self._carry_out(device, outputs)
            await self._carry_out(device, self._session.tick(self._now()))

    async def _wait(self) -> None:
        due = self._session.next_tick_ms
        seconds = None if due is None else max(0, due - self._now()) / 1000
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()

    def _received(self, device: DeviceTopics, message: Message) -> Sequence[Output]:
        try:
            channel = device.channel_of(message.topic)
            return self._session.receive(channel, message.payload, self._now())
        except RemoteProtocolError as error:
            self._status.dropped(error.code)
            _log.warning("message_dropped", code=error.code, reason=error.message)
            return []

    async def _carry_out(self, device: DeviceTopics, outputs: Sequence[Output]) -> None:
        waiting = deque(outputs)
        while waiting:
            waiting.extend(await self._do(device, waiting.popleft()))
        self._status.welcomed = self._session.live
        self._status.wanted = self._session.pulls.wanted

    async def _do(self, device: DeviceTopics, output: Output) -> Sequence[Output]:
        session, now = self._session, self._now()
        match output:
            case Publish(channel, payload):
                await self._connection.publish(device.up(channel), payload)
            case ReadFacts(first=first, max_facts=most, max_bytes=size):
                facts, previous = await self._journal.read(
                    first=first, max_facts=most, max_bytes=size
                )
                return session.facts_read(first, facts, previous_hash=previous, now_ms=now)
            case ReadHashes(question=question, seqs=seqs):
                return session.hashes_read(question, await self._journal.hashes_at(seqs), now)
            case Acked(hwm=hwm, dead=dead):
                await self._journal.mark_acked(hwm=hwm, dead=dead)
                self._status.last_ack_at_ms = unix_ms(self._clock.now())
            case AdoptEpoch():
                return session.epoch_adopted(await self._journal.adopt_epoch(output), now)
            case StagePage():
                return await self._stage(output)
            case RunCommand():
                if not self._asked.full():
                    self._asked.put_nowait(output)
            case RaiseFloors(floors):
                await self.on_floors(floors)
            case HubClock() | Alarm() | Retreat():
                self._note(output)
        return []

    def _note(self, output: HubClock | Alarm | Retreat) -> None:
        match output:
            case HubClock(hub_time_ms):
                self._journal.heard_hub(hub_time_ms)
                self._status.hub_time_ms = hub_time_ms
                self._status.hub_offset_ms = hub_time_ms - unix_ms(self._clock.now())
            case Alarm(code, detail):
                self._alarm(code, detail)
            case Retreat(wait_ms):
                self.retreat_ms = wait_ms
                raise Unavailable("cloned", "Another box has this one's name: staying away.")

    async def _stage(self, output: StagePage) -> Sequence[Output]:
        page, collection = output.page, output.collection
        try:
            await self._replicas.stage(collection, page)
        except Unavailable as error:
            if error.code != "disk-low":
                raise
            # What the shop sold must get out all the same, or the disk stays full.
            self._alarm(error.code, collection)
            return self._session.page_refused(self._now())
        if page.done:
            self.on_replicas_changed(collection)
        return self._session.page_staged(self._now())

    def _alarm(self, code: str, detail: str) -> None:
        self._status.alarm(code, detail, at_ms=unix_ms(self._clock.now()))
        _log.warning("sync_alarm", code=code, detail=detail)

    def _now(self) -> int:
        return self._clock.monotonic_ms()


def source_not_known() -> str:
    """Who sets the clock, where nobody wired an answer."""
    return "unsync"


def _nothing(collection: str) -> None:
    """Nobody listens."""


async def learn_nothing(floors: Sequence[RegisterFloor]) -> None:
    """Nobody numbers Zs here."""
