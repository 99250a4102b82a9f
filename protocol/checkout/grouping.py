"""The groups of one component: which promotions of several pieces are applied to what.

One N for M alone, on pieces of one weight, is solved by `blocks`. Else every group that gains is a
pattern, and `packing` chooses. Where there are too many patterns, those that were looked at are
packed, and it begins again with what is left, MAX_TURNS times. Where either was cut short, the
promotions are also taken one after another, each by itself on what is left, the one that gains most
alone first; the better of both stands.

The file's law: what comes out is never worse than the best of its promotions alone.
"""

from collections.abc import Sequence

from protocol.checkout.blocks import NForM, best_blocks
from protocol.checkout.eligibility import Candidate
from protocol.checkout.packing import pack
from protocol.checkout.patterns import patterns_of
from protocol.checkout.pools import Component, Groups, Pattern

MAX_PATTERNS = 1_000  # of one component at a time
MAX_TURNS = 8


def best_groups(component: Component, candidates: Sequence[Candidate]) -> tuple[Groups, bool]:
    """The applications in their order, and whether nothing is better."""
    return _Grouping(component, candidates).best()


class _Grouping:
    """One component on its way to its groups."""

    def __init__(self, component: Component, candidates: Sequence[Candidate]) -> None:
        self._pools = component.pools
        self._candidates = {number: candidates[number] for number in component.candidates}
        self._limit = max(1, MAX_PATTERNS // len(component.candidates))

    def best(self) -> tuple[Groups, bool]:
        """As `best_groups`."""
        counts = [pool.pieces for pool in self._pools]
        numbers = list(self._candidates)
        if len(numbers) == 1:
            groups, exact = self._alone(numbers[0], counts)
            if exact or self._candidates[numbers[0]].promotion.kind == "bundle":
                return groups, exact
        packed, exact = self._packed(numbers, counts)
        if exact:
            return packed, True
        stepwise = self._stepwise(numbers, counts)
        return (stepwise if _gain(stepwise) > _gain(packed) else packed), False

    def _alone(self, number: int, counts: Sequence[int]) -> tuple[Groups, bool]:
        promotion = self._candidates[number].promotion
        if promotion.kind != "n_for_m":
            return self._packed([number], counts)
        assert promotion.buy is not None
        assert promotion.pay is not None
        terms = NForM(number=number, buy=promotion.buy, pay=promotion.pay, most=promotion.most)
        return best_blocks(terms, self._pools, self._wanted(number, counts))

    def _wanted(self, number: int, counts: Sequence[int]) -> list[int]:
        return [
            count if (number, 0) in pool.wants else 0
            for pool, count in zip(self._pools, counts, strict=True)
        ]

    def _packed(self, numbers: Sequence[int], counts: Sequence[int]) -> tuple[Groups, bool]:
        """Once over all patterns; where those are too many, again on what is left."""
        left = list(counts)
        limits = {number: self._candidates[number].promotion.most for number in numbers}
        most = {number: limit for number, limit in limits.items() if limit is not None}
        groups: Groups = []
        for turn in range(MAX_TURNS):
            patterns, whole = self._patterns(numbers, left)
            found, exact = pack(patterns, left, most)
            groups += found
            if whole or not found:
                return groups, whole and exact and turn == 0
            _use_up(left, found)
            for pattern, times in found:
                if pattern.candidate in most:
                    most[pattern.candidate] -= times
        return groups, False

    def _patterns(
        self, numbers: Sequence[int], counts: Sequence[int]
    ) -> tuple[list[Pattern], bool]:
        patterns: list[Pattern] = []
        whole = True
        for number in numbers:
            found, all_of_them = patterns_of(
                self._candidates[number],
                number=number,
                pools=self._pools,
                counts=counts,
                limit=self._limit,
            )
            patterns += found
            whole = whole and all_of_them
        return patterns, whole

    def _stepwise(self, numbers: Sequence[int], counts: Sequence[int]) -> Groups:
        alone = {number: _gain(self._alone(number, counts)[0]) for number in numbers}
        left = list(counts)
        groups: Groups = []
        for number in sorted(numbers, key=lambda number: (-alone[number], number)):
            found, _ = self._alone(number, left)
            _use_up(left, found)
            groups += found
        return groups


def _use_up(left: list[int], groups: Groups) -> None:
    for pattern, times in groups:
        for pool, count in pattern.takes:
            left[pool] -= times * count


def _gain(groups: Groups) -> int:
    return sum(pattern.gain * times for pattern, times in groups)
