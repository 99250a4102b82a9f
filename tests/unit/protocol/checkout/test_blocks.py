"""One N for M by itself: the reduction of large quantities and the limit lose nothing."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkout.blocks import MAX_STEPS, NForM, best_blocks
from protocol.checkout.pools import Groups, Pool

Heap = tuple[int, int, int]  # price, saving alone, pieces


def pools_of(heaps: Sequence[Heap]) -> list[Pool]:
    falling = sorted(heaps, key=lambda heap: -heap[0])
    return [
        Pool(
            price_minor=price,
            alone_minor=alone,
            weight=1,
            lines=((index, pieces),),
            wants=frozenset({(0, 0)}),
        )
        for index, (price, alone, pieces) in enumerate(falling)
    ]


def solved(heaps: Sequence[Heap], buy: int, pay: int, most: int | None = None) -> tuple[int, bool]:
    """The gain and whether it is exact; groups never take more than there is."""
    pools = pools_of(heaps)
    terms = NForM(number=0, buy=buy, pay=pay, most=most)
    groups, exact = best_blocks(terms, pools, [pool.pieces for pool in pools])
    for pool, taken in enumerate(taken_of(groups, len(pools))):
        assert taken <= pools[pool].pieces
    assert most is None or sum(times for _, times in groups) <= most
    return sum(pattern.gain * times for pattern, times in groups), exact


def taken_of(groups: Groups, pools: int) -> list[int]:
    taken = [0] * pools
    for pattern, times in groups:
        assert times > 0
        for pool, count in pattern.takes:
            taken[pool] += count * times
    return taken


def by_trying(heaps: Sequence[Heap], buy: int, pay: int, most: int) -> int:
    """Piece after piece in falling price: left out, or next in the open group."""
    pieces = [heap for heap in sorted(heaps, key=lambda heap: -heap[0]) for _ in range(heap[2])]

    @cache
    def gain(at: int, inside: int, groups: int) -> int:
        if at == len(pieces):
            return -(10**9) if inside else 0
        found = gain(at + 1, inside, groups)
        if inside or groups < most:
            price, alone, _ = pieces[at]
            worth = (price if inside >= pay else 0) - alone
            closes = inside + 1 == buy
            after = gain(at + 1, 0 if closes else inside + 1, groups + closes)
            found = max(found, worth + after)
        return found

    return gain(0, 0, 0)


@st.composite
def heaps(draw: st.DrawFn) -> list[Heap]:
    found = []
    for _ in range(draw(st.integers(1, 4))):
        price = draw(st.integers(0, 40))
        found.append((price, draw(st.integers(0, price)), draw(st.integers(1, 25))))
    return found


@given(heaps(), st.integers(2, 5), st.data())
def test_large_quantities_are_made_small_without_loss(
    some: list[Heap], buy: int, draw: st.DataObject
) -> None:
    pay = draw.draw(st.integers(1, buy - 1))
    assert solved(some, buy, pay) == (by_trying(some, buy, pay, 99), True)


@given(heaps(), st.integers(2, 4), st.data())
def test_a_limit_keeps_the_best_groups(some: list[Heap], buy: int, draw: st.DataObject) -> None:
    pay = draw.draw(st.integers(1, buy - 1))
    most = draw.draw(st.integers(1, 6))
    assert solved(some, buy, pay, most) == (by_trying(some, buy, pay, most), True)


def test_a_limit_too_large_to_reckon_keeps_the_most_gainful() -> None:
    """100,000 pieces at 1.00 and as many at 0.50: the 9,000 pairs at 1.00 stay."""
    gain, exact = solved([(100, 0, 100_000), (50, 0, 100_000)], 2, 1, 9_000)
    assert (gain, exact) == (900_000, False)
    assert MAX_STEPS < 2 * 9_000 * 2 * 9_000


def test_a_limit_too_large_to_reckon_takes_from_the_next_best_too() -> None:
    assert solved([(100, 0, 4_000), (50, 0, 100_000)], 2, 1, 9_000) == (550_000, False)


@pytest.mark.parametrize(
    ("heap", "gain"),
    [((100, 0, 10**9), 33_333_333_300), ((100, 33, 10**9), 333_333_333), ((100, 34, 10**9), 0)],
)
def test_a_billion_pieces_take_no_time(heap: Heap, gain: int) -> None:
    assert solved([heap], 3, 2) == (gain, True)


def test_where_taxes_differ_on_top_it_is_not_known_to_be_best() -> None:
    light, heavy = pools_of([(100, 0, 2), (90, 0, 2)])
    heavier = Pool(price_minor=90, alone_minor=0, weight=2, lines=heavy.lines, wants=heavy.wants)
    terms = NForM(number=0, buy=2, pay=1, most=None)
    assert best_blocks(terms, [light, heavy], [2, 2])[1]
    assert not best_blocks(terms, [light, heavier], [2, 2])[1]
    assert best_blocks(terms, [light, heavier], [0, 2])[1]
