"""The handed-over door: goods and money have changed hands, so the ticket is booked as told.

Law: nothing is refused. Where the tablet's figures are the arithmetic's, they are the same ticket
as at the live door; elsewhere the tablet's own stand, and a flag says what differs. Only money that
no ledger can hold (promise M) raises Malformed `amount-too-large`: the caller quarantines it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from edge_agent.checkout.rules.live import overridden_or_discounted
from edge_agent.checkout.rules.orders import (
    MAX_LINE_NO,
    Offer,
    OrderLine,
    Priced,
    Terms,
    TicketOrder,
)
from edge_agent.checkout.rules.promoting import promoted_lines
from edge_agent.checkout.rules.terms import considered_tariff
from edge_agent.checkout.rules.tickets import (
    RungLine,
    basket_of,
    tax_lines,
    ticket_lines,
)
from protocol.checkout import CASH, PPM, Discount, LineFigures, TaxFigures
from protocol.checkout.basket import BasketInput
from protocol.checkout.duty import duty_by
from protocol.checkout.pricing import price_goods, sums_by_tax, tax_key, tax_on
from protocol.checkout.settlement import cash_rounding
from protocol.checkout.validation import MAX_RATE_PPM
from protocol.errors import Malformed
from protocol.messages.ticket import TicketTotals
from protocol.vocabulary.money import (
    MAX_AMOUNT_MINOR,
    allocate,
    checked,
    multiply,
    round_half_away,
)
from protocol.vocabulary.quantity import UNIT_SCALES

UNKNOWN_TAX = "unknown"
# What reading leaves; the finest unit has three.
_MAX_DECIMALS = 6
# The books sum each of these over all tickets, and a line may cancel another one.
_ADDED_UP = (
    "gross_minor",
    "promotion_minor",
    "line_discount_minor",
    "ticket_discount_minor",
    "amount_minor",
)
_LINE_NUMBERS = frozenset(range(1, MAX_LINE_NO + 1))


def price_as_told(order: TicketOrder, offers: Mapping[UUID, Offer], *, terms: Terms) -> Priced:
    """A sale or return with the tablet's own figures. Raises only as the module says."""
    _require_holdable(order)
    order, flags = numbered(order)
    telling = _Telling(order, terms, flags)
    lines = [telling.rung(line, offers.get(line.product_id)) for line in order.lines]
    if order.kind == "sale":
        telling.ask_permission(lines)
    told = telling.priced(lines)
    try:
        promoted = promoted_lines(order, lines, terms=terms)
    except Malformed:
        return told  # What is wrong with the lines is flagged already.
    if promoted is lines:
        return told
    due = telling.priced(promoted)
    if "wrong-totals" not in due.flags:
        return due
    return replace(told, flags=tuple(sorted({*told.flags, "promotions-differ"})))


def numbered(order: TicketOrder) -> tuple[TicketOrder, tuple[str, ...]]:
    """The order with its lines under numbers that are theirs alone and that name a line that can
    be; flag `renumbered-lines` where they were not."""
    lines = order.lines
    numbers = {line.line_no for line in lines}
    named = {line.original_line_no or 1 for line in lines}
    if len(numbers) == len(lines) and (numbers | named) <= _LINE_NUMBERS:
        return order, ()
    renumbered = [
        replace(
            line,
            line_no=number,
            original_line_no=(
                line.original_line_no if line.original_line_no in _LINE_NUMBERS else None
            ),
        )
        for number, line in enumerate(lines, start=1)
    ]
    return replace(order, lines=renumbered), ("renumbered-lines",)


class _Telling:
    """One order on its way into the books; `flags` gathers what is noticed on it, `odd` what on
    one way of pricing it."""

    def __init__(self, order: TicketOrder, terms: Terms, flags: Iterable[str]) -> None:
        self._order = order
        self._terms = terms
        self._flags = set(flags)
        self._odd: set[str] = set()

    def ask_permission(self, lines: Sequence[RungLine]) -> None:
        """Flag what whoever rang it up may not do without a manager."""
        asked = overridden_or_discounted(self._order, lines)
        if not set(asked.values()) <= self._terms.may:
            self._flags.add("needs-manager")

    def priced(self, lines: Sequence[RungLine]) -> Priced:
        """The ticket with these lines."""
        self._odd = set()
        if self._order.currency != self._terms.currency:
            self._odd.add("wrong-currency")
        basket = basket_of(self._order, lines, terms=self._terms)
        try:
            told, taxes = self._figures(basket, lines)
        except Malformed as overflow:
            self._odd.add(overflow.code)
            told = _charged(lines, self._order.payable_minor)
            taxes = _taxes(basket, told)
        return Priced(
            lines=ticket_lines(lines, told),
            tax_lines=tax_lines(taxes),
            totals=self._totals(told, taxes),
            flags=tuple(sorted(self._flags | self._odd)),
        )

    def rung(self, line: OrderLine, offer: Offer | None) -> RungLine:
        """The tablet's words first, then the shop's, then what can be booked at all."""
        if offer is None:
            self._flags.add("unknown-product")
            offer = _nameless(line)
        if offer.withdrawn and self._order.kind == "sale":
            self._flags.add("product-withdrawn")
        price_minor = line.unit_price_minor
        if price_minor is None:
            price_minor = offer.unit_price_minor or 0
        elif offer.unit_price_minor not in (None, price_minor) and not line.price_reason:
            self._flags.add("price-differs")
        if price_minor < 0:
            self._flags.add("negative-price")
        self._flag_quantity(line.quantity, offer.unit)
        tax_id, rate_ppm = self._tax(line, offer)
        same_tax = (tax_id, rate_ppm) == (offer.tax_id, offer.tax_rate_ppm)
        is_listed = price_minor == offer.unit_price_minor
        return RungLine(
            order=line,
            name=line.name or offer.name,
            unit=offer.unit,
            unit_price_minor=price_minor,
            tax_id=tax_id,
            tax_rate_ppm=rate_ppm,
            list_price_minor=offer.unit_price_minor,
            tax_treatment=offer.tax_treatment if same_tax else "taxed",
            price_list_id=offer.price_list_id if is_listed else None,
            category=offer.category,
        )

    def _tax(self, line: OrderLine, offer: Offer) -> tuple[str, int]:
        tax_id = line.tax_id or offer.tax_id
        rate_ppm = offer.tax_rate_ppm if line.tax_rate_ppm is None else line.tax_rate_ppm
        if not tax_id or rate_ppm is None or not 0 <= rate_ppm <= MAX_RATE_PPM:
            self._flags.add("unknown-tax")
            return tax_id or UNKNOWN_TAX, 0
        if offer.tax_id is not None and (tax_id, rate_ppm) != (offer.tax_id, offer.tax_rate_ppm):
            self._flags.add("tax-differs")
        return tax_id, rate_ppm

    def _flag_quantity(self, quantity: Decimal, unit: str) -> None:
        if _decimals(quantity.normalize()) > UNIT_SCALES.get(unit, _MAX_DECIMALS):
            self._flags.add("fractional-quantity")
        if quantity < 0:
            self._flags.add("negative-quantity")
        elif not quantity:
            self._flags.add("zero-quantity")

    def _figures(
        self, basket: BasketInput, lines: Sequence[RungLine]
    ) -> tuple[tuple[LineFigures, ...], tuple[TaxFigures, ...]]:
        """The arithmetic's figures, or the tablet's own where it names others.

        Malformed `amount-too-large`: some of them, or their sum, are beyond all money.
        """
        figures, taxes = self._goods(basket)
        told = _own_amounts(lines, figures)
        for name in _ADDED_UP:
            checked(sum(abs(getattr(figure, name)) for figure in told))
        if told == figures:
            return figures, taxes
        self._odd.add("wrong-totals")
        return told, _taxes(basket, told)

    def _goods(self, basket: BasketInput) -> tuple[tuple[LineFigures, ...], tuple[TaxFigures, ...]]:
        """Lines and taxes by the shared arithmetic, or by the same steps without its checks."""
        try:
            goods = price_goods(basket)
        except Malformed as refusal:
            if refusal.code != "malformed-basket":
                self._odd.add(refusal.code)
            elif not self._flags | self._odd:
                self._odd.add("malformed")
            figures = _unchecked_figures(basket)
            return figures, _taxes(basket, figures)
        return goods.lines, goods.tax_lines

    def _totals(self, figures: Sequence[LineFigures], taxes: Sequence[TaxFigures]) -> TicketTotals:
        order = self._order
        lines_minor = sum(figure.amount_minor for figure in figures)
        added_minor = 0
        if not self._terms.prices_include_tax:
            added_minor = sum(tax.tax_minor for tax in taxes)
        goods_minor = lines_minor + added_minor
        duty_minor, rounding_minor = self._cash_parts(goods_minor)
        due_minor = goods_minor + duty_minor
        tendered_minor = sum(tender.amount_minor for tender in order.tenders)
        given_minor = tendered_minor - order.change_minor
        if order.payable_minor != due_minor + rounding_minor:
            self._odd.add("wrong-totals")
        if given_minor != order.payable_minor:
            self._odd.add("short-tender" if given_minor < order.payable_minor else "overpaid")
        if any(tender.amount_minor < 0 for tender in order.tenders):
            self._odd.add("negative-tender")
        return TicketTotals(
            lines_minor=lines_minor,
            added_tax_minor=added_minor,
            duty_minor=duty_minor,
            due_minor=due_minor,
            cash_rounding_minor=rounding_minor,
            payable_minor=order.payable_minor,
            tendered_minor=tendered_minor,
            change_minor=order.change_minor,
        )

    def _cash_parts(self, goods_minor: int) -> tuple[int, int]:
        """Duty and rounding of the part due in cash; another currency than the shop's has none."""
        order, terms = self._order, self._terms
        in_cash = any(tender.kind == CASH for tender in order.tenders)
        if not in_cash or order.currency != terms.currency:
            return 0, 0
        exact_minor = sum(t.amount_minor for t in order.tenders if t.kind != CASH)
        duty_minor = 0
        tariff = considered_tariff(order, terms)
        if tariff is not None:
            try:
                duty_minor = duty_by(tariff, goods_minor - exact_minor)
            except Malformed as refusal:
                self._odd.add(refusal.code)
        cash_due_minor = goods_minor + duty_minor - exact_minor
        return duty_minor, cash_rounding(cash_due_minor, terms.cash_step_minor)


def _require_holdable(order: TicketOrder) -> None:
    # What any one ticket adds to a sum of its shift: it takes nine million such tickets to outgrow
    # the 64 bits of an X or a Z (sales/queries.sql).
    tendered_minor = sum(abs(tender.amount_minor) for tender in order.tenders)
    amounts = [order.payable_minor, order.change_minor, tendered_minor]
    if any(abs(amount) > MAX_AMOUNT_MINOR for amount in amounts):
        raise Malformed("amount-too-large", "No ledger can hold this amount.")


def _decimals(quantity: Decimal) -> int:
    exponent = quantity.as_tuple().exponent
    assert isinstance(exponent, int), "the schema takes finite quantities only"
    return -exponent


def _nameless(line: OrderLine) -> Offer:
    """What stands for a product that nobody knows here."""
    return Offer(
        product_id=line.product_id,
        name=line.code or str(line.product_id),
        unit="piece" if line.quantity == line.quantity.to_integral_value() else "kg",
        unit_price_minor=None,
        tax_id=None,
        tax_rate_ppm=None,
    )


def _unchecked_figures(basket: BasketInput) -> tuple[LineFigures, ...]:
    lines = sorted(basket.lines, key=lambda line: line.line_no)
    gross = [multiply(line.quantity, line.unit_price_minor) for line in lines]
    promoted = [sum(share.amount_minor for share in line.promotions) for line in lines]
    due = [of - off for of, off in zip(gross, promoted, strict=True)]
    offs = [_off(line.discount, of) for line, of in zip(lines, due, strict=True)]
    left = [of - off for of, off in zip(due, offs, strict=True)]
    running_minor = sum(left)
    for discount in basket.ticket_discounts:
        running_minor -= _off(discount, running_minor)
    ticket_discount_minor = sum(left) - running_minor if left else 0
    shares = allocate(ticket_discount_minor, [max(amount, 0) for amount in left])
    return tuple(
        LineFigures(
            line_no=line.line_no,
            gross_minor=gross[index],
            line_discount_minor=offs[index],
            ticket_discount_minor=shares[index],
            amount_minor=left[index] - shares[index],
            promotion_minor=promoted[index],
        )
        for index, line in enumerate(lines)
    )


def _off(discount: Discount | None, of_minor: int) -> int:
    if discount is None:
        return 0
    if discount.percent_ppm is not None:
        return round_half_away(of_minor * discount.percent_ppm, PPM)
    return discount.amount_minor or 0


def _own_amounts(
    lines: Iterable[RungLine], figures: Iterable[LineFigures]
) -> tuple[LineFigures, ...]:
    own = {line.order.line_no: line.order.amount_minor for line in lines}
    return tuple(
        figure if (amount := own[figure.line_no]) is None else replace(figure, amount_minor=amount)
        for figure in figures
    )


def _charged(lines: Sequence[RungLine], payable_minor: int) -> tuple[LineFigures, ...]:
    """Where price × quantity is beyond all money: what was charged for the lines, else for all."""
    own = [line.order.amount_minor for line in lines]
    amounts = [amount for amount in own if amount is not None]
    if len(amounts) < len(own) or sum(map(abs, amounts)) > MAX_AMOUNT_MINOR:
        amounts = allocate(payable_minor, [1] * len(lines))
    return tuple(
        LineFigures(
            line_no=line.order.line_no,
            gross_minor=amount,
            line_discount_minor=0,
            ticket_discount_minor=0,
            amount_minor=amount,
        )
        for line, amount in sorted(
            zip(lines, amounts, strict=True), key=lambda pair: pair[0].order.line_no
        )
    )


def _taxes(basket: BasketInput, figures: Sequence[LineFigures]) -> tuple[TaxFigures, ...]:
    by_number = sorted(basket.lines, key=lambda line: line.line_no)
    keys = [tax_key(line) for line in by_number]
    return tuple(
        tax_on(key, amount, included=basket.prices_include_tax)
        for key, amount in sums_by_tax(keys, figures).items()
    )
