"""The receipt of a sale or a return.

The file's law: every figure is the ticket's own, none is reckoned here but plain sums of them; each
promotion is named with what it took off, line by line.
"""

from collections.abc import Iterator

from protocol.checkout.basket import TaxTreatment
from protocol.documents.context import PaperContext
from protocol.documents.layout import Block, Pair, Paper, Rule, Text
from protocol.documents.masthead import closing, farewell, headline, masthead, place, series_number
from protocol.documents.taxes import certificate, letters, tax_table
from protocol.documents.wording import Wording, wording
from protocol.messages.ticket import ReturnFinalised, SaleFinalised, TicketDiscount, TicketLine

Ticket = SaleFinalised | ReturnFinalised
Marks = dict[tuple[str, int, TaxTreatment], str]


def receipt(ticket: Ticket, *, context: PaperContext) -> Paper:
    """The paper for a customer; Malformed `unknown-currency`."""
    words = wording(context.languages, currency=ticket.currency, timezone=context.timezone)
    title = words.say("return" if isinstance(ticket, ReturnFinalised) else "sale")
    number = series_number(
        register_code=context.register_code,
        series_epoch=ticket.series_epoch,
        number=ticket.receipt_number,
    )
    blocks: list[Block] = [*masthead(context, words), *headline(title)]
    blocks += _about(ticket, number, (context, words))
    blocks.append(Rule())
    marks = letters(ticket.tax_lines)
    for line in ticket.lines:
        blocks += line_blocks(line, marks, (context, words))
    blocks.append(Rule())
    blocks += totals(ticket, words)
    blocks += tenders(ticket, words)
    blocks += _savings(ticket, words)
    blocks.append(Rule())
    taxes: list[Block] = [*tax_table(ticket.tax_lines, context, words)]
    taxes += certificate(ticket.exemption, words)
    if taxes:
        blocks += [*taxes, Rule()]
    blocks += [*farewell(context), *closing(context, words, barcode=number)]
    return Paper(title=title, blocks=tuple(blocks), rtl=words.rtl)


def _about(ticket: Ticket, number: str, paper: tuple[PaperContext, Wording]) -> Iterator[Block]:
    context, words = paper
    yield Pair(label=words.say("number"), amount=number, bold=True)
    moment = words.moment(ticket.rung_at)
    yield Pair(label=words.say("date"), amount=moment)
    if not moment.startswith(words.day(context.business_date)):
        yield Pair(label=words.say("business_date"), amount=words.day(context.business_date))
    yield from place(context, words)
    if context.customer is not None:
        yield Pair(label=words.say("customer"), amount=context.customer.name)
    if isinstance(ticket, ReturnFinalised):
        if context.original:
            yield Pair(label=words.say("returned_from"), amount=context.original)
        if ticket.reason:
            yield Pair(label=words.say("reason"), amount=ticket.reason)


def line_blocks(
    line: TicketLine, marks: Marks, paper: tuple[PaperContext, Wording]
) -> Iterator[Block]:
    """Name, quantity × price, and what was taken off, each reduction on a line of its own."""
    context, words = paper
    yield Text(text=line.name)
    mark = marks.get((line.tax_id, line.tax_rate_ppm, line.tax_treatment))
    unit = "" if line.unit == "piece" else f" {words.unit(line.unit)}"
    label = f"{words.quantity(line.quantity)}{unit} × {words.money(line.unit_price_minor)}"
    yield Pair(
        label=f"{label}  {mark}" if mark else label,
        amount=words.money(line.gross_minor),
        indent=True,
    )
    if line.list_price_minor is not None and line.list_price_minor != line.unit_price_minor:
        instead = words.say("instead_of", price=words.money(line.list_price_minor))
        reason = f" ({line.price_reason})" if line.price_reason else ""
        yield Text(text=instead + reason, size="small")
    for share in line.promotions:
        name = context.promotion_names.get(share.promotion_id) or words.say("promotion")
        yield Pair(label=name, amount=words.money(-share.amount_minor), indent=True)
    if line.line_discount_minor:
        yield Pair(
            label=discount_label("line_discount", line.discount, words),
            amount=words.money(-line.line_discount_minor),
            indent=True,
        )


def discount_label(key: str, discount: TicketDiscount | None, words: Wording) -> str:
    """With its percent and its reason, where it has them."""
    if discount is not None and discount.percent_ppm is not None:
        label = words.say(f"{key}_percent", percent=words.percent(discount.percent_ppm))
    else:
        label = words.say(key)
    return f"{label} ({discount.reason})" if discount is not None and discount.reason else label


def totals(ticket: Ticket, words: Wording) -> Iterator[Block]:
    """From the lines to what is to pay, in the order of promise M."""
    figures = ticket.totals
    off_minor = sum(line.ticket_discount_minor for line in ticket.lines)
    if off_minor:
        yield Pair(label=words.say("subtotal"), amount=words.money(figures.lines_minor + off_minor))
        single = ticket.discounts[0] if len(ticket.discounts) == 1 else None
        label = discount_label("ticket_discount", single, words)
        yield Pair(label=label, amount=words.money(-off_minor))
    if figures.added_tax_minor:
        yield Pair(label=words.say("without_tax"), amount=words.money(figures.lines_minor))
        yield Pair(label=words.say("tax"), amount=words.money(figures.added_tax_minor))
    if figures.duty_minor:
        yield Pair(label=words.say("duty"), amount=words.money(figures.duty_minor))
    if figures.cash_rounding_minor:
        yield Pair(label=words.say("rounding"), amount=words.money(figures.cash_rounding_minor))
    yield Pair(
        label=words.with_currency("refunded" if isinstance(ticket, ReturnFinalised) else "total"),
        amount=words.money(figures.payable_minor),
        bold=True,
        size="large",
    )


def tenders(ticket: Ticket, words: Wording) -> Iterator[Block]:
    """How it was paid or paid back."""
    for tender in ticket.tenders:
        label = words.named("tender", tender.kind)
        reference = f" {tender.reference}" if tender.reference else ""
        yield Pair(label=label + reference, amount=words.money(tender.amount_minor))
    if ticket.totals.change_minor:
        yield Pair(label=words.say("change"), amount=words.money(ticket.totals.change_minor))


def _savings(ticket: Ticket, words: Wording) -> Iterator[Block]:
    saved_minor = sum(
        line.promotion_minor + line.line_discount_minor + line.ticket_discount_minor
        for line in ticket.lines
    )
    if saved_minor and isinstance(ticket, SaleFinalised):
        yield Pair(label=words.say("saved"), amount=words.money(saved_minor), bold=True)
