"""Which groups are possible: every choice of pieces that one application could take.

An N for M is one part of N pieces; a bundle has its own parts. Part by part each choice so far is
continued by every choice of pieces for the next part, dearest pools first; choices that take the
same pieces are one. At each part at most `limit` choices are looked at, in that order.

The file's law: the limit counts choices, not time.
"""

from collections.abc import Iterator, Mapping, Sequence

from protocol.checkout.eligibility import Candidate
from protocol.checkout.pools import Pattern, Pool, Slot, n_for_m_slots, pattern_of
from protocol.vocabulary.money import allocate

Takes = tuple[tuple[int, int], ...]


def patterns_of(
    candidate: Candidate,
    *,
    number: int,
    pools: Sequence[Pool],
    counts: Sequence[int],
    limit: int,
) -> tuple[list[Pattern], bool]:
    """The patterns that gain something, and whether they are all there are.

    `number`: the candidate's among all. `counts`: how many pieces of each pool there are.
    """
    promotion = candidate.promotion
    if promotion.kind == "n_for_m":
        assert promotion.buy is not None
        sizes = [promotion.buy]
    else:
        sizes = [part.count for part in promotion.parts]
    choices: list[Takes] = [()]
    whole = True
    for part, size in enumerate(sizes):
        serving = {
            index: counts[index] for index, pool in enumerate(pools) if (number, part) in pool.wants
        }
        choices, complete = _continued(choices, size, serving=serving, limit=limit)
        whole = whole and complete
    patterns = [pattern_of(number, _slots(candidate, takes, pools), pools) for takes in choices]
    return [pattern for pattern in patterns if pattern.gain > 0], whole


def _slots(candidate: Candidate, takes: Takes, pools: Sequence[Pool]) -> list[Slot]:
    promotion = candidate.promotion
    if promotion.kind == "n_for_m":
        assert promotion.pay is not None
        return n_for_m_slots(takes, promotion.pay, pools)
    assert promotion.price_minor is not None
    return _bundle_slots(takes, promotion.price_minor, pools)


def _bundle_slots(takes: Takes, price_minor: int, pools: Sequence[Pool]) -> list[Slot]:
    """What the bundle saves, by largest remainder over its pieces; nothing where it is dearer."""
    prices = [pools[pool].price_minor for pool, count in takes for _ in range(count)]
    shares = allocate(max(0, sum(prices) - price_minor), prices)
    slots: list[Slot] = []
    pieces = [pool for pool, count in takes for _ in range(count)]
    for pool, off in zip(pieces, shares, strict=True):
        last = slots[-1] if slots else None
        if last is not None and (last.pool, last.off_minor) == (pool, off):
            slots[-1] = Slot(pool, last.pieces + 1, off)
        else:
            slots.append(Slot(pool, 1, off))
    return slots


def _continued(
    choices: Sequence[Takes], size: int, *, serving: Mapping[int, int], limit: int
) -> tuple[list[Takes], bool]:
    """Each choice with every choice of `size` more pieces of those pools; False if cut short."""
    found: dict[Takes, None] = {}
    looked_at = 0
    pools = list(serving)
    for takes in choices:
        taken = dict(takes)
        left = [count - taken.get(pool, 0) for pool, count in serving.items()]
        for picked in _picks(left, size):
            looked_at += 1
            if looked_at > limit:
                return list(found), False
            both = dict(taken)
            for position in picked:
                pool = pools[position]
                both[pool] = both.get(pool, 0) + 1
            found[tuple(sorted(both.items()))] = None
    return list(found), True


def _picks(left: list[int], count: int, start: int = 0) -> Iterator[tuple[int, ...]]:
    """Every way to pick so many from heaps of these sizes: rising positions, the lowest first."""
    if not count:
        yield ()
        return
    ahead = sum(left[start:])
    for position in range(start, len(left)):
        if ahead < count:
            return
        ahead -= left[position]
        if left[position]:
            left[position] -= 1
            for more in _picks(left, count - 1, position):
                yield (position, *more)
            left[position] += 1
