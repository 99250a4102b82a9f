"""What the office asks is done once, on a real database, whatever is repeated or interrupted."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from edge_agent.kit.clock import SystemClock
from edge_agent.storage.writer import Writer
from edge_agent.sync import store
from edge_agent.sync.commands import CommandDesk, Done
from edge_agent.sync.kinds import KindParts, build_kinds
from edge_agent.sync.ports import Message
from edge_agent.sync.resync import ResyncingReplicas
from edge_agent.sync.service import SyncService
from protocol.codec.control import decode_control, encode_control
from protocol.codec.items import encode_item, item_key
from protocol.codec.topics import DeviceTopics
from protocol.errors import Unavailable
from protocol.messages.collections import RegisterSettings
from protocol.messages.sync import Command, CommandResult
from protocol.session.edge import Boot
from tests.unit.edge_agent.sync.test_service import DEVICE, PACE, Shop, _until
from tests.unit.protocol.session.fake_hub import FakeHub

_FOR_EVER_MS = 2**60


def command(number: int, kind: str = "count", *, not_after_ms: int = _FOR_EVER_MS) -> Command:
    return Command(id=UUID(int=number), kind=kind, not_after_ms=not_after_ms)


class Desk:
    """A desk that counts, over a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.writer = Writer(folder / "hanout.sqlite3")
        self.done: list[str] = []
        self.entered = asyncio.Event()
        self.desk = CommandDesk(
            writer=self.writer,
            clock=SystemClock(),
            kinds={"count": self._count, "fail": self._fail, "hang": self._hang},
        )

    async def ask(self, asked: Command, *, late: bool = False) -> tuple[str, str]:
        answer = (await self.desk.answer(asked, late=late)).result
        assert answer.id == asked.id
        return answer.result, answer.detail

    async def _count(self) -> Done:
        self.done.append("count")
        return Done(detail=f"{len(self.done)}")

    async def _fail(self) -> Done:
        self.done.append("fail")
        raise Unavailable("hub-away", "not now")

    async def _hang(self) -> Done:
        self.entered.set()
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.writer.start()
    yield made
    await made.writer.stop()


@pytest.mark.fault(47, "B")
async def test_a_command_is_done_once_and_answered_as_often_as_it_comes(desk: Desk) -> None:
    """Ten deliveries of one command have one effect, and every one of them the same answer."""
    answers = [await desk.ask(command(1)) for _ in range(10)]
    assert answers == [("done", "1")] * 10
    assert await desk.ask(command(2)) == ("done", "2")


@pytest.mark.fault(47, "B")
async def test_a_late_command_is_not_begun_and_stays_expired(desk: Desk) -> None:
    """An expired command has no effect, also when it comes again and seems to be in time."""
    assert await desk.ask(command(1), late=True) == ("expired", "")
    assert await desk.ask(command(1)) == ("expired", "")
    assert desk.done == []


async def test_a_command_done_in_time_is_answered_after_its_time_too(desk: Desk) -> None:
    assert await desk.ask(command(1)) == ("done", "1")
    assert await desk.ask(command(1), late=True) == ("done", "1")


async def test_what_is_not_in_the_list_is_refused(desk: Desk) -> None:
    assert await desk.ask(command(1, "rm -rf /")) == ("refused", "unknown kind")


async def test_what_cannot_be_done_is_said_and_not_tried_again(desk: Desk) -> None:
    first = await desk.ask(command(1, "fail"))
    assert first[0] == "failed"
    assert "not now" in first[1]
    assert await desk.ask(command(1, "fail")) == first
    assert desk.done == ["fail"]


async def test_what_was_interrupted_is_not_begun_again(tmp_path: Path) -> None:
    before = Desk(tmp_path)
    await before.writer.start()
    running = asyncio.create_task(before.ask(command(1, "hang")))
    await before.entered.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await before.writer.stop()
    after = Desk(tmp_path)
    await after.writer.start()
    assert await after.ask(command(1, "hang")) == ("interrupted", "")
    assert not after.entered.is_set()
    await after.writer.stop()


async def test_so_many_results_are_kept(desk: Desk) -> None:
    def fill(connection: sqlite3.Connection) -> int:
        for number in range(1, 1_050):
            store.begin_command(connection, UUID(int=number), kind="count", at_ms=number)
        (kept,) = connection.execute("SELECT COUNT(*) FROM command").fetchone()
        return int(kept)

    assert await desk.writer.submit(fill) == 1_000


class AskingHub(FakeHub):
    """Hears answers as well."""

    def __init__(self) -> None:
        super().__init__(DEVICE)
        self.answers: list[CommandResult] = []

    def receive(self, channel: str, payload: bytes, now_ms: int) -> list[tuple[str, bytes]]:
        if channel == "cmd":
            self.answers.append(decode_control(payload, CommandResult))
            return []
        return super().receive(channel, payload, now_ms)


class ObeyingShop:
    """An agent's lower half that does what every box can."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self.hub = self.shop.broker.hub = AskingHub()
        self.restarts = 0
        replicas = ResyncingReplicas(
            self.shop.storage, writer=self.shop.writer, collections=["settings", "staff"]
        )
        self.replicas = replicas
        self.shop.sync = SyncService(
            boot=Boot(device_id=DEVICE, boot="b", agent="t"),
            transport=self.shop.broker,
            journal=self.shop.storage,
            replicas=replicas,
            clock=SystemClock(),
            pace=PACE,
            rng=Random(1),
        )
        kinds = build_kinds(
            KindParts(
                agent="hanout 1",
                sync=self.shop.sync,
                journal=self.shop.storage,
                replicas=replicas,
                restart=self._restart,
            )
        )
        self.shop.sync.commands = CommandDesk(
            writer=self.shop.writer, clock=SystemClock(), kinds=kinds
        )

    async def tell(self, asked: Command) -> CommandResult:
        """Until it is answered, as the hub does."""
        before = len(self.hub.answers)
        while len(self.hub.answers) == before:
            if self.shop.sync.status().welcomed:
                inbox = self.shop.broker._connections[-1].inbox
                await inbox.put(Message(DeviceTopics(DEVICE).down("cmd"), encode_control(asked)))
            await asyncio.sleep(0.05)
        return self.hub.answers[-1]

    def _restart(self) -> None:
        self.restarts += 1


@pytest.fixture
async def obeying(tmp_path: Path) -> AsyncIterator[ObeyingShop]:
    made = ObeyingShop(tmp_path)
    shop = made.shop
    await shop.writer.start()
    await shop.readers.open()
    await shop.writer.submit(lambda c: shop.journal.install(c, device_id=DEVICE, epoch=1))
    running = asyncio.create_task(shop.sync.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await shop.readers.close()
    await shop.writer.stop()


async def test_diagnostics_say_where_the_shop_stands(obeying: ObeyingShop) -> None:
    await obeying.shop.sell(1)
    answer = await obeying.tell(command(1, "send-diagnostics"))
    assert answer.result == "done"
    report = json.loads(answer.detail)
    assert report["agent"] == "hanout 1"
    assert report["collections"] == {"settings": 0, "staff": 0}


async def test_it_restarts_after_it_has_said_so(obeying: ObeyingShop) -> None:
    assert (await obeying.tell(command(1, "restart"))).result == "done"
    await _until(lambda: obeying.restarts == 1)
    assert (await obeying.tell(command(1, "restart"))).result == "done"
    assert obeying.restarts == 1


async def test_collections_come_anew_and_nobody_sees_a_gap(obeying: ObeyingShop) -> None:
    changed: list[str] = []
    obeying.shop.sync.on_replicas_changed(changed.append)
    register = RegisterSettings(
        register_id=UUID(int=7), name="Caisse 1", code="R1", pairing_token_hash="00"
    )
    obeying.hub.publish("settings", {item_key(register): encode_item(register)})
    obeying.shop.broker.go_away()
    obeying.shop.broker.up = True
    await _until(lambda: changed == ["settings"])
    assert (await obeying.tell(command(1, "resync-collections"))).result == "done"
    await _until(lambda: changed == ["settings", "settings"])
    assert (await obeying.shop.storage.replicas())["settings"].version == 1
    held = await obeying.replicas.replicas()
    assert held["settings"].version == 1, "it is not pulled a third time"
