import asyncio

import pytest

from edge_agent.kit.broadcast import RESYNC, Broadcast
from protocol.errors import Unavailable


async def test_everyone_who_listens_hears_everything_in_order() -> None:
    broadcast = Broadcast()
    broadcast.publish("sale", {"n": 0})
    with broadcast.subscribe() as first, broadcast.subscribe() as second:
        for number in range(1, 4):
            broadcast.publish("sale", {"n": number})
        for subscription in (first, second):
            heard = [await subscription.next() for _ in range(3)]
            assert [event.payload["n"] for event in heard] == [1, 2, 3]
            assert [event.number for event in heard] == [2, 3, 4]
    broadcast.publish("sale", {"n": 9})


async def test_a_listener_waits_for_the_next_event() -> None:
    broadcast = Broadcast()
    with broadcast.subscribe() as subscription:
        waiting = asyncio.create_task(subscription.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        broadcast.publish("sync", {})
        assert (await waiting).kind == "sync"


async def test_the_slow_lose_the_oldest_and_are_told() -> None:
    broadcast = Broadcast(capacity=3)
    with broadcast.subscribe() as slow:
        for number in range(1, 11):
            broadcast.publish("sale", {"n": number})
        told = await slow.next()
        assert (told.kind, told.payload, told.number) == (RESYNC, {"lost": 7}, 7)
        assert [(await slow.next()).payload["n"] for _ in range(3)] == [8, 9, 10]
        broadcast.publish("sale", {"n": 11})
        assert (await slow.next()).payload["n"] == 11


async def test_listeners_are_bounded() -> None:
    broadcast = Broadcast(max_subscribers=1)
    with broadcast.subscribe(), pytest.raises(Unavailable), broadcast.subscribe():
        pass
    with broadcast.subscribe():
        pass
