"""Whether a basket makes sense at all, before any arithmetic.

The file's law: every fault is named with the path of its field, all in one answer; what passes
here cannot make the arithmetic fail except by a discount beyond its amount, an amount beyond the
bound, or tenders that do not fit. Promotions count as such discounts.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from protocol.checkout.basket import (
    CASH,
    PPM,
    BasketInput,
    Discount,
    LineInput,
    PromotionShare,
    TenderInput,
)
from protocol.errors import Malformed
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.quantity import parse_quantity

MAX_LINES = 2000  # as many as one fact may carry (DESIGN §2.4)
MAX_DISCOUNTS = 100
MAX_TENDERS = 100
MAX_LINE_PROMOTIONS = 1_000
MAX_RATE_PPM = 10 * PPM

Fault = tuple[str, str]


def check_basket(basket: BasketInput) -> None:
    """Malformed `malformed-basket` naming every offending field, or `unknown-currency`."""
    currency(basket.currency)
    faults = [
        *_count_faults("lines", basket.lines, at_least=1, at_most=MAX_LINES),
        *_count_faults("ticket_discounts", basket.ticket_discounts, at_most=MAX_DISCOUNTS),
        *line_number_faults([line.line_no for line in basket.lines]),
    ]
    for index, line in enumerate(basket.lines):
        faults += ((f"lines.{index}.{field}", why) for field, why in _line_faults(line))
    for index, discount in enumerate(basket.ticket_discounts):
        faults += ((f"ticket_discounts.{index}", why) for why in _discount_faults(discount))
    _raise_if(faults)


def check_tenders(tenders: Sequence[TenderInput]) -> None:
    """Malformed `malformed-basket`: no kind, negative, too large, or zero and not cash."""
    faults = _count_faults("tenders", tenders, at_most=MAX_TENDERS)
    for index, tender in enumerate(tenders):
        if not tender.kind:
            faults.append((f"tenders.{index}.kind", "is empty"))
        least = 0 if tender.kind == CASH else 1
        if not least <= tender.amount_minor <= MAX_AMOUNT_MINOR:
            faults.append((f"tenders.{index}.amount_minor", f"not in {least}…{MAX_AMOUNT_MINOR}"))
    _raise_if(faults)


def check_cash_step(cash_step_minor: int) -> None:
    """Malformed `cash-step-not-positive`."""
    if cash_step_minor < 1:
        raise Malformed("cash-step-not-positive", "Give a cash step of one minor unit or more.")


def line_number_faults(numbers: Sequence[int]) -> list[Fault]:
    """Line numbers below one, and those used before."""
    seen: set[int] = set()
    faults = []
    for index, number in enumerate(numbers):
        if number < 1:
            faults.append((f"lines.{index}.line_no", "is below 1"))
        if number in seen:
            faults.append((f"lines.{index}.line_no", "is used twice"))
        seen.add(number)
    return faults


def _raise_if(faults: Iterable[Fault]) -> None:
    fields = dict(faults)
    if fields:
        raise Malformed("malformed-basket", "Correct the named fields.", fields=fields)


def _count_faults(
    field: str, items: Sequence[object], *, at_most: int, at_least: int = 0
) -> list[Fault]:
    if at_least <= len(items) <= at_most:
        return []
    return [(field, f"has {len(items)} entries, not {at_least}…{at_most}")]


def _line_faults(line: LineInput) -> list[Fault]:
    faults = []
    try:
        if parse_quantity(line.quantity, line.unit) <= 0:
            faults.append(("quantity", "is not above zero"))
    except Malformed as error:
        faults.append(("unit" if error.code == "unknown-unit" else "quantity", error.message))
    if not 0 <= line.unit_price_minor <= MAX_AMOUNT_MINOR:
        faults.append(("unit_price_minor", f"not in 0…{MAX_AMOUNT_MINOR}"))
    if not line.tax_id:
        faults.append(("tax_id", "is empty"))
    if not 0 <= line.tax_rate_ppm <= MAX_RATE_PPM:
        faults.append(("tax_rate_ppm", f"not in 0…{MAX_RATE_PPM}"))
    if line.tax_treatment != "taxed" and line.tax_rate_ppm:
        faults.append(("tax_rate_ppm", f"is not 0 although the line is {line.tax_treatment}"))
    if line.promotions:
        faults += _promotion_faults(line.promotions)
    if line.discount is not None:
        faults += (("discount", why) for why in _discount_faults(line.discount))
    return faults


def _promotion_faults(shares: Sequence[PromotionShare]) -> list[Fault]:
    faults = _count_faults("promotions", shares, at_most=MAX_LINE_PROMOTIONS)
    seen: set[UUID] = set()
    for index, share in enumerate(shares):
        if not 1 <= share.amount_minor <= MAX_AMOUNT_MINOR:
            faults.append((f"promotions.{index}.amount_minor", f"not in 1…{MAX_AMOUNT_MINOR}"))
        if share.promotion_id in seen:
            faults.append((f"promotions.{index}.promotion_id", "is named twice"))
        seen.add(share.promotion_id)
    return faults


def _discount_faults(discount: Discount) -> list[str]:
    percent, amount = discount.percent_ppm, discount.amount_minor
    if (percent is None) == (amount is None):
        return ["needs either percent_ppm or amount_minor"]
    if percent is not None and not 0 <= percent <= PPM:
        return [f"percent_ppm not in 0…{PPM}"]
    if amount is not None and not 0 <= amount <= MAX_AMOUNT_MINOR:
        return [f"amount_minor not in 0…{MAX_AMOUNT_MINOR}"]
    return []
