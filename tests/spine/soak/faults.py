"""Faults every few seconds, drawn from one seed, many of them at the same time.

Each strikes a target that no other fault of its sort holds, and mends what it broke after a while.
What was struck when is written to a file as it happens.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from edge_agent.storage.room import MIB
from provisioning.demo.proxy import FaultyLink
from tests.spine.kills import start_again
from tests.spine.soak.boxes import set_clock
from tests.spine.soak.ground import ADMISSION, BROKER, INGEST, POOLER, POSTGRES, SERVE, WORK, Ground

_BETWEEN_S = (2.0, 5.0)
_RETRIES = 8
_WRONG_DAYS = (-3_650.0, -400.0, -2.0, -0.2, 0.2, 1.5)
_FILL_BYTES = 64 * 1024
_AGAIN_S = 0.2
_SLOW_S = 0.3


@dataclass(frozen=True)
class Sort:
    """`weight`: how often, beside the others'. `lasts_s`: how long until it is mended.
    `holds`: put before the target, what no two faults break at the same time."""

    name: str
    weight: float
    targets: Callable[[], Sequence[str]]
    lasts_s: tuple[float, float]
    strike: Callable[[str, float], Awaitable[None]]
    holds: str


_Row = tuple[
    str,
    float,
    Callable[[], Sequence[str]],
    tuple[float, float],
    Callable[[str, float], Awaitable[None]],
    str,
]


class Faults:
    """`run` strikes until it is told to stop, and returns when everything is mended."""

    def __init__(self, ground: Ground, rng: Random, log: Path) -> None:
        self._ground = ground
        self._children = ground.children
        self._rng = rng
        self._log = log
        self._began = time.monotonic()
        self._held: set[str] = set()
        self._sorts = self._all_sorts()
        self.counts: Counter[str] = Counter()

    @property
    def under_way(self) -> list[str]:
        """What is broken now."""
        return sorted(self._held)

    async def run(self, stop: asyncio.Event) -> None:
        """Raises what a strike raised, such as TimeoutError for what did not start again."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._rng.uniform(*_BETWEEN_S))
                    return
                for _ in range(_RETRIES):
                    sort = self._draw()
                    target = self._rng.choice(sort.targets())
                    lasts_s = self._rng.uniform(*sort.lasts_s)
                    if sort.holds + target not in self._held:
                        group.create_task(self._inflict(sort, target, lasts_s))
                        break

    def _draw(self) -> Sort:
        return self._rng.choices(self._sorts, [sort.weight for sort in self._sorts])[0]

    async def _inflict(self, sort: Sort, target: str, lasts_s: float) -> None:
        held = sort.holds + target
        self._held.add(held)
        self.counts[sort.name] += 1
        self._write(f"{sort.name}\t{target}\t{lasts_s:.1f}")
        try:
            await sort.strike(target, lasts_s)
        finally:
            self._held.discard(held)
            self._write(f"mended: {sort.name}\t{target}")

    def _write(self, line: str) -> None:
        with self._log.open("a") as out:
            out.write(f"{time.monotonic() - self._began:.1f}\t{line}\n")

    def _all_sorts(self) -> list[Sort]:
        boxes = self._ground.boxes
        hub = (SERVE, ADMISSION, *INGEST, *WORK)
        short, soon = (2.0, 15.0), (0.0, 4.0)

        def agents() -> list[str]:
            return list(boxes.named)

        def links() -> list[str]:
            return [*boxes.named, *INGEST, *INGEST]

        rows: list[_Row] = [
            ("agent killed", 4, agents, (0.0, 8.0), self._killed, ""),
            ("hub killed", 3, lambda: hub, soon, self._killed, ""),
            ("broker killed", 1, lambda: [BROKER], soon, self._killed, ""),
            ("pooler killed", 1.5, lambda: [POOLER], soon, self._killed, ""),
            ("database killed", 0.5, lambda: [POSTGRES], soon, self._killed, ""),
            ("backend killed", 1.5, lambda: [POSTGRES], soon, self._backend_killed, ""),
            ("broker restarted", 1.5, lambda: [BROKER], soon, self._restarted, ""),
            ("broker emptied", 0.5, lambda: [BROKER], soon, self._emptied, ""),
            ("worker frozen", 1.2, lambda: (*INGEST, *WORK), (20.0, 60.0), self._frozen, ""),
            ("link cut", 2, links, short, self._cut, "~"),
            ("link swallows all", 2, links, short, self._swallows, "~"),
            ("link deaf upwards", 1.5, links, short, self._deaf_up, "~"),
            ("link deaf downwards", 1.5, links, short, self._deaf_down, "~"),
            ("link reset", 2, links, soon, self._reset, "~"),
            ("link slow", 1, links, short, self._slow, "~"),
        ]
        if boxes.clocks:
            clocks = list(boxes.clocks)
            rows.append(
                ("clock wrong", 2, lambda: clocks, (5.0, 40.0), self._clock_wrong, "clock ")
            )
        if boxes.disks:
            disks = list(boxes.disks)
            rows.append(("disk full", 2, lambda: disks, (5.0, 20.0), self._disk_full, "disk "))
        return [Sort(*row) for row in rows]

    async def _killed(self, name: str, lasts_s: float) -> None:
        await asyncio.to_thread(self._children.kill, name)
        await asyncio.sleep(lasts_s)
        await start_again(self._children, name)

    async def _restarted(self, name: str, lasts_s: float) -> None:
        """It keeps what was under way and sends it again: duplicates."""
        await asyncio.to_thread(self._children.stop, name)
        await asyncio.sleep(lasts_s)
        await start_again(self._children, name)

    async def _emptied(self, name: str, lasts_s: float) -> None:
        """Whatever it kept is gone, as after its disk's death."""
        await asyncio.to_thread(self._children.kill, name)
        for kept in self._ground.broker.folder.glob("mosquitto.db*"):
            kept.unlink()
        await asyncio.sleep(lasts_s)
        await start_again(self._children, name)

    async def _backend_killed(self, name: str, _lasts_s: float) -> None:
        """The server ends every other session and recovers from its log."""
        postmaster = self._children.pids().get(name)
        if postmaster is None:
            return
        with suppress(OSError):
            os.kill(self._rng.choice(_children_of(postmaster)), signal.SIGKILL)

    async def _frozen(self, name: str, lasts_s: float) -> None:
        pid = self._children.pids().get(name)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(lasts_s)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _link(self, name: str) -> FaultyLink:
        if name in self._ground.worker_links:
            return self._ground.worker_links[name]
        return self._ground.boxes.named[name].link

    async def _cut(self, name: str, lasts_s: float) -> None:
        await self._link(name).cut()
        await self._restored(name, lasts_s)

    async def _swallows(self, name: str, lasts_s: float) -> None:
        self._link(name).blackhole()
        await self._restored(name, lasts_s)

    async def _deaf_up(self, name: str, lasts_s: float) -> None:
        self._link(name).blackhole(down=False)
        await self._restored(name, lasts_s)

    async def _deaf_down(self, name: str, lasts_s: float) -> None:
        self._link(name).blackhole(up=False)
        await self._restored(name, lasts_s)

    async def _slow(self, name: str, lasts_s: float) -> None:
        self._link(name).delay(_SLOW_S)
        await self._restored(name, lasts_s)

    async def _reset(self, name: str, _lasts_s: float) -> None:
        await self._link(name).reset()

    async def _restored(self, name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._link(name).restore()

    async def _clock_wrong(self, name: str, lasts_s: float) -> None:
        file = self._ground.boxes.clocks[name]
        set_clock(file, self._rng.choice(_WRONG_DAYS))
        await asyncio.sleep(lasts_s)
        set_clock(file, 0)

    async def _disk_full(self, name: str, lasts_s: float) -> None:
        """Something that is not the agent's takes what room there is, again and again."""
        other, until = self._ground.boxes.disks[name] / "other", time.monotonic() + lasts_s
        try:
            while time.monotonic() < until:
                await asyncio.to_thread(_fill, other)
                await asyncio.sleep(_AGAIN_S)
        finally:
            other.unlink(missing_ok=True)


def _children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("ab", buffering=0) as out:
        for _ in range(256 * MIB // _FILL_BYTES):
            out.write(bytes(_FILL_BYTES))
