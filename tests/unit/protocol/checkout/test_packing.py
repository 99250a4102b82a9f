"""Which patterns to apply: against trying all, and that the work is bounded."""

from collections.abc import Sequence
from functools import cache
from math import lcm

from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.packing import _COMMON, MAX_NODES, pack
from protocol.checkout.pools import Pattern, Slot
from protocol.checkout.promotions import MAX_GROUP_PIECES


def a_pattern(gain: int, takes: Sequence[int], candidate: int = 0) -> Pattern:
    """One that takes so many pieces of each pool."""
    taken = tuple((pool, count) for pool, count in enumerate(takes) if count)
    return Pattern(
        candidate=candidate,
        takes=taken,
        slots=tuple(Slot(pool, count, 0) for pool, count in taken),
        gain=gain,
        size=sum(takes),
    )


def by_trying(patterns: Sequence[Pattern], counts: Sequence[int], most: dict[int, int]) -> int:
    @cache
    def gain(left: tuple[int, ...], may: tuple[tuple[int, int], ...]) -> int:
        best = 0
        for pattern in patterns:
            taken = dict(pattern.takes)
            after = tuple(each - taken.get(pool, 0) for pool, each in enumerate(left))
            times = dict(may)
            if min(after) < 0 or times.get(pattern.candidate, 1) < 1:
                continue
            if pattern.candidate in times:
                times[pattern.candidate] -= 1
            best = max(best, pattern.gain + gain(after, tuple(sorted(times.items()))))
        return best

    return gain(tuple(counts), tuple(sorted(most.items())))


pattern_lists = st.lists(
    st.builds(
        a_pattern,
        gain=st.integers(1, 60),
        takes=st.lists(st.integers(0, 2), min_size=3, max_size=3).filter(any),
        candidate=st.integers(0, 2),
    ),
    max_size=7,
)


@given(
    pattern_lists,
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.dictionaries(st.integers(0, 2), st.integers(1, 2)),
)
def test_nothing_gains_more_by_trying_everything(
    patterns: list[Pattern], counts: list[int], most: dict[int, int]
) -> None:
    groups, exact = pack(patterns, counts, most)
    assert exact
    assert sum(pattern.gain * times for pattern, times in groups) == by_trying(
        patterns, counts, most
    )
    for pool, count in enumerate(counts):
        assert sum(dict(each.takes).get(pool, 0) * times for each, times in groups) <= count
    for candidate, limit in most.items():
        assert sum(times for each, times in groups if each.candidate == candidate) <= limit


def test_of_equals_the_first_in_order_stands() -> None:
    """By gain per piece, then candidate, then what is taken."""
    one, other = a_pattern(10, [1, 1, 0], candidate=1), a_pattern(10, [0, 1, 1], candidate=0)
    assert pack([one, other], [1, 1, 1], {}) == ([(other, 1)], True)
    left, right = a_pattern(10, [1, 1, 0]), a_pattern(10, [0, 1, 1])
    assert pack([right, left], [1, 1, 1], {}) == ([(left, 1)], True)


def test_nothing_to_apply_is_nothing() -> None:
    assert pack([], [3], {}) == ([], True)
    assert pack([a_pattern(5, [4])], [3], {}) == ([], True)


def test_the_search_ends_and_says_so() -> None:
    """Pairs over an odd ring, all alike: that none is better takes long to prove."""
    size = 41
    ring = [
        a_pattern(1000 + at % 3, [int(pool in (at, (at + 1) % size)) for pool in range(size)])
        for at in range(size)
    ]
    groups, exact = pack(ring, [3] * size, {})
    assert not exact
    assert 40 <= sum(times for _, times in groups) <= 3 * size // 2
    assert MAX_NODES == 5_000


def test_gains_per_piece_are_compared_exactly() -> None:
    assert lcm(*range(1, MAX_GROUP_PIECES + 1)) == _COMMON
