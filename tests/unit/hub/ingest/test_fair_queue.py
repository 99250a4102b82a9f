"""Who is next, and what happens at the bounds."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.broker import Inbound
from hub.ingest.fair_queue import Bounds, FairQueue, Waiting

_SMALL = Bounds(messages=8, bytes=800, per_device=4)


def waiting(
    device: int, number: int, *, owner: int | None = None, backlog: bool = False, size: int = 10
) -> Waiting:
    return Waiting(
        message=Inbound(f"{device}/{number}", bytes(size)),
        device_id=UUID(int=device),
        owner=UUID(int=device if owner is None else owner),
        backlog=backlog,
    )


async def drained(queue: FairQueue) -> list[str]:
    found: list[str] = []
    while queue.messages:
        found += [each.topic for each in await queue.take(most=3, most_bytes=1000)]
    return found


async def test_tenants_take_turns_and_then_their_devices() -> None:
    queue = FairQueue()
    for device in (1, 2, 3):
        for number in (1, 2):
            assert await queue.put(waiting(device, number, owner=100)) is None
    await queue.put(waiting(9, 1, owner=200))
    assert await drained(queue) == ["1/1", "9/1", "2/1", "3/1", "1/2", "2/2", "3/2"]


@pytest.mark.fault(36, "G,H")
async def test_a_live_sale_does_not_wait_for_a_street_of_backlogs() -> None:
    """Behind six hundred batches of backlog a live message is among the next two to be taken."""
    queue = FairQueue()
    for device in range(1, 151):
        for number in range(4):
            assert await queue.put(waiting(device, number, owner=100, backlog=True)) is None
    await queue.put(waiting(900, 1, owner=200))
    assert "900/1" in [each.topic for each in await queue.take(most=2, most_bytes=1000)]


async def test_backlogs_get_every_fourth_place() -> None:
    queue = FairQueue()
    for number in range(16):
        await queue.put(waiting(number + 1, 1))
        await queue.put(waiting(number + 101, 1, backlog=True))
    first = [each.topic for each in await queue.take(most=16, most_bytes=10_000)]
    assert sum(int(topic.split("/")[0]) > 100 for topic in first) == 4


async def test_a_devices_last_batch_does_not_overtake_its_backlog() -> None:
    queue = FairQueue()
    await queue.put(waiting(1, 1, backlog=True))
    await queue.put(waiting(1, 2, backlog=True))
    await queue.put(waiting(1, 3))
    assert await drained(queue) == ["1/1", "1/2", "1/3"]


@pytest.mark.fault(32, "G,H")
async def test_at_its_bounds_backlogs_are_forgotten_and_live_ones_wait() -> None:
    """While the hub is slow its queue stays within its bounds, and what it forgets is counted."""
    queue = FairQueue(_SMALL)
    fates = [await queue.put(waiting(n, 1, backlog=True)) for n in range(1, 10)]
    assert fates == [None] * 6 + ["queue-full"] * 3
    assert [await queue.put(waiting(n, 1)) for n in (21, 22)] == [None, None]
    late = asyncio.create_task(queue.put(waiting(23, 1)))
    await asyncio.sleep(0)
    assert not late.done()
    assert queue.messages == _SMALL.messages
    await queue.take(most=1, most_bytes=1)
    assert await late is None


async def test_bytes_are_bounded_and_one_message_always_fits() -> None:
    queue = FairQueue(_SMALL)
    assert await queue.put(waiting(1, 1, size=5_000, backlog=True)) is None
    assert await queue.put(waiting(2, 1, backlog=True)) == "queue-full"
    assert len(await queue.take(most=9, most_bytes=9)) == 1
    assert (queue.messages, queue.bytes) == (0, 0)


@pytest.mark.fault(16, "A,H")
async def test_a_device_gone_mad_has_its_own_share_alone() -> None:
    """A device that sends without end fills its own share; what overflows is repeated by it."""
    queue = FairQueue(_SMALL)
    fates = [await queue.put(waiting(1, number)) for number in range(9)]
    assert fates == [None] * 4 + ["device-queue-full"] * 5
    assert await queue.put(waiting(2, 1)) is None


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 300)), min_size=1, max_size=60
    )
)
def test_order_and_bounds_hold_for_whatever_comes(said: list[tuple[int, bool, int]]) -> None:
    async def run() -> None:
        queue = FairQueue(_SMALL)
        kept: dict[int, list[str]] = {}
        found: dict[int, list[str]] = {}
        for number, (device, backlog, size) in enumerate(said):
            one = waiting(device, number, owner=device % 2, backlog=backlog, size=size)
            while not (queue.messages < 7 and queue.bytes + size <= 800) and queue.messages:
                for each in await queue.take(most=2, most_bytes=200):
                    found.setdefault(int(each.topic.split("/")[0]), []).append(each.topic)
            if await queue.put(one) is None:
                kept.setdefault(device, []).append(one.message.topic)
            assert queue.messages <= _SMALL.messages
        for topic in await drained(queue):
            found.setdefault(int(topic.split("/")[0]), []).append(topic)
        assert found == kept
        assert (queue.messages, queue.bytes) == (0, 0)

    asyncio.run(run())
