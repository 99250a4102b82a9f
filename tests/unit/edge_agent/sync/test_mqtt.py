"""What the MQTT client does with a task that is to end."""

import asyncio
from typing import Any, cast

import aiomqtt
import pytest

from edge_agent.sync.mqtt import _MqttConnection


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
    """Until Python 3.12 wait_for forgets a cancellation that comes with what it waits for: an
    agent that was told to stop went on beating until it was killed."""
    client = AnsweredAtLast()
    connection = _MqttConnection(cast("aiomqtt.Client", client))

    async def beat() -> None:
        await connection.publish("topic", b"")
        await asyncio.sleep(60)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0)
    client.answered.set()
    await asyncio.sleep(0)
    beating.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await beating
    assert beating.cancelled()
