"""What will happen, from one seed: what shops sell, what the office publishes, what goes wrong.

Each schedule draws a few kinds of faults and leaves the others out: much of one thing finds more
than a little of everything. Taking faults away changes nothing else, so that a failing schedule can
be made smaller.
"""

from collections.abc import Sequence
from random import Random
from uuid import UUID

import msgspec
from msgspec import Struct

from tests.simulation.goods import Sale, new_id

TRADING_MS = 300_000
_EVERY_SALE_MS = 9_000
HERD_BOXES = 24
_HERD_EVERY = 50
HERD_SEEDS = range(7, 1_000, _HERD_EVERY)
# kind → (how often one schedule has it at most, shortest and longest in seconds)
KINDS: dict[str, tuple[int, int, int]] = {
    "reset": (5, 0, 0),
    "blackhole": (3, 5, 90),
    "no-way-up": (3, 5, 70),
    "no-way-down": (3, 5, 70),
    "weather": (4, 20, 100),
    "slow": (3, 20, 100),
    "worker-blackhole": (2, 10, 90),
    "worker-weather": (3, 20, 90),
    "broker-restart": (3, 1, 15),
    "wants-lost": (3, 0, 0),
    "worker-kill": (5, 1, 30),
    "worker-stop": (3, 15, 90),
    "database-down": (4, 1, 20),
    "hub-restored": (2, 40, 160),
    "box-kill": (5, 1, 20),
    "power-cut": (6, 2, 40),
    "disk-fails": (2, 0, 0),
    "disk-stalls": (2, 10, 40),
    "clock-jump": (3, 0, 0),
    "backup-restored": (2, 20, 120),
    "card-cloned": (1, 30, 100),
    "disk-wiped": (1, 5, 20),
    "poison": (5, 0, 0),
    "tombstones-pruned": (2, 0, 0),
    "burst": (2, 0, 0),
}


class Fault(Struct, frozen=True, kw_only=True, order=True):
    """`target` and `value` are read by the kind; `for_ms` is how long, or how old a backup."""

    at_ms: int
    kind: str
    target: int
    for_ms: int
    value: int


class Publication(Struct, frozen=True, kw_only=True):
    """The office changes `rows` keys of a collection of one shop; some of them go."""

    at_ms: int
    box: int
    collection: str
    keys: tuple[int, ...]
    gone: tuple[int, ...]
    bytes: int


class Schedule(Struct, frozen=True, kw_only=True):
    """`herd`: a street of shops and a broker that restarts; who comes back at once is counted.
    `overlap`: every worker believes that it holds every partition.
    """

    seed: int
    boxes: int
    workers: int
    sales: list[Sale]
    publications: list[Publication]
    faults: list[Fault]
    herd: bool = False
    overlap: bool = False


def rng_of(seed: int, name: str) -> Random:
    """A generator of its own for everything that draws."""
    return Random(f"{seed} {name}")


def draw(seed: int) -> Schedule:
    """The schedule of this seed."""
    rng = rng_of(seed, "schedule")
    if seed % _HERD_EVERY == 7:
        return _herd(seed)
    boxes, workers = rng.choice((1, 1, 2, 2, 3)), rng.choice((1, 2, 2, 3))
    return Schedule(
        seed=seed,
        boxes=boxes,
        workers=workers,
        sales=_sales(seed, boxes),
        publications=_publications(seed, boxes),
        faults=_faults(seed),
        overlap=workers > 1 and rng.random() < 0.2,
    )


def with_faults(schedule: Schedule, faults: list[Fault]) -> Schedule:
    """The same with other faults."""
    return msgspec.structs.replace(schedule, faults=faults)


def _herd(seed: int) -> Schedule:
    restart = Fault(at_ms=60_000, kind="broker-restart", target=0, for_ms=20_000, value=0)
    return Schedule(
        seed=seed,
        boxes=HERD_BOXES,
        workers=1,
        sales=[],
        publications=[],
        faults=[restart],
        herd=True,
    )


def _sales(seed: int, boxes: int) -> list[Sale]:
    rng = rng_of(seed, "sales")
    sales = []
    for box in range(boxes):
        registers = [new_id(rng) for _ in range(rng.choice((1, 2)))]
        at_ms = 0.0
        while (at_ms := at_ms + rng.expovariate(1 / _EVERY_SALE_MS)) < TRADING_MS:
            sale = Sale(
                id=new_id(rng), at_ms=int(at_ms), box=box, register_id=rng.choice(registers)
            )
            sales.append(sale)
    return sales


def burst(seed: int, fault: Fault, *, box: int) -> list[Sale]:
    """Very many sales in one moment: several batches."""
    rng = rng_of(seed, f"burst {fault.at_ms}")
    register_id = new_id(rng)
    return [
        Sale(id=new_id(rng), at_ms=fault.at_ms, box=box, register_id=register_id)
        for _ in range(60 + fault.value % 140)
    ]


def _publications(seed: int, boxes: int) -> list[Publication]:
    rng = rng_of(seed, "publications")
    large = rng.random() < 0.15
    made = []
    for _ in range(rng.randint(2, 14)):
        keys = tuple(sorted(rng.sample(range(12), rng.randint(1, 6))))
        made.append(
            Publication(
                at_ms=rng.randrange(TRADING_MS),
                box=rng.randrange(boxes),
                collection=rng.choice(("settings", "staff", "catalogue", "prices")),
                keys=keys,
                gone=tuple(key for key in keys if rng.random() < 0.25),
                bytes=20_000 if large else 30,
            )
        )
    return made


def draw_of(seed: int, *kinds: str) -> Schedule:
    """As `draw`, with these kinds of faults and no others."""
    drawn = draw(seed if seed % _HERD_EVERY != 7 else seed + 1_000_001)
    return with_faults(drawn, _faults_of(rng_of(seed, "chosen faults"), kinds))


def _faults(seed: int) -> list[Fault]:
    rng = rng_of(seed, "faults")
    kinds = rng.sample(sorted(KINDS), rng.randint(2, 7))
    return _faults_of(rng, kinds)


def _faults_of(rng: Random, kinds: Sequence[str]) -> list[Fault]:
    faults = []
    for kind in kinds:
        most, shortest_s, longest_s = KINDS[kind]
        for _ in range(rng.randint(1, most)):
            fault = Fault(
                at_ms=rng.randrange(10_000, TRADING_MS),
                kind=kind,
                target=rng.randrange(12),
                for_ms=rng.randint(shortest_s * 1000, longest_s * 1000),
                value=rng.getrandbits(30),
            )
            faults.append(fault)
    return sorted(faults)


def store_ids(seed: int, boxes: int) -> list[tuple[UUID, UUID]]:
    """(store, device) of each shop."""
    rng = rng_of(seed, "shops")
    return [(new_id(rng), new_id(rng)) for _ in range(boxes)]
