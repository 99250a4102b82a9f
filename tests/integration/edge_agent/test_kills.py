"""SIGKILL while tablets sell: what was answered is on disk, once, numbered without a gap.

A kill proves nothing about fsync (DESIGN §9); it proves the order of commit and answer.
"""

import sqlite3
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.integration.edge_agent.tablet import Json, RunningAgent, Tablet

pytestmark = pytest.mark.slow
TABLETS = 4


class Seller(threading.Thread):
    """Sells until told to stop; whatever gets no answer is asked again until it does."""

    def __init__(self, tablet: Tablet, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._tablet = tablet
        self._stop_asked = stop
        self.answered: list[Json] = []
        self.trouble: list[str] = []

    def run(self) -> None:
        while not self._stop_asked.is_set():
            body = self._tablet.sale(1 + len(self.answered) % 3)
            answer = self._until_answered(body)
            if answer is None:
                return
            if answer.status_code not in (200, 201):
                self.trouble.append(answer.text)
                return
            self.answered.append(dict(answer.json()))

    def _until_answered(self, body: dict[str, Any]) -> httpx.Response | None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                return self._tablet.post("/v1/sales", body)
            except httpx.TransportError:
                time.sleep(0.05)
        self.trouble.append("no answer for 90 s")
        return None


def sell_under_kills(config: Path, *, kills: int, seed: int) -> list[Json]:
    rng = Random(seed)
    stop = threading.Event()
    with RunningAgent(config) as agent:
        tablets = [Tablet(agent, stream=number).__enter__() for number in range(1, TABLETS + 1)]
        tablets[0].open_shift()
        for tablet in tablets:
            tablet.shift_id = tablets[0].shift_id
        sellers = [Seller(tablet, stop) for tablet in tablets]
        for seller in sellers:
            seller.start()
        for _ in range(kills):
            time.sleep(rng.uniform(0.1, 0.7))
            agent.kill()
            agent.start()
        time.sleep(0.3)
        stop.set()
        for seller in sellers:
            seller.join(timeout=120)
        assert [seller.trouble for seller in sellers] == [[]] * TABLETS
        x = tablets[0].get("/v1/shifts/current/x").json()
        answered = [answer for seller in sellers for answer in seller.answered]
        assert x["sales_count"] == len(answered)
        assert x["net_minor"] == sum(one["totals"]["payable_minor"] for one in answered)
        for tablet in tablets:
            tablet.__exit__(None, None, None)
        assert agent.stop() == 0
    return answered


def compare_with_disk(database: Path, answered: list[Json]) -> None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    journal = dict(connection.execute("SELECT fact_id, hex(hash) FROM journal"))
    (head,) = connection.execute("SELECT MAX(seq) FROM journal").fetchone()
    (facts,) = connection.execute("SELECT COUNT(*) FROM journal").fetchone()
    (sold_micro,) = connection.execute("SELECT SUM(quantity_micro) FROM stock_on_hand").fetchone()
    connection.close()
    assert head == facts == len(answered) + 1, "one fact a sale, and the shift's"
    assert {one["id"]: one["hash"].upper() for one in answered}.items() <= journal.items()
    numbers = sorted(one["receipt"]["number"] for one in answered)
    assert numbers == list(range(1, len(answered) + 1))
    pieces = sum(int(one["lines"][0]["quantity"]) for one in answered)
    assert sold_micro == -pieces * 1_000_000


@pytest.mark.fault(1, "A,B")
def test_three_kills_lose_and_double_nothing(config: Path) -> None:
    """SIGKILL while four tablets sell: every answered sale is on disk once, numbered without a gap,
    whether the kill came before the commit or after it."""
    answered = sell_under_kills(config, kills=3, seed=11)
    assert answered
    compare_with_disk(config.parent / "data" / "hanout.db", answered)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_many_kills_lose_and_double_nothing(config: Path) -> None:
    answered = sell_under_kills(config, kills=100, seed=12)
    compare_with_disk(config.parent / "data" / "hanout.db", answered)


def test_one_sale_sent_by_many_at_once_is_booked_once(config: Path) -> None:
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        body = tablet.sale()
        answers: list[httpx.Response] = []
        threads = [
            threading.Thread(target=lambda: answers.append(tablet.post("/v1/sales", body)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert len({answer.content for answer in answers}) == 1
        assert tablet.get("/v1/shifts/current/x").json()["sales_count"] == 1
