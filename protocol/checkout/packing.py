"""Which patterns to apply how often, where several could use the same pieces.

Branch and bound, depth first. Patterns stand by gain per piece, best first, then by candidate,
then by what they take; each in turn is applied as often as possible, then once less, down to not at
all. What a branch can still gain is at most, for each piece left, the best gain per piece of the
patterns to come that can use it; a branch that cannot beat the best so far is left. Of equals the
one found first stands.

The file's law: the bound on work counts nodes, so that it ends at the same place in every language.
Gains per piece are compared as integers, over a common multiple of all group sizes.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from msgspec import Struct

from protocol.checkout.pools import Groups, Pattern

MAX_NODES = 5_000
# A node looks at every pool and at the patterns up to the next that fits: with very many of them
# there are fewer nodes.
MAX_LOOKS = 250_000
# A multiple of every size that a group may have, 1 to 20.
_COMMON = 232_792_560


class _Node(Struct, frozen=True):
    """Apply pattern `at` so many `times` to what is `left`; `gain` and `chain` are from before."""

    at: int
    times: int
    left: tuple[int, ...]
    gain: int
    chain: "_Link | None"


class _Link(Struct, frozen=True):
    """The patterns applied so far, last first."""

    at: int
    times: int
    before: "_Link | None"


def pack(
    patterns: Sequence[Pattern], counts: Sequence[int], most: Mapping[int, int]
) -> tuple[Groups, bool]:
    """The applications that gain most, and whether nothing is better.

    `counts`: pieces of each pool. `most`: by candidate, where it is limited.
    """
    return _Search(patterns, counts, most).run()


class _Search:
    """Limits are counted down like pools, behind them; only pools hold pieces to gain from."""

    def __init__(
        self, patterns: Sequence[Pattern], counts: Sequence[int], most: Mapping[int, int]
    ) -> None:
        self._patterns = sorted(patterns, key=_rank)
        self._worth = [_worth(pattern) for pattern in self._patterns]
        self._pools = len(counts)
        limited = sorted(most)
        self._needs = [
            (*each.takes, (self._pools + limited.index(each.candidate), 1))
            if each.candidate in most
            else each.takes
            for each in self._patterns
        ]
        self._start = (*counts, *(most[candidate] for candidate in limited))
        self._users: list[list[int]] = [[] for _ in counts]
        for at, pattern in enumerate(self._patterns):
            for pool, _ in pattern.takes:
                self._users[pool].append(at)
        self._best = 0
        self._chain: _Link | None = None
        self._looks = 0

    def run(self) -> tuple[Groups, bool]:
        """Depth first from a stack; the sibling waits below the child."""
        nodes = 0
        stack = self._next(0, self._start, gain=0, chain=None)
        while stack and nodes < MAX_NODES and self._looks < MAX_LOOKS:
            nodes += 1
            node = stack.pop()
            left = self._after(node)
            gain = node.gain + node.times * self._patterns[node.at].gain
            # Fewer of this pattern, which gains most per piece, could then gain no more either.
            if self._is_hopeless(node.at + 1, left, gain):
                continue
            chain = node.chain
            if node.times:
                chain = _Link(node.at, node.times, chain)
                stack.append(_Node(node.at, node.times - 1, node.left, node.gain, node.chain))
            if gain > self._best:
                self._best, self._chain = gain, chain
            stack += self._next(node.at + 1, left, gain=gain, chain=chain)
        return self._applied(), not stack

    def _next(
        self, start: int, left: tuple[int, ...], *, gain: int, chain: _Link | None
    ) -> list[_Node]:
        """The next pattern that fits, as often as it does; none if no more fits."""
        for at in range(start, len(self._patterns)):
            self._looks += 1
            times = min(left[index] // count for index, count in self._needs[at])
            if times:
                return [_Node(at, times, left, gain, chain)]
        return []

    def _after(self, node: _Node) -> tuple[int, ...]:
        left = list(node.left)
        for index, count in self._needs[node.at]:
            left[index] -= node.times * count
        return tuple(left)

    def _is_hopeless(self, start: int, left: tuple[int, ...], gain: int) -> bool:
        """Whether even the best use of each piece left does not beat the best so far."""
        self._looks += self._pools
        reach = (gain - self._best) * _COMMON
        for users, pieces in zip(self._users, left, strict=False):
            first = bisect_left(users, start)
            if pieces and first < len(users):
                reach += pieces * self._worth[users[first]]
        return reach <= 0

    def _applied(self) -> Groups:
        groups: Groups = []
        link = self._chain
        while link:
            groups.append((self._patterns[link.at], link.times))
            link = link.before
        return groups[::-1]


def _worth(pattern: Pattern) -> int:
    return pattern.gain * (_COMMON // pattern.size)


def _rank(pattern: Pattern) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    return -_worth(pattern), pattern.candidate, pattern.takes
