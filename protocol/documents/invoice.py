"""Invoices and credit notes.

The file's law: figures are the ticket's. Amounts without tax are shares of the tax lines' bases by
largest remainder, so that the column adds up to them exactly; a unit price without tax is rounded
for itself. Who is under a regime without tax shows none and no column for it.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from protocol.checkout.basket import PPM, TaxTreatment
from protocol.documents.context import PaperContext
from protocol.documents.layout import (
    Block,
    Carried,
    Column,
    Feed,
    Pair,
    Paper,
    Rule,
    Sides,
    Table,
    Text,
    Together,
)
from protocol.documents.masthead import closing, contact, copy_mark, farewell, series_number
from protocol.documents.receipt import Ticket
from protocol.documents.spelling import in_words
from protocol.documents.taxes import certificate, shown, tax_table
from protocol.documents.wording import Wording, wording
from protocol.messages.invoice import InvoiceIssued, Party
from protocol.messages.ticket import TicketLine
from protocol.vocabulary.money import allocate, round_half_away

_SIGNATURE_LINES = 4


class Named(Struct, frozen=True, kw_only=True):
    """What a paper cannot read from its fact: the buyer opened, the number that is corrected."""

    buyer: Party
    corrects: str | None = None


class _Parts(Struct, frozen=True, kw_only=True):
    issued: InvoiceIssued
    ticket: Ticket
    context: PaperContext
    words: Wording


def invoice(issued: InvoiceIssued, ticket: Ticket, *, context: PaperContext, named: Named) -> Paper:
    """The invoice of a sale or the credit note of a return; Malformed `unknown-currency`."""
    words = wording(context.languages, currency=issued.currency, timezone=context.timezone)
    parts = _Parts(issued=issued, ticket=ticket, context=context, words=words)
    number = invoice_number(issued, register_code=context.register_code)
    title = words.say(issued.kind)
    blocks: list[Block] = [*copy_mark(context, words)]
    blocks.append(Sides(start=tuple(_seller(parts)), end=tuple(_about(parts, number, title))))
    blocks += [Rule(), Sides(start=tuple(_buyer(parts, named.buyer)), end=()), Feed()]
    if named.corrects:
        blocks.append(Text(text=words.say("corrects", number=named.corrects), bold=True))
    blocks += [_lines(parts), Rule()]
    blocks.append(Together(blocks=tuple(_conclusion(parts))))
    blocks += [*farewell(context), *closing(context, words, barcode=number)]
    return Paper(
        title=f"{title} {number}",
        blocks=tuple(blocks),
        rtl=words.rtl,
        page_of=words.once("page_of"),
    )


def invoice_number(issued: InvoiceIssued, *, register_code: str) -> str:
    """Kind, year and series, as printed: F2026-C1-1-000045 (promise N)."""
    kind = "F" if issued.kind == "invoice" else "A"
    series = series_number(
        register_code=register_code, series_epoch=issued.series_epoch, number=issued.number
    )
    return f"{kind}{issued.year}-{series}"


def _seller(parts: _Parts) -> Iterator[Text | Pair]:
    yield from _party(parts.issued.seller, parts.words)
    yield from (Text(text=line) for line in parts.context.header)


def _buyer(parts: _Parts, buyer: Party) -> Iterator[Text | Pair]:
    yield Text(text=parts.words.say("buyer"), size="small")
    yield from _party(buyer, parts.words)


def _party(party: Party, words: Wording) -> Iterator[Text | Pair]:
    yield Text(text=party.name, bold=True)
    yield from (Text(text=line) for line in party.address)
    yield from contact(party, words)


def _about(parts: _Parts, number: str, title: str) -> Iterator[Text | Pair]:
    words, context, ticket = parts.words, parts.context, parts.ticket
    yield Text(text=title, bold=True, size="large", align="end")
    yield Pair(label=words.say("number"), amount=number, bold=True)
    yield Pair(label=words.say("date"), amount=words.day(parts.issued.issued_on))
    receipt = series_number(
        register_code=context.register_code,
        series_epoch=ticket.series_epoch,
        number=ticket.receipt_number,
    )
    yield Pair(label=words.say("ticket"), amount=f"{receipt} ({words.moment(ticket.rung_at)})")
    if context.store:
        yield Pair(label=words.say("register"), amount=f"{context.store} - {context.register}")
    if context.cashier:
        yield Pair(label=words.say("cashier"), amount=context.cashier)


def _lines(parts: _Parts) -> Table:
    """With amounts without tax where tax is charged, else with the ticket's own."""
    words, ticket = parts.words, parts.ticket
    taxed = bool(shown(ticket.tax_lines))
    net = _net_amounts(parts) if taxed else {one.line_no: one.amount_minor for one in ticket.lines}
    rows, sums = [], []
    running_minor = 0
    for place, line in enumerate(ticket.lines, start=1):
        running_minor += net[line.line_no]
        sums.append(words.money(running_minor))
        rows.append(_row(line, (place, net[line.line_no]), parts, taxed=taxed))
    headings = [
        Column(heading=words.once("number"), figures=True),
        Column(heading=words.say("designation")),
        Column(heading=words.say("quantity"), figures=True),
        Column(heading=words.say("unit_price_net" if taxed else "unit_price"), figures=True),
        Column(heading=words.say("discount"), figures=True),
    ]
    if taxed:
        headings.append(Column(heading=words.say("tax_column"), figures=True))
    headings.append(
        Column(heading=words.say("amount_net" if taxed else "line_total"), figures=True)
    )
    wanted = [at for at in range(len(headings)) if at != 4 or any(row[4] for row in rows)]
    return Table(
        columns=tuple(headings[at] for at in wanted),
        rows=tuple(tuple(row[at] for at in wanted) for row in rows),
        carried=Carried(
            forward=words.say("carried"), brought=words.say("brought"), sums=tuple(sums)
        ),
    )


def _row(line: TicketLine, at: tuple[int, int], parts: _Parts, *, taxed: bool) -> tuple[str, ...]:
    place, net_minor = at
    words = parts.words
    inclusive = taxed and parts.ticket.prices_include_tax
    rate_ppm = line.tax_rate_ppm if inclusive else 0
    unit = "" if line.unit == "piece" else f" {words.unit(line.unit)}"
    reduced = line.gross_minor != line.amount_minor
    off_minor = _without_tax(line.gross_minor, rate_ppm) - net_minor if reduced else 0
    row = [
        str(place),
        line.name,
        words.quantity(line.quantity) + unit,
        words.money(_without_tax(line.unit_price_minor, rate_ppm)),
        words.money(-off_minor) if off_minor else "",
    ]
    if taxed:
        row.append(
            words.percent(line.tax_rate_ppm)
            if line.tax_treatment == "taxed"
            else words.say(line.tax_treatment)
        )
    return (*row, words.money(net_minor))


def _without_tax(amount_minor: int, rate_ppm: int) -> int:
    return round_half_away(amount_minor * PPM, PPM + rate_ppm)


def _net_amounts(parts: _Parts) -> dict[int, int]:
    """Line → its share of its tax line's base."""
    net: dict[int, int] = {}
    by_tax: dict[tuple[str, int, TaxTreatment], list[TicketLine]] = {}
    for line in parts.ticket.lines:
        key = (line.tax_id, line.tax_rate_ppm, line.tax_treatment)
        by_tax.setdefault(key, []).append(line)
    bases = {
        (one.tax_id, one.rate_ppm, one.treatment): one.base_minor for one in parts.ticket.tax_lines
    }
    for key, lines in by_tax.items():
        weights = [line.amount_minor for line in lines]
        shares = allocate(bases.get(key, sum(weights)), weights)
        net |= {line.line_no: share for line, share in zip(lines, shares, strict=True)}
    return net


def _conclusion(parts: _Parts) -> Iterator[Text | Pair | Rule | Table | Feed | Sides]:
    """Taxes, what is to pay, in figures and in words, and where it is signed."""
    words, ticket, issued = parts.words, parts.ticket, parts.issued
    yield from tax_table(ticket.tax_lines, parts.context, words)
    yield Feed()
    paid: Sequence[Text | Pair] = [
        Pair(label=words.named("tender", one.kind), amount=words.money(one.amount_minor))
        for one in ticket.tenders
    ]
    start = (Text(text=words.say("paid_by"), bold=True), *paid) if paid else ()
    yield Sides(start=start, end=tuple(_sums(parts)))
    yield Feed()
    for language, phrase in words.each(f"in_words_{issued.kind}").items():
        yield Text(text=phrase)
        said = in_words(issued.payable_minor, issued.currency, language)
        yield Text(text=said[:1].upper() + said[1:], bold=True)
    yield from certificate(issued.exemption, words)
    yield Feed()
    signed = Text(text=words.say("stamp_and_signature"), align="center")
    yield Sides(start=(), end=(signed,))
    yield Feed(lines=_SIGNATURE_LINES)


def _sums(parts: _Parts) -> Iterator[Pair]:
    words, totals = parts.words, parts.ticket.totals
    taxes = shown(parts.ticket.tax_lines)
    if taxes:
        base_minor = sum(one.base_minor for one in taxes)
        yield Pair(label=words.say("without_tax"), amount=words.money(base_minor))
        for one in taxes:
            if one.treatment == "taxed":
                label = words.say("tax_at", percent=words.percent(one.rate_ppm))
                yield Pair(label=label, amount=words.money(one.tax_minor))
        goods_minor = totals.lines_minor + totals.added_tax_minor
        yield Pair(label=words.say("total_tax"), amount=words.money(goods_minor))
    if totals.duty_minor:
        yield Pair(label=words.say("duty"), amount=words.money(totals.duty_minor))
    if totals.cash_rounding_minor:
        yield Pair(label=words.say("rounding"), amount=words.money(totals.cash_rounding_minor))
    key = "net_to_pay" if parts.issued.kind == "invoice" else "net_refunded"
    yield Pair(
        label=words.with_currency(key),
        amount=words.money(parts.issued.payable_minor),
        bold=True,
    )
