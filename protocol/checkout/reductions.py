"""What the promotions take off a ticket: always the best for the customer (ADR 17).

1. Who may count: `eligibility`.
2. Prices of units, those that stack and the best that stands alone: `unit_prices`.
3. Groups of pieces, where they save more than what stands alone: `pools` and `grouping`.
4. Promotions on the ticket, on what is left: all that stack, percents before amounts, or the best
   one that stands alone, whichever saves more (of equals those that stack, then the earlier by id).
   What one takes is spread over the lines by largest remainder on what is left of them.

The file's law: the answer depends on line numbers and ids alone, never on the order of a list; and
it is input to the arithmetic, not part of it.
"""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from protocol.checkout.basket import PromotionShare
from protocol.checkout.eligibility import Candidate, eligible, pieces_of
from protocol.checkout.grouping import best_groups
from protocol.checkout.pools import Component, Groups, components
from protocol.checkout.promoted import (
    CouponOutcome,
    CouponState,
    PromotedBasket,
    PromotedLine,
    PromotionOutcome,
    Reductions,
)
from protocol.checkout.promotions import Promotion
from protocol.checkout.unit_prices import UnitPrice, in_turn, reduced, unit_prices, would_save
from protocol.checkout.validation import MAX_LINE_PROMOTIONS
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.money import allocate, multiply

__all__ = [
    "CouponOutcome",
    "PromotedBasket",
    "PromotedLine",
    "PromotionOutcome",
    "Reductions",
    "reduce_basket",
]


def reduce_basket(basket: PromotedBasket, promotions: Sequence[Promotion]) -> Reductions:
    """What each promotion takes off each line, and what became of every promotion and coupon.

    Of more than MAX_LINE_PROMOTIONS that may count the first by id do, and the result is `cut`.
    Malformed: `unknown-currency`, `amount-too-large`, `quantity-not-a-number`.
    """
    currency(basket.currency)
    found = eligible(basket, promotions)
    candidates = found.candidates[:MAX_LINE_PROMOTIONS]
    prices = unit_prices(found.lines, candidates)
    bill = _Bill(prices)
    bill.take_stacked()
    whole = len(found.candidates) <= MAX_LINE_PROMOTIONS
    for component in components(prices, candidates, included=basket.prices_include_tax):
        groups, exact = best_groups(component, candidates)
        bill.take_groups(groups, component, candidates)
        whole = whole and exact
    bill.take_alone()
    left_minor = sum(bill.left)
    bill.take_ticket([each.promotion for each in candidates if not _is_of_goods(each.promotion)])
    taken = bill.taken()
    states = dict(found.refused)
    for candidate in found.candidates:
        promotion_id = candidate.promotion.promotion_id
        states[promotion_id] = "applied"
        if promotion_id not in taken:
            would = _would_save(candidate, prices, left_minor)
            states[promotion_id] = "another-saves-more" if would else "no-goods"
    return Reductions(
        shares=bill.shares_by_line(),
        outcomes=tuple(
            PromotionOutcome(promotion_id=each, state=states[each], amount_minor=taken.get(each, 0))
            for each in sorted(states, key=str)
        ),
        coupons=tuple(_coupons(basket.coupons, promotions, taken)),
        cut=not whole,
    )


class _Bill:
    """The open lines on their way down: what is left of each, and what came off."""

    def __init__(self, prices: Sequence[UnitPrice]) -> None:
        self._prices = prices
        self._shares: list[dict[UUID, int]] = [{} for _ in prices]
        self._grouped = [0] * len(prices)
        self.left = [multiply(price.line.quantity, price.line.unit_price_minor) for price in prices]

    def take_stacked(self) -> None:
        """Step 2, what stacks."""
        for index, price in enumerate(self._prices):
            for promotion_id, before, after in price.stacked:
                off = _difference(price.line.quantity, before, after)
                self._take(index, promotion_id, off)

    def take_groups(
        self, groups: Groups, component: Component, candidates: Sequence[Candidate]
    ) -> None:
        """Step 3: pieces go into groups line by line."""
        heaps = [[list(each) for each in pool.lines] for pool in component.pools]
        for pattern, times in groups:
            promotion_id = candidates[pattern.candidate].promotion.promotion_id
            for slot in pattern.slots:
                wanted = slot.pieces * times
                heap = heaps[slot.pool]
                while wanted:
                    index, pieces = heap[0]
                    taken = min(wanted, pieces)
                    wanted -= taken
                    heap[0][1] -= taken
                    if taken == pieces:
                        heap.pop(0)
                    self._grouped[index] += taken
                    self._take(index, promotion_id, taken * slot.off_minor)

    def take_alone(self) -> None:
        """Step 2, what stands alone, on the units that are in no group."""
        for index, price in enumerate(self._prices):
            if price.alone:
                quantity = price.line.quantity
                if self._grouped[index]:
                    quantity -= self._grouped[index]
                promotion_id, after = price.alone
                off = _difference(quantity, price.price_minor, after)
                self._take(index, promotion_id, off)

    def take_ticket(self, promotions: Sequence[Promotion]) -> None:
        """Step 4."""
        total_minor = sum(self.left)
        stacking = in_turn(each for each in promotions if each.stacks)
        together_minor = total_minor
        for promotion in stacking:
            together_minor = reduced(promotion, together_minor)
        chosen, least_minor = stacking, together_minor
        for promotion in promotions:
            if not promotion.stacks and reduced(promotion, total_minor) < least_minor:
                chosen, least_minor = [promotion], reduced(promotion, total_minor)
        for promotion in chosen:
            total_minor = sum(self.left)
            off_minor = total_minor - reduced(promotion, total_minor)
            for index, share in enumerate(allocate(off_minor, self.left)):
                self._take(index, promotion.promotion_id, share)

    def taken(self) -> dict[UUID, int]:
        """What each promotion took off all lines; those that took nothing are absent."""
        sums: dict[UUID, int] = {}
        for shares in self._shares:
            for promotion_id, off in shares.items():
                sums[promotion_id] = sums.get(promotion_id, 0) + off
        return sums

    def shares_by_line(self) -> dict[int, tuple[PromotionShare, ...]]:
        """As `Reductions.shares`."""
        return {
            price.line.line_no: tuple(
                PromotionShare(promotion_id=promotion_id, amount_minor=off)
                for promotion_id, off in shares.items()
            )
            for price, shares in zip(self._prices, self._shares, strict=True)
            if shares
        }

    def _take(self, index: int, promotion_id: UUID, off_minor: int) -> None:
        if off_minor:
            shares = self._shares[index]
            shares[promotion_id] = shares.get(promotion_id, 0) + off_minor
            self.left[index] -= off_minor


def _difference(quantity: Decimal, before_minor: int, after_minor: int) -> int:
    return multiply(quantity, before_minor) - multiply(quantity, after_minor)


def _is_of_goods(promotion: Promotion) -> bool:
    return promotion.kind not in ("ticket_percent", "ticket_amount")


def _would_save(candidate: Candidate, prices: Sequence[UnitPrice], left_minor: int) -> bool:
    """Whether the promotion by itself would take something off."""
    promotion = candidate.promotion
    if not _is_of_goods(promotion):
        return reduced(promotion, left_minor) < left_minor
    if promotion.kind == "n_for_m":
        assert promotion.pay is not None
        return _dearest(candidate.parts[0], prices, promotion.pay + 1)[-1] > 0
    if promotion.kind == "bundle":
        assert promotion.price_minor is not None
        dearest = sum(
            sum(_dearest(serving, prices, part.count))
            for part, serving in zip(promotion.parts, candidate.parts, strict=True)
        )
        return dearest > promotion.price_minor
    return would_save(promotion, [prices[index] for index in candidate.selected])


def _dearest(serving: Sequence[int], prices: Sequence[UnitPrice], count: int) -> list[int]:
    """The prices of so many pieces before any reduction, falling."""
    lines = sorted((prices[index].line for index in serving), key=lambda x: -x.unit_price_minor)
    found: list[int] = []
    for line in lines:
        found += [line.unit_price_minor] * min(pieces_of(line), count - len(found))
    return found


def _coupons(
    codes: Sequence[str], promotions: Sequence[Promotion], taken: Collection[UUID]
) -> Iterator[CouponOutcome]:
    known = {promotion.coupon for promotion in promotions}
    used = {each.coupon for each in promotions if each.promotion_id in taken}
    seen: set[str] = set()
    for code in codes:
        state: CouponState = "nothing-to-take-off"
        if code in seen:
            state = "twice"
        elif code not in known:
            state = "unknown"
        elif code in used:
            state = "used"
        seen.add(code)
        yield CouponOutcome(code=code, state=state)
