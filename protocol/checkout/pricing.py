"""Lines, discounts, tax: the first half of the fixed order (promise M).

1. Line gross = quantity × unit price, rounded.
2. Promotions, as they were found (`reductions`), then the line discount, off what they left.
3. Ticket discounts, each off what the one before left; their sum is allocated over the lines by
   largest remainder on the amounts after line discount, ties to the lower line_no.
4. Tax per (tax_id, rate, treatment) on the sum of its lines. Where prices include tax, the tax is
   sum × rate ÷ (1 + rate) and the base is the rest; else the tax comes on top of the sum.

The file's law: every rounding is half away from zero on exact integers, once per figure.
"""

from collections.abc import Mapping, Sequence

from protocol.checkout.basket import (
    PPM,
    BasketInput,
    Discount,
    Goods,
    LineFigures,
    LineInput,
    TaxFigures,
    TaxTreatment,
)
from protocol.checkout.validation import check_basket
from protocol.errors import Malformed
from protocol.vocabulary.money import allocate, checked, multiply, round_half_away

TaxKey = tuple[str, int, TaxTreatment]


def price_goods(basket: BasketInput) -> Goods:
    """Steps 1 to 4; the tenders are not looked at.

    Malformed: `malformed-basket`, `unknown-currency`, `discount-too-large`, `amount-too-large`.
    """
    check_basket(basket)
    indexed = sorted(enumerate(basket.lines), key=lambda pair: pair[1].line_no)
    lines = [line for _, line in indexed]
    gross = [multiply(line.quantity, line.unit_price_minor) for line in lines]
    promoted = [
        _promoted(line, of, where=f"lines.{index}.promotions") if line.promotions else 0
        for (index, line), of in zip(indexed, gross, strict=True)
    ]
    left = [of - off for of, off in zip(gross, promoted, strict=True)]
    line_discounts = [
        _off(line.discount, of, where=f"lines.{index}.discount") if line.discount else 0
        for (index, line), of in zip(indexed, left, strict=True)
    ]
    # What is given away is added up in the books too.
    checked(sum(gross))
    weights = [of - off for of, off in zip(left, line_discounts, strict=True)]
    ticket_discounts = _ticket_discounts(basket.ticket_discounts, sum(weights))
    shares = allocate(sum(ticket_discounts), weights)
    figures = tuple(
        LineFigures(
            line_no=line.line_no,
            gross_minor=gross[index],
            line_discount_minor=line_discounts[index],
            ticket_discount_minor=shares[index],
            amount_minor=weights[index] - shares[index],
            promotion_minor=promoted[index],
        )
        for index, line in enumerate(lines)
    )
    keys = [tax_key(line) for line in lines]
    included = basket.prices_include_tax
    return goods_of(
        figures,
        tax_lines=[
            tax_on(key, amount, included=included)
            for key, amount in sums_by_tax(keys, figures).items()
        ],
        ticket_discounts=ticket_discounts,
        included=included,
    )


def tax_key(line: LineInput) -> TaxKey:
    """What the line's tax is summed under."""
    return line.tax_id, line.tax_rate_ppm, line.tax_treatment


def sums_by_tax(keys: Sequence[TaxKey], figures: Sequence[LineFigures]) -> Mapping[TaxKey, int]:
    """What the lines of each (tax_id, rate, treatment) come to, sorted by them."""
    sums = dict.fromkeys(sorted(set(keys)), 0)
    for key, figure in zip(keys, figures, strict=True):
        sums[key] += figure.amount_minor
    return sums


def tax_on(key: TaxKey, amount_minor: int, *, included: bool) -> TaxFigures:
    """Step 4 for one (tax_id, rate, treatment), on the sum of its line amounts."""
    tax_id, rate_ppm, treatment = key
    if included:
        tax = round_half_away(amount_minor * rate_ppm, PPM + rate_ppm)
        base = amount_minor - tax
    else:
        tax = round_half_away(amount_minor * rate_ppm, PPM)
        base = amount_minor
    return TaxFigures(
        tax_id=tax_id,
        rate_ppm=rate_ppm,
        base_minor=base,
        tax_minor=tax,
        gross_minor=checked(base + tax),
        treatment=treatment,
    )


def goods_of(
    lines: tuple[LineFigures, ...],
    *,
    tax_lines: Sequence[TaxFigures],
    ticket_discounts: Sequence[int],
    included: bool,
) -> Goods:
    """Sum up; the tax lines must cover exactly the lines."""
    lines_minor = sum(line.amount_minor for line in lines)
    added_tax_minor = 0 if included else sum(tax.tax_minor for tax in tax_lines)
    goods_minor = checked(lines_minor + added_tax_minor)
    assert goods_minor == sum(tax.gross_minor for tax in tax_lines)
    return Goods(
        lines=lines,
        ticket_discounts_minor=tuple(ticket_discounts),
        tax_lines=tuple(tax_lines),
        lines_minor=lines_minor,
        added_tax_minor=added_tax_minor,
        goods_minor=goods_minor,
    )


def _ticket_discounts(discounts: Sequence[Discount], running_minor: int) -> list[int]:
    taken = []
    for index, discount in enumerate(discounts):
        off = _off(discount, running_minor, where=f"ticket_discounts.{index}")
        taken.append(off)
        running_minor -= off
    return taken


def _promoted(line: LineInput, of_minor: int, *, where: str) -> int:
    """What all promotions take off the line."""
    return _within(sum(share.amount_minor for share in line.promotions), of_minor, where=where)


def _off(discount: Discount, of_minor: int, *, where: str) -> int:
    """What the discount takes off an amount; `check_basket` has seen that one form is set."""
    if discount.percent_ppm is not None:
        return round_half_away(of_minor * discount.percent_ppm, PPM)
    assert discount.amount_minor is not None
    return _within(discount.amount_minor, of_minor, where=where)


def _within(off_minor: int, of_minor: int, *, where: str) -> int:
    if off_minor > of_minor:
        raise Malformed(
            "discount-too-large",
            "Take off no more than the amount.",
            fields={where: f"{off_minor} off {of_minor}"},
        )
    return off_minor
