"""A failing schedule made small: as long as it goes on failing the same way, less of everything."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from tests.simulation.mutations import Mutation
from tests.simulation.schedule import Schedule
from tests.simulation.world import Verdict, judge

T = TypeVar("T")
_RUNS = 250


def shrink(schedule: Schedule, *, mutation: Mutation) -> tuple[Schedule, Verdict]:
    """The smallest schedule found, and its verdict with the trace. The schedule must fail."""
    kind = _kinds(judge(schedule, mutation=mutation))
    runs = [_RUNS]

    def fails(smaller: Schedule) -> bool:
        if runs[0] == 0:
            return False
        runs[0] -= 1
        return bool(kind & _kinds(judge(smaller, mutation=mutation)))

    for field in ("faults", "publications", "sales", "faults"):
        schedule = _fewer(schedule, field, fails)
    return schedule, judge(schedule, mutation=mutation, traced=True)


def ddmin(items: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """A part of the items that still fails, and from which no piece tried can be taken away."""
    kept, pieces = list(items), 2
    if kept and fails([]):
        return []
    while len(kept) >= 2:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            without = kept[:start] + kept[start + size :]
            if fails(without):
                kept, pieces = without, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(kept), 2 * pieces)
    return kept


def _fewer(schedule: Schedule, field: str, fails: Callable[[Schedule], bool]) -> Schedule:
    def of(items: list[object]) -> Schedule:
        return msgspec.structs.replace(schedule, **{field: items})

    return of(ddmin(getattr(schedule, field), lambda items: fails(of(items))))


def _kinds(verdict: Verdict) -> set[str]:
    """The promises that were broken; what is stuck is told from what is lost."""
    return {wrong.partition(":")[0] for wrong in verdict.wrong}
