"""The agent dies at the two places where an answer was on its way and was not noted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge_agent.sync.ports import Connection, Message
from edge_agent.sync.storage import SyncStorage
from tests.unit.edge_agent.sync.test_service import QueueBroker, Shop, _until, living

_FACTS = 5


class NeverMarks(SyncStorage):
    """Killed between the hub's ack and its mark."""

    async def mark_acked(self, *, hwm: int, dead: Sequence[tuple[int, str]]) -> None:
        if hwm:
            await asyncio.Event().wait()


class _Unanswered:
    """Facts reach the hub; neither PUBACK nor the hub's ack ever comes back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.subscribe, self.receive = connection.subscribe, connection.receive

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        if topic.endswith(("/ev", "/bk")):
            self.receive = _never
            await self._connection.publish(topic, payload, qos=qos, retain=retain)
            await asyncio.Event().wait()
        await self._connection.publish(topic, payload, qos=qos, retain=retain)


async def _never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


class UnansweringBroker(QueueBroker):
    """Killed between publish and PUBACK."""

    @asynccontextmanager
    async def connect(self, *, will: Message) -> AsyncIterator[Connection]:
        async with super().connect(will=will) as connection:
            yield _Unanswered(connection)


async def _die_and_come_back(folder: Path, dying: Shop) -> None:
    hub = dying.broker.hub
    async with living(dying):
        for number in range(_FACTS):
            await dying.sell(number)
        await _until(lambda: hub.inbox)
        assert (await dying.storage.state()).acked == 0
    well = Shop(folder)
    well.broker.hub = hub
    async with living(well):
        await _until(lambda: hub.view.current.hwm == _FACTS)
        for _ in range(100):
            if (state := await well.storage.state()).acked == _FACTS:
                break
            await asyncio.sleep(0.02)
        assert (state.acked, state.head, state.epoch) == (_FACTS, _FACTS, 1)
    assert sorted(hub.inbox) == [(1, seq) for seq in range(1, _FACTS + 1)]
    assert hub.quarantine == []
    assert len(hub.view.epochs) == 1


@pytest.mark.fault(2, "A,B")
async def test_killed_between_publish_and_puback(tmp_path: Path) -> None:
    """The facts are at the hub and nothing came back: after the restart they are sent again and
    lie there once."""
    await _die_and_come_back(tmp_path, Shop(tmp_path, broker=UnansweringBroker()))


@pytest.mark.fault(3, "A,B,D")
async def test_killed_between_ack_and_mark(tmp_path: Path) -> None:
    """The hub's ack came in and was not noted: after the restart it is asked for again, nothing was
    dropped before, and nothing lies at the hub twice."""
    await _die_and_come_back(tmp_path, Shop(tmp_path, storage=NeverMarks))
