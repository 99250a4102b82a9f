"""What the hub's MQTT client does with a task that is to end."""

import asyncio
from typing import Any, cast

import aiomqtt
import pytest

from hub.ingest.broker import BrokerConnection, Outbound


class AnsweredAtLast:
    """A client whose broker answers as the caller is cancelled. It waits as aiomqtt does."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.messages = aiter(self._nothing())

    async def publish(self, *words: object, **named: object) -> None:
        await asyncio.wait_for(self.answered.wait(), timeout=10)

    async def _nothing(self) -> Any:
        await asyncio.sleep(0)
        yield


async def test_it_ends_when_it_is_cancelled_as_the_answer_comes() -> None:
    """Until Python 3.12 wait_for forgets a cancellation that comes with what it waits for."""
    client = AnsweredAtLast()
    connection = BrokerConnection(cast("aiomqtt.Client", client))

    async def answering() -> None:
        await connection.publish(Outbound("topic", b""))
        await asyncio.sleep(60)

    task = asyncio.create_task(answering())
    await asyncio.sleep(0)
    client.answered.set()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task
    assert task.cancelled()
