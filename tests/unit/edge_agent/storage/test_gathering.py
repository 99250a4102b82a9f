"""Groups form while one is written, wait for company only for a moment, and lose nobody."""

import asyncio

import pytest

from edge_agent.storage.gathering import Gathering


class Shop:
    """A gathering and the groups that it handed over."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gathering = Gathering[int](asyncio.get_running_loop(), self.groups.append, most=3)

    def add(self, *requests: int) -> None:
        for request in requests:
            self.gathering.add(request)


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def test_a_lone_request_is_handed_over_at_once(shop: Shop) -> None:
    shop.add(1)
    assert shop.groups == [[1]]


async def test_who_comes_while_a_group_is_written_shares_the_next_one(shop: Shop) -> None:
    shop.add(1, 2, 3)
    assert shop.groups == [[1]]
    shop.gathering.done(1)
    assert shop.groups == [[1], [2, 3]]


async def test_a_group_never_has_more_than_it_may(shop: Shop) -> None:
    shop.add(1, 2, 3, 4, 5)
    shop.gathering.done(1)
    shop.gathering.done(3)
    await asyncio.sleep(0.05)
    assert shop.groups == [[1], [2, 3, 4], [5]]


async def test_after_a_full_group_the_first_waits_for_the_others(shop: Shop) -> None:
    shop.add(1, 2, 3)
    shop.gathering.done(1)
    shop.gathering.done(2)
    shop.add(4)
    assert shop.groups == [[1], [2, 3]]
    shop.add(5)
    assert shop.groups == [[1], [2, 3], [4, 5]]


async def test_it_waits_only_for_a_moment(shop: Shop) -> None:
    shop.add(1, 2, 3)
    shop.gathering.done(1)
    shop.gathering.done(2)
    shop.add(4)
    await asyncio.sleep(0.05)
    assert shop.groups == [[1], [2, 3], [4]]
    shop.gathering.done(1)
    shop.add(5)
    assert shop.groups[-1] == [5]  # the last group was alone: nobody is waited for


async def test_what_was_not_handed_over_can_be_taken_back(shop: Shop) -> None:
    shop.add(1, 2, 3, 4, 5)
    assert shop.gathering.take_all() == [[2, 3, 4], [5]]
    assert shop.gathering.take_all() == []
