"""Pieces for groups: which are alike, which promotions share them, and what one group takes.

Pieces of one price, one saving alone, one tax weight, that the same promotions want, form a pool.
Pools stand in falling price, then rising weight, then by their first line; so the last pieces of a
group are those that it makes free.

The file's law: everything is integers in one order, so that two languages find the same groups.
Savings are weighted: by 1 where prices include tax, else by PPM + rate, for the tax that they save.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from protocol.checkout.basket import PPM
from protocol.checkout.eligibility import Candidate, pieces_of
from protocol.checkout.unit_prices import UnitPrice

# The number of a candidate, and which of its parts a line serves.
Want = tuple[int, int]


class Pool(Struct, frozen=True, kw_only=True):
    """Pieces that nothing tells apart.

    `price_minor`: after those that stack. `alone_minor`: what a piece loses by taking part in a
    group. `lines`: (index of the line, pieces). `wants`: who wants them.
    """

    price_minor: int
    alone_minor: int
    weight: int
    lines: tuple[tuple[int, int], ...]
    wants: frozenset[Want]

    @property
    def pieces(self) -> int:
        """On all its lines."""
        return sum(pieces for _, pieces in self.lines)


class Slot(Struct, frozen=True):
    """Of a group: so many pieces of a pool, and what comes off each."""

    pool: int
    pieces: int
    off_minor: int


class Pattern(Struct, frozen=True, kw_only=True):
    """What one application of a candidate takes. `gain`: weighted, beyond what stands alone.

    `takes`: (pool, pieces), by pool.
    """

    candidate: int
    takes: tuple[tuple[int, int], ...]
    slots: tuple[Slot, ...]
    gain: int
    size: int


class Component(Struct, frozen=True, kw_only=True):
    """Candidates (indexes, rising) that share pieces, and those pieces."""

    candidates: tuple[int, ...]
    pools: tuple[Pool, ...]


# So often a pattern is applied.
Groups = list[tuple[Pattern, int]]


def components(
    prices: Sequence[UnitPrice], candidates: Sequence[Candidate], *, included: bool
) -> list[Component]:
    """The group candidates, split where no piece is shared; in order of their first candidate."""
    wants: list[set[Want]] = [set() for _ in prices]
    for number, candidate in enumerate(candidates):
        for part, serving in enumerate(candidate.parts):
            for index in serving:
                wants[index].add((number, part))
    pools = _pools(prices, wants, included=included)
    sets: list[set[int]] = []
    for pool in pools:
        joined = {number for number, _ in pool.wants}
        apart = [each for each in sets if not each & joined]
        sets = [*apart, joined.union(*(each for each in sets if each & joined))]
    return [
        Component(
            candidates=tuple(sorted(numbers)),
            pools=tuple(pool for pool in pools if any(want[0] in numbers for want in pool.wants)),
        )
        for numbers in sorted(sets, key=min)
    ]


def pattern_of(candidate: int, slots: Iterable[Slot], pools: Sequence[Pool]) -> Pattern:
    """The pattern of slots that stand in the order of pools."""
    slots = tuple(slots)
    takes = tuple(
        (pool, sum(slot.pieces for slot in of)) for pool, of in groupby(slots, lambda s: s.pool)
    )
    saved = sum(slot.pieces * slot.off_minor * pools[slot.pool].weight for slot in slots)
    lost = sum(count * pools[pool].alone_minor * pools[pool].weight for pool, count in takes)
    return Pattern(
        candidate=candidate,
        takes=takes,
        slots=slots,
        gain=saved - lost,
        size=sum(count for _, count in takes),
    )


def n_for_m_slots(takes: Sequence[tuple[int, int]], pay: int, pools: Sequence[Pool]) -> list[Slot]:
    """Of pieces in the order of pools the first `pay` are paid, the rest is free."""
    slots = []
    for pool, count in takes:
        paid = min(count, pay)
        pay -= paid
        if paid:
            slots.append(Slot(pool, paid, 0))
        if count > paid:
            slots.append(Slot(pool, count - paid, pools[pool].price_minor))
    return slots


def _pools(
    prices: Sequence[UnitPrice], wants: Sequence[set[Want]], *, included: bool
) -> list[Pool]:
    alike: dict[tuple[int, int, int, frozenset[Want]], list[tuple[int, int]]] = {}
    for index, price in enumerate(prices):
        if wants[index]:
            weight = 1 if included else PPM + max(0, price.line.tax_rate_ppm)
            key = (price.price_minor, price.alone_minor, weight, frozenset(wants[index]))
            alike.setdefault(key, []).append((index, pieces_of(price.line)))
    pools = [
        Pool(price_minor=key[0], alone_minor=key[1], weight=key[2], lines=tuple(of), wants=key[3])
        for key, of in alike.items()
    ]
    return sorted(pools, key=lambda pool: (-pool.price_minor, pool.weight, pool.lines[0]))
