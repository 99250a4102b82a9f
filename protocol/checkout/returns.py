"""A return's figures: all amounts positive, the message type says that money goes back.

With ticket, each figure of a line is refunded in proportion to the quantity that came back, rounded
on the *cumulative* quantity: refunded(after) − refunded(before). So partial returns never exceed
what was charged, and together they give back exactly it; so does the tax, by cumulative refunds per
(tax_id, rate, treatment). The line's gross is the sum of its four parts, so that
gross − promotions − discounts = amount holds on each return as it did on the sale.

The cash rounding is cumulative too: a hundred returns of one piece refund what one return of a
hundred does.

Without ticket a return is priced like a sale. Neither refunds the duty on cash.

The file's law: figures follow from the original and the quantities alone, in whatever portions and
order the goods come back.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from msgspec import Struct

from protocol.checkout.basket import (
    BasketInput,
    Figures,
    Goods,
    LineFigures,
    Quote,
    TaxFigures,
    TaxTreatment,
    TenderInput,
)
from protocol.checkout.pricing import TaxKey, goods_of, price_goods, tax_on
from protocol.checkout.sales import join, quote_of
from protocol.checkout.settlement import cash_rounding, refund_rounding, settle_refund
from protocol.checkout.validation import line_number_faults
from protocol.errors import Malformed, Refused
from protocol.vocabulary.money import round_half_away
from protocol.vocabulary.quantity import parse_quantity


class OriginalLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as it was sold, and how much of it has come back before."""

    line_no: int
    quantity: Decimal
    unit: str
    tax_id: str
    tax_rate_ppm: int
    line_discount_minor: int
    ticket_discount_minor: int
    amount_minor: int
    returned_quantity: Decimal = Decimal(0)
    promotion_minor: int = 0
    tax_treatment: TaxTreatment = "taxed"

    @property
    def tax_key(self) -> TaxKey:
        """What the line's tax was summed under."""
        return self.tax_id, self.tax_rate_ppm, self.tax_treatment


class OriginalTicket(Struct, frozen=True, kw_only=True):
    """The sale a return refers to, with the figures that were charged."""

    prices_include_tax: bool
    lines: tuple[OriginalLine, ...]
    tax_lines: tuple[TaxFigures, ...]


class ReturnLineInput(Struct, frozen=True, kw_only=True):
    """So much of one original line comes back. `line_no` is the return's own."""

    line_no: int
    original_line_no: int
    quantity: Decimal


class ReturnInput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A return with ticket. `rounded_before_minor`: the cash rounding of its earlier returns."""

    original: OriginalTicket
    lines: tuple[ReturnLineInput, ...]
    tenders: tuple[TenderInput, ...] = ()
    rounded_before_minor: int = 0


def price_return(ticket_return: ReturnInput, *, cash_step_minor: int) -> Figures:
    """All figures of a return with ticket; `ticket_discounts_minor` is empty, the lines carry them.

    Malformed: `malformed-return` (naming every offending field), `malformed-basket`. Refused:
    `already-returned` (more than was sold, counting what came back before), `short-tender`,
    `overpaid`.
    """
    goods = _return_goods(ticket_return)
    settlement = settle_refund(
        goods.goods_minor,
        ticket_return.tenders,
        cash_step_minor=cash_step_minor,
        rounded_before_minor=ticket_return.rounded_before_minor,
    )
    return join(goods, settlement)


def quote_return(ticket_return: ReturnInput, *, cash_step_minor: int) -> Quote:
    """What is to refund; the tenders are not looked at."""
    goods = _return_goods(ticket_return)
    rounding = partial(
        refund_rounding,
        cash_step_minor=cash_step_minor,
        rounded_before_minor=ticket_return.rounded_before_minor,
    )
    return quote_of(goods, duty=lambda _: 0, rounding=rounding)


def price_return_without_ticket(basket: BasketInput, *, cash_step_minor: int) -> Figures:
    """All figures of a return that names no sale: priced like one, paid back exactly."""
    goods = price_goods(basket)
    settlement = settle_refund(goods.goods_minor, basket.tenders, cash_step_minor=cash_step_minor)
    return join(goods, settlement)


def quote_return_without_ticket(basket: BasketInput, *, cash_step_minor: int) -> Quote:
    """What is to refund without ticket; the tenders are not looked at."""
    rounding = partial(cash_rounding, cash_step_minor=cash_step_minor)
    return quote_of(price_goods(basket), duty=lambda _: 0, rounding=rounding)


def _return_goods(ticket_return: ReturnInput) -> Goods:
    original = {line.line_no: line for line in ticket_return.original.lines}
    _check_lines(ticket_return.lines, original)
    lines = sorted(ticket_return.lines, key=lambda line: line.line_no)
    figures = tuple(_line_figures(line, original[line.original_line_no]) for line in lines)
    coming = {line.original_line_no: line.quantity for line in lines}
    keys = {original[number].tax_key for number in coming}
    return goods_of(
        figures,
        tax_lines=[_tax_figures(key, ticket_return.original, coming) for key in sorted(keys)],
        ticket_discounts=(),
        included=ticket_return.original.prices_include_tax,
    )


def _check_lines(lines: Sequence[ReturnLineInput], original: Mapping[int, OriginalLine]) -> None:
    faults = dict(line_number_faults([line.line_no for line in lines]))
    if not lines:
        faults["lines"] = "is empty"
    seen: set[int] = set()
    for index, line in enumerate(lines):
        number = line.original_line_no
        if number in seen:
            faults[f"lines.{index}.original_line_no"] = "is named twice"
        elif number not in original:
            faults[f"lines.{index}.original_line_no"] = "is not on the ticket"
        elif not _is_sound(line.quantity, original[number].unit):
            faults[f"lines.{index}.quantity"] = "is not a quantity above zero of the line's unit"
        seen.add(number)
    if faults:
        raise Malformed("malformed-return", "Correct the named fields.", fields=faults)
    for index, line in enumerate(lines):
        sold = original[line.original_line_no]
        left = sold.quantity - sold.returned_quantity
        if line.quantity > left:
            raise Refused(
                "already-returned",
                "Take back no more than is left of what was sold.",
                fields={f"lines.{index}.quantity": f"{line.quantity} of {left} left"},
            )


def _is_sound(quantity: Decimal, unit: str) -> bool:
    try:
        return parse_quantity(quantity, unit) > 0
    except Malformed:
        return False


def _line_figures(line: ReturnLineInput, original: OriginalLine) -> LineFigures:
    before = original.returned_quantity
    after = before + line.quantity
    promotion, line_discount, ticket_discount, amount = (
        _share(charged, after, original.quantity) - _share(charged, before, original.quantity)
        for charged in (
            original.promotion_minor,
            original.line_discount_minor,
            original.ticket_discount_minor,
            original.amount_minor,
        )
    )
    return LineFigures(
        line_no=line.line_no,
        gross_minor=promotion + line_discount + ticket_discount + amount,
        line_discount_minor=line_discount,
        ticket_discount_minor=ticket_discount,
        amount_minor=amount,
        promotion_minor=promotion,
    )


def _share(charged_minor: int, quantity: Decimal, sold: Decimal) -> int:
    """charged × quantity ÷ sold, exact and rounded; nothing of a line that sold nothing."""
    if sold <= 0:  # only a handed-over ticket can hold such a line, and it must not block the rest
        return 0
    numerator, denominator = quantity.as_integer_ratio()
    sold_numerator, sold_denominator = sold.as_integer_ratio()
    return round_half_away(
        charged_minor * numerator * sold_denominator, denominator * sold_numerator
    )


def _tax_figures(
    key: TaxKey, original: OriginalTicket, coming: Mapping[int, Decimal]
) -> TaxFigures:
    """The tax of one (tax_id, rate, treatment) given back by this return."""
    charged = before = after = 0
    for line in original.lines:
        if line.tax_key != key:
            continue
        returned = line.returned_quantity
        charged += line.amount_minor
        before += _share(line.amount_minor, returned, line.quantity)
        returned += coming.get(line.line_no, Decimal(0))
        after += _share(line.amount_minor, returned, line.quantity)
    included = original.prices_include_tax
    tax_charged = _tax_charged(key, original, charged)
    whole = max(charged, 1)
    tax = round_half_away(tax_charged * after, whole) - round_half_away(tax_charged * before, whole)
    amount = after - before
    base = amount - tax if included else amount
    return TaxFigures(
        tax_id=key[0],
        rate_ppm=key[1],
        base_minor=base,
        tax_minor=tax,
        gross_minor=base + tax,
        treatment=key[2],
    )


def _tax_charged(key: TaxKey, original: OriginalTicket, charged_minor: int) -> int:
    """The tax on the original; recomputed where a handed-over ticket's own does not add up."""
    for tax in original.tax_lines:
        on_lines = tax.gross_minor if original.prices_include_tax else tax.base_minor
        adds_up = on_lines == charged_minor and tax.base_minor + tax.tax_minor == tax.gross_minor
        same = (tax.tax_id, tax.rate_ppm, tax.treatment) == key
        if same and adds_up and 0 <= tax.tax_minor <= tax.gross_minor:
            return tax.tax_minor
    return tax_on(key, charged_minor, included=original.prices_include_tax).tax_minor
