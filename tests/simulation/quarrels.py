"""Schedules in which two workers serve one device at the same time, all the time."""

import msgspec

from tests.simulation.schedule import TRADING_MS, Fault, Schedule, draw, rng_of


def quarrel(seed: int) -> Schedule:
    """Bursts of several batches, which reach the two workers in different orders."""
    rng = rng_of(seed, "quarrel")
    faults = []
    for at_ms in range(10_000, TRADING_MS, 20_000):
        burst = Fault(
            at_ms=at_ms + 2_000, kind="burst", target=0, for_ms=0, value=rng.getrandbits(30)
        )
        faults.append(burst)
        for worker in (0, 1):
            disorder = Fault(
                at_ms=at_ms,
                kind="worker-disorder",
                target=worker,
                for_ms=15_000,
                value=rng.randint(5, 150),
            )
            faults.append(disorder)
    drawn = draw(seed * 50 + 1)
    return msgspec.structs.replace(
        drawn,
        seed=seed,
        boxes=1,
        workers=2,
        overlap=True,
        faults=sorted(faults),
        sales=[sale for sale in drawn.sales if sale.box == 0],
        publications=[],
    )
