"""A broker that answers in the moment in which the caller is told to end.

Until Python 3.12 wait_for, by which aiomqtt waits, forgets a cancellation that comes with what it
waits for: an agent or a hub that was told to stop at that moment never ended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest


class AnsweredAtLast:
    """As much of aiomqtt's client as publishes and listens."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.messages = aiter(self._nothing())

    async def publish(self, *words: object, **named: object) -> None:
        await asyncio.wait_for(self.answered.wait(), timeout=10)

    async def _nothing(self) -> AsyncIterator[None]:
        await asyncio.sleep(0)
        yield


async def ends_as_the_answer_comes(
    client: AnsweredAtLast, publish: Callable[[], Awaitable[None]]
) -> None:
    """Assert that whoever publishes on this client ends when it is cancelled just then."""

    async def publishing() -> None:
        await publish()
        await asyncio.sleep(60)

    task = asyncio.create_task(publishing())
    await asyncio.sleep(0)
    client.answered.set()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task
    assert task.cancelled()
