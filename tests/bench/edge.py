"""The agent's figures: durable sales, barcode lookups, weight and start-up."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct

from tests.bench import programs
from tests.bench.figures import Figure, quantile
from tests.bench.load import Load, exchange, hammer
from tests.bench.shop import Till, baskets, lookups, product_range, sales, tills

_ROUNDS = 7
_TURN_S = 1.5
_ROUND_S = 3.0
_WARM_S = 1.0
_PRODUCTS = 500
_MANY_PRODUCTS = 100_000
_STARTS = 5
_MIB = 1024 * 1024
Body = dict[str, Any]


async def durable_sale(folder: Path) -> list[Figure]:
    """1 and 8 tablets, agent and bare route by turns."""
    _make(folder / "one", folder / "many")
    one = await _sale(folder / "one", tablets=1)
    many = await _sale(folder / "many", tablets=8)
    return [
        *_sale_figures("durable sale, 1 tablet", one, goal=None),
        *_sale_figures("durable sale, 8 tablets", many, goal=0.6, p99_ms=25.0),
    ]


async def durable_sale_slow_disk(folder: Path) -> list[Figure]:
    """The same with every fsync 5 ms slower."""
    _make(folder / "one", folder / "many")
    library = programs.slow_fsync(folder)
    one = await _sale(folder / "one", tablets=1, preload=library)
    many = await _sale(folder / "many", tablets=8, preload=library)
    return [
        *_sale_figures("durable sale, slow fsync, 1 tablet", one, goal=None),
        *_sale_figures("durable sale, slow fsync, 8 tablets", many, goal=3.0),
    ]


async def barcode(folder: Path) -> list[Figure]:
    """By code among many products: one tablet, then eight at once."""
    products = product_range(_MANY_PRODUCTS)
    config = await programs.stocked_shop(folder, products)
    with programs.agent(config) as (port, _):
        found = await asyncio.to_thread(tills, port, 8)
        asked = [lookups(till, products, seed=seed) for seed, till in enumerate(found)]
        await hammer(port, asked, seconds=_WARM_S)
        one = await hammer(port, asked[:1], seconds=_ROUND_S)
        eight = await hammer(port, asked, seconds=_ROUND_S)
    return [
        Figure(
            name="barcode → price, 100,000 products, p99",
            value=quantile(one.latencies_s, 0.99) * 1000,
            unit="ms",
            goal=5.0,
            beside={
                "median ms": median(one.latencies_s) * 1000,
                "per s": one.per_s,
                "8 tablets: p99 ms": quantile(eight.latencies_s, 0.99) * 1000,
                "8 tablets: per s": eight.per_s,
            },
        )
    ]


async def weight(folder: Path) -> list[Figure]:
    """Memory after a morning's work, and how soon after its start the agent has sold something."""
    products = product_range(5_000)
    broker = {
        "broker_host": "127.0.0.1",
        "broker_port": 9,  # nobody: the sync is loaded and keeps trying
        "broker_tls": False,
        "connect_jitter_ms": 0,
    }
    config = await programs.stocked_shop(folder, products, **broker)
    bodies = await baskets(products)
    with programs.agent(config) as (port, pid):
        found = await asyncio.to_thread(tills, port, 8)
        selling = [sales(till, bodies, seed=seed) for seed, till in enumerate(found)]
        load = await hammer(port, selling, seconds=_ROUND_S)
        asked = [lookups(till, products, seed=seed) for seed, till in enumerate(found)]
        await hammer(port, asked, seconds=_ROUND_S)
        rss = _rss_bytes(pid)
    nothing = _rss_of_nothing()
    first = await _first_sales(config, found[0], bodies)
    return [
        Figure(
            name="agent's memory beyond a bare interpreter",
            value=(rss - nothing) / _MIB,
            unit="MiB",
            goal=100.0,
            beside={
                "whole MiB": rss / _MIB,
                "bare interpreter MiB": nothing / _MIB,
                "after sales": float(len(load.latencies_s)),
            },
        ),
        Figure(
            name="start to first sale",
            value=median(first),
            unit="s",
            goal=2.0,
            beside={"slowest s": max(first), "bare interpreter s": _start_of_nothing()},
        ),
    ]


def _make(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir()


class _Turns(Struct, frozen=True, kw_only=True):
    """Agent and bare route by turns. `ratio`: the median of the turns' ratios, which a neighbour's
    burst of work disturbs least."""

    ours: Load
    bare: Load
    ratio: float


async def _sale(folder: Path, *, tablets: int, preload: Path | None = None) -> _Turns:
    products = product_range(_PRODUCTS)
    config = await programs.stocked_shop(folder, products)
    bodies = await baskets(products)
    with ExitStack() as stack:
        ours = stack.enter_context(programs.agent(config, preload=preload))
        bare = stack.enter_context(programs.bare_route(folder / "bare.db", preload=preload))
        found = await asyncio.to_thread(tills, ours[0], tablets)
        selling = [sales(till, bodies, seed=seed) for seed, till in enumerate(found)]
        for port, _ in (ours, bare):
            await hammer(port, selling, seconds=_WARM_S)
        turns = [(await _turn(ours, selling), await _turn(bare, selling)) for _ in range(_ROUNDS)]
    return _Turns(
        ours=sum((mine for mine, _ in turns), Load()),
        bare=sum((other for _, other in turns), Load()),
        ratio=median(mine.per_s / other.per_s for mine, other in turns),
    )


async def _turn(program: tuple[int, int], selling: Sequence[Iterator[bytes]]) -> Load:
    port, pid = program
    before_s = programs.cpu_s(pid)
    load = await hammer(port, selling, seconds=_TURN_S)
    load.cpu_s = programs.cpu_s(pid) - before_s
    return load


def _sale_figures(
    name: str, measured: _Turns, *, goal: float | None, p99_ms: float | None = None
) -> list[Figure]:
    ours, bare = measured.ours, measured.bare
    return [
        Figure(
            name=f"{name}, of the bare route's",
            value=measured.ratio,
            unit="×",
            goal=goal,
            at_least=True,
            beside={
                "agent per s": ours.per_s,
                "bare per s": bare.per_s,
                "agent CPU ms each": ours.cpu_ms,
                "bare CPU ms each": bare.cpu_ms,
            },
        ),
        Figure(
            name=f"{name}, p99",
            value=quantile(ours.latencies_s, 0.99) * 1000,
            unit="ms",
            goal=p99_ms,
            beside={
                "median ms": median(ours.latencies_s) * 1000,
                "bare p99 ms": quantile(bare.latencies_s, 0.99) * 1000,
            },
        ),
    ]


async def _first_sales(config: Path, till: Till, bodies: Sequence[Body]) -> list[float]:
    """Seconds from starting the program to the answer to a tablet that was signed in before."""
    selling = sales(till, bodies, seed=99)
    took: list[float] = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with programs.agent(config) as (port, _pid):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            status, body = await exchange(reader, writer, next(selling))
            took.append(time.perf_counter() - began)
            writer.close()
            assert status == 201, body
    return took


def _rss_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def _rss_of_nothing() -> int:
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bare:
        assert bare.stdout is not None
        bare.stdout.readline()
        return _rss_bytes(bare.pid)


def _start_of_nothing() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True, timeout=60)
    return time.perf_counter() - began
