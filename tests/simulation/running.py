"""Schedules played by several processes, which are started anew so that nothing leaks between."""

import gc
import logging
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice

import structlog

from tests.simulation.mutations import Mutation
from tests.simulation.schedule import Schedule, draw
from tests.simulation.shrinking import shrink
from tests.simulation.world import Verdict, judge

_SEEDS_AT_ONCE = 5


class Players:
    """`with Players(processes) as players`: whatever waits is given up at the end."""

    def __init__(self, processes: int = 2) -> None:
        self._processes = processes
        self._pool = ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_silence,
        )

    def __enter__(self) -> "Players":
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def judge_all(
        self, schedules: Iterable[Schedule | int], *, mutation: Mutation | None = None
    ) -> Iterator[Verdict]:
        """The verdicts in the order given; no more is begun than is asked for, or little."""
        waiting: deque[Future[list[Verdict]]] = deque()
        upcoming = iter(schedules)
        while True:
            while len(waiting) <= self._processes:
                some = list(islice(upcoming, _SEEDS_AT_ONCE))
                if not some:
                    break
                waiting.append(self._pool.submit(_judge_some, some, mutation or Mutation()))
            if not waiting:
                return
            yield from waiting.popleft().result()

    def trace(self, schedule: Schedule, *, mutation: Mutation | None = None) -> Verdict:
        """Play it and keep what happened."""
        return self._pool.submit(judge, schedule, mutation=mutation, traced=True).result()

    def shrink(
        self, schedule: Schedule, *, mutation: Mutation | None = None
    ) -> tuple[Schedule, Verdict]:
        """The smallest part of it that fails the same way."""
        return self._pool.submit(shrink, schedule, mutation=mutation or Mutation()).result()


def first_failure(
    players: Players, schedules: Iterable[Schedule | int], *, mutation: Mutation | None = None
) -> Verdict | None:
    """The first verdict that is not clean; None when every schedule kept every promise."""
    verdicts = players.judge_all(schedules, mutation=mutation)
    return next((verdict for verdict in verdicts if verdict.wrong), None)


def _judge_some(schedules: list[Schedule | int], mutation: Mutation) -> list[Verdict]:
    # Loops are made of circles; to look for them in the middle of one costs a tenth of the time.
    gc.disable()
    found = [
        judge(draw(each) if isinstance(each, int) else each, mutation=mutation)
        for each in schedules
    ]
    gc.collect()
    return found


def _silence() -> None:
    """What programs log of simulated faults helps nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
