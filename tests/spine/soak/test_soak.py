"""A street of shops sells for half an hour while something else fails every few seconds.

Promises A, B, C, F, G, H, J, M, N of DESIGN §1, with every part as real as it gets: agents claimed
with codes, Mosquitto with its door kept, the pooler, Postgres, the hub as six processes.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from provisioning.demo import online_retail, online_retail_file, sample_files
from provisioning.demo.baskets import customers
from provisioning.demo.children import Children
from provisioning.demo.goods import Product, gift_ware, groceries
from provisioning.demo.plan import GIFTS, SUPERETTE
from tests.spine.oracle import differences
from tests.spine.running import quiet, stocked
from tests.spine.soak.faults import Faults
from tests.spine.soak.ground import Ground
from tests.spine.soak.memory import Memory
from tests.spine.soak.prices import Prices
from tests.spine.soak.replacing import replace_box, shut_out
from tests.spine.soak.street import REGISTERS, owners
from tests.spine.soak.tills import Customer, Place, Till, Trade

_SEED = int(os.environ.get("HANOUT_SEED", "20261123"))
_INVOICES = 400
_REPLACED = 2
_SHOWS_EVERY_S = 5.0
_RESTARTS = 10_000
_QUIET_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how much: it ends when both are reached, or after `most_s` on a slow machine."""

    shops: int
    seconds: float
    sales: int
    most_s: float
    sales_per_second: float


@pytest.mark.prove
@pytest.mark.timeout(5400)
async def test_soak(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Thirty minutes, twenty agents, fifty thousand sales; HANOUT_SOAK is another plan."""
    plan_words = os.environ.get("HANOUT_SOAK", "20 1800 50000 2700").split()
    shops, seconds, sales, most_s = map(int, plan_words)
    plan = Plan(
        shops=shops,
        seconds=seconds,
        sales=sales,
        most_s=most_s,
        sales_per_second=1.05 * sales / seconds,
    )
    with capfd.disabled():
        await Soak(tmp_path, plan).run()


class Soak:
    """One run; everything about it stays in `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._rng = Random(_SEED)
        entries = online_retail_file.read_online_retail(sample_files.ONLINE_RETAIL)
        self._invoices = online_retail.first_tickets(entries, _INVOICES)
        self._groceries = groceries(sample_files.read_groceries())
        self._owners = owners(plan.shops)
        self._trade = Trade(interval_s=REGISTERS * plan.shops / plan.sales_per_second)
        self._memory = Memory(folder / "memory.tsv")

    async def run(self) -> None:
        """Raises AssertionError or what failed, with the seed; prints what was seen."""
        print(f"\nHANOUT_SEED={_SEED}, everything is kept in {self._folder}", flush=True)
        with Children(self._folder / "world", restarts_in_a_row=_RESTARTS) as children:
            ground = Ground(self._folder / "world", children, self._owners)
            try:
                await ground.up(self._goods())
                for agent in ground.agents:
                    await stocked(agent)
                await self._soak(ground)
            except BaseException:
                print(f"HANOUT_SEED={_SEED} failed; see {self._folder}", flush=True)
                raise
            finally:
                await ground.down()
                await asyncio.to_thread(children.close)

    async def _soak(self, ground: Ground) -> None:
        faults = Faults(ground, Random(self._rng.random()), self._folder / "faults.tsv")
        prices = Prices(ground, self._groceries, Random(self._rng.random()))
        tenants = {tenant.id: tenant for tenant in self._owners}
        places = [Place(tenants[agent.organization_id], agent) for agent in ground.agents]
        began, stop = time.monotonic(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            tills = [group.create_task(till.work(coming)) for till, coming in self._tills(places)]
            replacing = [
                group.create_task(self._replace(ground, place, at=number / 8))
                for number, place in enumerate(places[-_REPLACED:], 1)
            ]
            group.create_task(prices.keep_changing(stop))
            striking = group.create_task(faults.run(stop))
            watching = group.create_task(self._watch(ground, faults, began))
            await self._enough(began)
            await asyncio.gather(*replacing)
            stop.set()
            await striking
            self._trade.closing.set()
            calm = time.monotonic()
            await asyncio.gather(*tills)
            watching.cancel()
        await quiet(ground, within_s=_QUIET_S)
        quiet_s = time.monotonic() - calm
        wrong = await differences(ground, self._trade.ledger)
        wrong += await prices.differences()
        wrong += self._memory.faults()
        for place in places[-_REPLACED:]:
            wrong += await shut_out(place, ground)
        seen = {
            "seed": _SEED,
            "seconds": round(calm - began),
            "quiet_after_seconds": round(quiet_s),
            "tickets": len(self._trade.ledger),
            **self._trade.counts,
            "prices_published": prices.published,
            "faults": sum(faults.counts.values()),
            "faults_by_sort": dict(faults.counts),
            "memory_mib_by_third": self._memory.table(),
            "ended_unasked": [exit_.name for exit_ in ground.children.unexpected_exits()],
            "wrong": wrong,
        }
        (self._folder / "soak.json").write_text(json.dumps(seen, indent=1))
        print(json.dumps(seen, indent=1), flush=True)
        assert not wrong, f"HANOUT_SEED={_SEED}: {wrong}"

    def _goods(self) -> dict[UUID, list[Product]]:
        gifts = gift_ware(online_retail.catalogue(self._invoices))
        return {GIFTS.id: gifts, SUPERETTE.id: self._groceries}

    def _tills(self, places: list[Place]) -> Iterator[tuple[Till, Iterator[Customer]]]:
        shapes = sample_files.read_basket_shapes()
        for place in places:
            rng = Random(self._rng.random())
            coming: Iterator[Customer] = customers(self._groceries, shapes, rng)
            if place.tenant.id == GIFTS.id:
                coming = _endless(self._invoices, start=rng.randrange(len(self._invoices)))
            for number in range(REGISTERS):
                own = Random(rng.random())
                yield Till(place, number, trade=self._trade, rng=own), coming

    async def _replace(self, ground: Ground, place: Place, *, at: float) -> None:
        """At this share of the run."""
        await asyncio.sleep(at * self._plan.seconds)
        await replace_box(ground, place)
        self._trade.counts["boxes replaced"] += 1

    async def _enough(self, began: float) -> None:
        while True:
            spent, sales = time.monotonic() - began, self._trade.counts["sales"]
            if spent >= self._plan.seconds and sales >= self._plan.sales:
                return
            if spent >= self._plan.most_s:
                print(f"the machine is too slow for more than {sales} sales in {spent:.0f} s")
                return
            await asyncio.sleep(1)

    async def _watch(self, ground: Ground, faults: Faults, began: float) -> None:
        shown, before = began, 0
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_SHOWS_EVERY_S)
                now, sales = time.monotonic(), self._trade.counts["sales"]
                self._memory.sample(now - began, ground.children.pids())
                rate = (sales - before) / (now - shown)
                print(
                    f"{now - began:6.0f} s  {sales:6} sales  {rate:5.1f}/s"
                    f"  {sum(faults.counts.values()):4} faults  now: {', '.join(faults.under_way)}",
                    flush=True,
                )
                shown, before = now, sales


def _endless(entries: list[Any], *, start: int) -> Iterator[Any]:
    while True:
        yield from entries[start:]
        start = 0
