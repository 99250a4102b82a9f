import asyncio

import pytest

from protocol.errors import Unavailable
from provisioning.demo.children import UnexpectedExit
from provisioning.demo.watching import watch


class Exits:
    def __init__(self) -> None:
        self.all: list[UnexpectedExit] = []

    def unexpected_exits(self) -> tuple[UnexpectedExit, ...]:
        return tuple(self.all)

    def add(self, reason: str, *, given_up: bool = False) -> None:
        self.all.append(UnexpectedExit(name="hub", reason=reason, given_up=given_up))


async def test_each_exit_is_told_once_and_a_last_one_ends_the_wait() -> None:
    exits, told = Exits(), list[str]()
    arrived = asyncio.Event()

    def tell(said: str) -> None:
        told.append(said)
        if len(told) == 2:
            arrived.set()

    exits.add("killed [by] somebody")
    exits.add("killed [by] somebody")
    watching = asyncio.create_task(watch(exits, tell))
    async with asyncio.timeout(20):
        await arrived.wait()
        exits.add("exit 1: no table", given_up=True)
        with pytest.raises(Unavailable) as refused:
            await watching
    assert refused.value.code == "program-given-up"
    assert "hub" in refused.value.message
    assert "no table" in refused.value.message
    assert told == [r"[yellow]hub ended and is started again: killed \[by] somebody"] * 2
