"""One N for M by itself, solved over its pieces in falling price.

Of pieces that are in groups it is best to group in falling price: the first `buy` of them, the next
`buy`, …, for a group gives away its cheapest pieces. So it remains to say which pieces take part:
dynamic programming over the pieces, its state how many pieces the open group has. Where the number
of groups is limited and the limit bites, the state is how many pieces all groups have.

Large quantities are made small first. Where a group of one pool's pieces alone gains, at most
2·buy − 2 of them do better in another group or in none; the rest makes groups of its own. Where it
gains nothing, no more than buy − 1 pieces of the pool are of any use.

The file's law: exact where all pools have one weight. Where weights differ, or the limit is beyond
MAX_STEPS, the result holds but is not known to be the best.
"""

from collections.abc import Sequence

from msgspec import Struct

from protocol.checkout.pools import Groups, Pattern, Pool, Slot, n_for_m_slots, pattern_of

MAX_STEPS = 200_000


class NForM(Struct, frozen=True, kw_only=True):
    """The candidate's number among all, and its terms."""

    number: int
    buy: int
    pay: int
    most: int | None


class _Piece(Struct, frozen=True):
    """One piece of a pool: the weighted gain as a paid and as a free one."""

    pool: int
    paid_gain: int
    free_gain: int


def best_blocks(terms: NForM, pools: Sequence[Pool], counts: Sequence[int]) -> tuple[Groups, bool]:
    """The groups to make of so many pieces of each pool, and whether nothing is better."""
    exact = len({pool.weight for pool, count in zip(pools, counts, strict=True) if count}) < 2
    own, rest = _taken_out(terms, pools, counts)
    groups = own + _grouped(terms, pools, _solve(terms, pools, rest, most=None))
    made = sum(times for _, times in groups)
    if terms.most is None or made <= terms.most:
        return groups, exact
    reach = terms.most * terms.buy
    capped = [min(count, reach) for count in counts]
    if sum(capped) * reach <= MAX_STEPS:
        return _grouped(terms, pools, _solve(terms, pools, capped, most=terms.most)), exact
    return _most_gainful(groups, terms.most), False


def _taken_out(
    terms: NForM, pools: Sequence[Pool], counts: Sequence[int]
) -> tuple[Groups, list[int]]:
    """Groups that one pool makes alone, and how many pieces of each remain to be thought about."""
    own: Groups = []
    rest = []
    for index, count in enumerate(counts):
        pattern = _pattern(terms, pools, [(index, terms.buy)])
        if pattern.gain <= 0:
            rest.append(min(count, terms.buy - 1))
            continue
        times = max(0, count // terms.buy - 2)
        if times:
            own.append((pattern, times))
        rest.append(count - times * terms.buy)
    return own, rest


def _solve(
    terms: NForM, pools: Sequence[Pool], counts: Sequence[int], *, most: int | None
) -> list[int]:
    """The pools of the pieces that take part, in order; their number is a multiple of `buy`.

    Without `most` state s is the pieces in the open group, and a full one is empty again; with it,
    the pieces in all groups.
    """
    states = terms.buy if most is None else most * terms.buy + 1
    pieces = _pieces(pools, counts)
    best: list[int | None] = [0] + [None] * (states - 1)
    taken: list[int] = []
    for piece in pieces:
        after = list(best)
        marks = 0
        for state, gain in enumerate(best):
            into = (state + 1) % states if most is None else state + 1
            if gain is None or into == states:
                continue
            is_free = state % terms.buy >= terms.pay
            taken_gain = gain + (piece.free_gain if is_free else piece.paid_gain)
            before = after[into]
            if before is None or taken_gain > before:
                after[into] = taken_gain
                marks |= 1 << into
        best = after
        taken.append(marks)
    state = 0
    for whole in range(0, states, terms.buy):
        if (best[whole] or 0) > (best[state] or 0):
            state = whole
    chosen = []
    for piece, marks in zip(reversed(pieces), reversed(taken), strict=True):
        if marks >> state & 1:
            chosen.append(piece.pool)
            state = (state - 1) % states
    return chosen[::-1]


def _pieces(pools: Sequence[Pool], counts: Sequence[int]) -> list[_Piece]:
    pieces = []
    for index, (pool, count) in enumerate(zip(pools, counts, strict=True)):
        lost = pool.alone_minor * pool.weight
        pieces += [_Piece(index, -lost, pool.price_minor * pool.weight - lost)] * count
    return pieces


def _grouped(terms: NForM, pools: Sequence[Pool], chosen: Sequence[int]) -> Groups:
    groups: Groups = []
    for start in range(0, len(chosen), terms.buy):
        block = chosen[start : start + terms.buy]
        pattern = _pattern(terms, pools, [(pool, block.count(pool)) for pool in sorted(set(block))])
        groups.append((pattern, 1))
    return groups


def _pattern(terms: NForM, pools: Sequence[Pool], takes: Sequence[tuple[int, int]]) -> Pattern:
    slots: list[Slot] = n_for_m_slots(takes, terms.pay, pools)
    return pattern_of(terms.number, slots, pools)


def _most_gainful(groups: Groups, most: int) -> Groups:
    kept: Groups = []
    for pattern, times in sorted(groups, key=lambda each: (-each[0].gain, each[0].takes)):
        if most:
            kept.append((pattern, min(times, most)))
            most -= kept[-1][1]
    return kept
